// Opens when too many of the calls of a window were slow, failed or not: what hangs ties callers up long before it fails.
import type { TripRule } from '../trip-rule.ts';
import { type RateSettings, rate } from './rate.ts';

export function slowCallRate(settings: RateSettings): TripRule {
  return rate('slowCallRate', settings);
}
