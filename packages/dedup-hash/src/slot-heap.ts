// Slots by expiry, the soonest first: a binary heap that knows each slot's place, so that any of them can leave.
import { type EntryColumns, NONE } from './entry-columns.ts';

export class SlotHeap {
  readonly #columns: EntryColumns<unknown>;
  readonly #slots: number[] = [];
  /** Of a slot: its place in the heap plus one, or 0. */
  readonly #places: number[] = [];

  constructor(columns: EntryColumns<unknown>) {
    this.#columns = columns;
  }

  get first(): number {
    return this.#slots[0] ?? NONE;
  }

  has(slot: number): boolean {
    return this.#slots.length > 0 && (this.#places[slot] ?? 0) > 0;
  }

  push(slot: number): void {
    while (this.#places.length <= slot) this.#places.push(0);
    this.#slots.push(slot);
    this.#rise(slot, this.#slots.length - 1);
  }

  remove(slot: number): void {
    const place = (this.#places[slot] ?? 0) - 1;
    const moved = this.#slots.pop();
    this.#places[slot] = 0;
    if (moved === undefined || moved === slot) return;
    // The one from the end takes the place that is free, and then its own.
    if (this.#rise(moved, place) === place) this.#sink(moved, place);
  }

  clear(): void {
    this.#slots.length = 0;
    this.#places.length = 0;
  }

  #rise(slot: number, from: number): number {
    const expiry = this.#expiryOf(slot);
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#slots[above] ?? NONE;
      if (this.#expiryOf(parent) <= expiry) break;
      this.#put(parent, place);
      place = above;
    }
    this.#put(slot, place);
    return place;
  }

  #sink(slot: number, from: number): void {
    const slots = this.#slots;
    const expiry = this.#expiryOf(slot);
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      const right = slots[child + 1];
      if (right !== undefined && this.#expiryOf(right) < this.#expiryOf(slots[child] ?? NONE)) child++;
      const lower = slots[child];
      if (lower === undefined || expiry <= this.#expiryOf(lower)) break;
      this.#put(lower, place);
      place = child;
    }
    this.#put(slot, place);
  }

  #put(slot: number, place: number): void {
    this.#slots[place] = slot;
    this.#places[slot] = place + 1;
  }

  #expiryOf(slot: number): number {
    return this.#columns.expiresAt[slot] ?? 0;
  }
}
