// Opens when too many of the calls of a window were slow, failed or not: what hangs ties callers up long before it fails.
import type { TripRule } from '../trip-rule.ts';
import { type RateSettings, rateRule } from './rate.ts';

/**
 * @param limit slow calls by calls, from above 0 to 1; reaching it opens.
 * @param slowMs a call that takes this long or longer is slow, in milliseconds.
 */
export function slowCallRate(limit: number, slowMs: number, settings: RateSettings): TripRule {
  return rateRule({ reason: 'slowCallRate', limit, slowMs }, settings);
}
