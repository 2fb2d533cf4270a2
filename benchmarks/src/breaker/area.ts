// The area `breaker`: what a guarded call costs in each state, and what a breaker costs that only waits.
import type { Area } from '../frame/area.ts';
import { closed } from './closed.ts';
import { halfOpen } from './half-open.ts';
import { open } from './open.ts';
import { resting } from './resting.ts';

export const area: Area = {
  name: 'breaker',
  description: 'a guarded call while the circuit is closed, open and half-open; many breakers at rest',
  module: import.meta.url,
  comparisons: [closed, open, halfOpen, resting],
};
