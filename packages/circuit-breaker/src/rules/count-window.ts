// Counts the bad ones among the last so many calls, one bit a call. Good calls alone need no ring.

/** Reports how many calls of a window were bad. */
export interface BadCounter {
  readonly calls: number;
  readonly bad: number;
  /** Takes in one call. @param now monotonic milliseconds, for windows of time. */
  add(bad: boolean, now: number): void;
}

export class CountWindow implements BadCounter {
  calls = 0;
  bad = 0;
  readonly #size: number;
  #ring: Int32Array | undefined;
  #next = 0;

  /** @param size calls, from 1. */
  constructor(size: number) {
    this.#size = size;
  }

  add(bad: boolean): void {
    if (this.calls < this.#size) this.calls++;
    if (this.#ring === undefined) {
      if (!bad) return;
      // Everything so far was good, so it does not matter where the ring begins.
      this.#ring = new Int32Array((this.#size + 31) >> 5);
    }
    const word = this.#next >> 5;
    const mask = 1 << (this.#next & 31);
    const bits = this.#ring[word] ?? 0;
    if ((bits & mask) !== 0) this.bad--;
    if (bad) this.bad++;
    this.#ring[word] = bad ? bits | mask : bits & ~mask;
    this.#next = this.#next + 1 === this.#size ? 0 : this.#next + 1;
  }
}
