// Opens when too large a part of the calls of a window was bad, and there were enough calls to say so.
import type { TripRule, TripWindow } from '../trip-rule.ts';
import { type BadCounter, CountWindow } from './count-window.ts';
import { TimeWindow } from './time-window.ts';

export interface RateSettings {
  readonly minimumCalls: number;
  readonly windowCalls: number;
  /** Above 0: over time instead of over calls. */
  readonly windowMs: number;
}

export interface Rate {
  readonly reason: string;
  /** From above 0 to 1: bad calls by calls. */
  readonly limit: number;
  /** Calls longer than this are bad instead of those that failed, in milliseconds. */
  readonly slowMs?: number;
}

export function rateRule(rate: Rate, settings: RateSettings): TripRule {
  return {
    timed: settings.windowMs > 0 || rate.slowMs !== undefined,
    window: () => new RateWindow(rate, settings),
  };
}

class RateWindow implements TripWindow {
  readonly #rate: Rate;
  readonly #minimum: number;
  readonly #counter: BadCounter;

  constructor(rate: Rate, { minimumCalls, windowCalls, windowMs }: RateSettings) {
    this.#rate = rate;
    this.#minimum = windowMs > 0 ? minimumCalls : Math.min(minimumCalls, windowCalls);
    this.#counter = windowMs > 0 ? new TimeWindow(windowMs) : new CountWindow(windowCalls);
  }

  record(failed: boolean, durationMs: number, now: number): string | undefined {
    const { slowMs } = this.#rate;
    const bad = slowMs === undefined ? failed : durationMs >= slowMs;
    const counter = this.#counter;
    counter.add(bad, now);
    // Only a bad call opens a circuit; a good one that completes the minimum does not.
    if (!bad || counter.calls < this.#minimum || counter.bad / counter.calls < this.#rate.limit) return undefined;
    return this.#rate.reason;
  }
}
