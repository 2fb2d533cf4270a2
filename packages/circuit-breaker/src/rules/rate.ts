// Opens when too large a part of the calls of a window was bad, and there were enough of them to say so. The window is the last
// so many calls or so many milliseconds.
import type { TripRule, TripWindow } from '../trip-rule.ts';
import { SlidingSum } from './sliding-sum.ts';

export interface RateSettings {
  readonly failureRate: number;
  readonly slowCallRate: number;
  readonly slowCallMs: number;
  readonly minimumCalls: number;
  readonly windowCalls: number;
  /** Above 0: over time instead of over calls. */
  readonly windowMs: number;
}

export type RateName = 'failureRate' | 'slowCallRate';

/** The rule of a rate; it is also the reason it gives. */
export function rate(name: RateName, settings: RateSettings): TripRule {
  return {
    timed: settings.windowMs > 0 || name === 'slowCallRate',
    window: () => new RateWindow(name, settings),
  };
}

/** Slices of a window of time: it is up to a tenth shorter than it says. */
const SLICES = 10;

class RateWindow implements TripWindow {
  readonly #name: RateName;
  readonly #limit: number;
  readonly #minimum: number;
  readonly #settings: RateSettings;
  readonly #bad: SlidingSum;
  /** Of a window of time; a window of calls just counts up. */
  readonly #calls: SlidingSum | undefined;
  #slot = 0;

  constructor(name: RateName, settings: RateSettings) {
    const { windowCalls, windowMs, minimumCalls } = settings;
    this.#name = name;
    this.#limit = settings[name];
    this.#minimum = windowMs > 0 ? minimumCalls : Math.min(minimumCalls, windowCalls);
    this.#settings = settings;
    this.#bad = new SlidingSum(windowMs > 0 ? SLICES : windowCalls);
    this.#calls = windowMs > 0 ? new SlidingSum(SLICES) : undefined;
  }

  record(failed: boolean, durationMs: number, now: number): string | undefined {
    const { windowCalls, windowMs, slowCallMs } = this.#settings;
    const isBad = this.#name === 'failureRate' ? failed : durationMs >= slowCallMs;
    this.#slot = windowMs > 0 ? Math.floor((now / windowMs) * SLICES) : this.#slot + 1;
    const calls = this.#calls?.add(1, this.#slot) ?? Math.min(this.#slot, windowCalls);
    const bad = this.#bad.add(isBad ? 1 : 0, this.#slot);
    // Only a bad call opens a circuit; a good one that completes the minimum does not.
    return isBad && calls >= this.#minimum && bad / calls >= this.#limit ? this.#name : undefined;
  }
}
