// The area `metrics`: what counting costs, what statistics per client take, and what reading them all takes.
import type { Area } from '../frame/area.ts';
import { clientMemory } from './client-memory.ts';
import { counting } from './counting.ts';
import { observing } from './observing.ts';
import { scraping } from './scraping.ts';

export const area: Area = {
  name: 'metrics',
  description: 'counters, histograms, statistics per client, and reading them',
  module: import.meta.url,
  comparisons: [counting, observing, clientMemory, scraping],
};
