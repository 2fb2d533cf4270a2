// Every area of `pnpm bench`, in the order in which they run; a new area is a line here.
import { area as breaker } from './breaker/area.ts';
import { area as cleanup } from './cleanup/area.ts';
import type { Area } from './frame/area.ts';
import { area as hash } from './hash/area.ts';
import { area as metrics } from './metrics/area.ts';

export const areas: readonly Area[] = [hash, cleanup, metrics, breaker];
