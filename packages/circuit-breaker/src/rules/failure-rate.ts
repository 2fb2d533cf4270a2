// Opens when too many of the calls of a window failed.
import type { TripRule } from '../trip-rule.ts';
import { type RateSettings, rateRule } from './rate.ts';

/** @param limit failures by calls, from above 0 to 1; reaching it opens. */
export function failureRate(limit: number, settings: RateSettings): TripRule {
  return rateRule({ reason: 'failureRate', limit }, settings);
}
