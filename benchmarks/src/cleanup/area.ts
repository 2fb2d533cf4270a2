// The area `cleanup`: forgetting clients that have been away for too long.
import type { Area } from '../frame/area.ts';
import { sweeping } from './sweeping.ts';

export const area: Area = {
  name: 'cleanup',
  description: 'forgetting clients that have been away for too long',
  module: import.meta.url,
  comparisons: [sweeping],
};
