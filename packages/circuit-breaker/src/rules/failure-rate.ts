// Opens when too many of the calls of a window failed.
import type { TripRule } from '../trip-rule.ts';
import { type RateSettings, rate } from './rate.ts';

export function failureRate(settings: RateSettings): TripRule {
  return rate('failureRate', settings);
}
