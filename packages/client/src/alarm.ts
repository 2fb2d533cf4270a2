// One timer for one concern; it may ring early after a deadline has moved, so whoever is called looks at the time.
import type { Clock, Timer } from '@ws-stability/core';
import { NEVER } from './never.ts';

export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #timer: Timer | undefined;
  #at = NEVER;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at `at` (monotonic milliseconds) or earlier; infinity sets nothing. */
  set(at: number): void {
    // So that what is no number sets nothing either.
    if (!(at < this.#at)) return;
    this.cancel();
    this.#at = at;
    this.#timer = this.#clock.setTimer(() => {
      this.#at = NEVER;
      this.#ring();
    }, at - this.#clock.now());
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#at = NEVER;
  }
}
