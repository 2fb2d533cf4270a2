// Counts the bad ones among the calls of the last so many milliseconds, in ten slices. Every slice that has passed since the
// last call is emptied, however many they are.
import type { BadCounter } from './count-window.ts';

const SLICES = 10;

export class TimeWindow implements BadCounter {
  calls = 0;
  bad = 0;
  readonly #sliceMs: number;
  /** Calls of each slice, then the bad ones of each. */
  readonly #slices: number[] = new Array<number>(2 * SLICES).fill(0);
  #slice = -1;

  /** @param windowMs milliseconds, from 1. */
  constructor(windowMs: number) {
    this.#sliceMs = windowMs / SLICES;
  }

  add(bad: boolean, now: number): void {
    const slice = Math.floor(now / this.#sliceMs);
    for (let passed = Math.max(this.#slice, slice - SLICES) + 1; passed <= slice; passed++)
      this.#empty(passed % SLICES);
    this.#slice = slice;
    this.calls++;
    this.#raise(slice % SLICES);
    if (!bad) return;
    this.bad++;
    this.#raise(SLICES + (slice % SLICES));
  }

  #raise(at: number): void {
    this.#slices[at] = (this.#slices[at] ?? 0) + 1;
  }

  #empty(at: number): void {
    this.calls -= this.#slices[at] ?? 0;
    this.bad -= this.#slices[SLICES + at] ?? 0;
    this.#slices[at] = 0;
    this.#slices[SLICES + at] = 0;
  }
}
