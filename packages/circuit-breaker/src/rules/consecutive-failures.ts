// Opens after so many failures with no success between them.
import type { TripRule, TripWindow } from '../trip-rule.ts';

/** @param limit from 1. */
export function consecutiveFailures(limit: number): TripRule {
  return { window: () => new Streak(limit) };
}

class Streak implements TripWindow {
  readonly #limit: number;
  #failures = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  record(failed: boolean): string | undefined {
    this.#failures = failed ? this.#failures + 1 : 0;
    return this.#failures < this.#limit ? undefined : 'consecutiveFailures';
  }
}
