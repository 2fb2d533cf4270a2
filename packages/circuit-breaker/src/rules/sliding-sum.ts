// The sum of what was added in the last so many slots, a slot being one call or one slice of time. However many slots have passed
// since the last addition, all of them are emptied. As long as the sum is 0 it needs no ring.
export class SlidingSum {
  readonly #slots: number;
  #ring: Int32Array | undefined;
  #at = 0;
  #slot = 0;
  #sum = 0;

  /** @param slots from 1. */
  constructor(slots: number) {
    this.#slots = slots;
  }

  /** @param slot the number of the slot among all there ever were; never less than before. @returns the sum. */
  add(value: number, slot: number): number {
    const slots = this.#slots;
    if (this.#sum + value > 0) {
      this.#ring ??= new Int32Array(slots);
      const ring = this.#ring;
      for (let passed = Math.max(this.#slot, slot - slots); passed < slot; passed++) {
        if (++this.#at >= slots) this.#at = 0;
        this.#sum -= ring[this.#at] ?? 0;
        ring[this.#at] = 0;
      }
      ring[this.#at] = (ring[this.#at] ?? 0) + value;
      this.#sum += value;
    }
    this.#slot = slot;
    return this.#sum;
  }
}
