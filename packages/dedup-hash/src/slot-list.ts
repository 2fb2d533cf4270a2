// Slots in the order they came, linked through two columns, so that any of them leaves in constant time.
import { type EntryColumns, NONE } from './entry-columns.ts';

export class SlotList {
  readonly #columns: EntryColumns<unknown>;
  first = NONE;
  last = NONE;

  constructor(columns: EntryColumns<unknown>) {
    this.#columns = columns;
  }

  push(slot: number): void {
    const { next, previous } = this.#columns;
    next[slot] = NONE;
    previous[slot] = this.last;
    if (this.last === NONE) this.first = slot;
    else next[this.last] = slot;
    this.last = slot;
  }

  remove(slot: number): void {
    const { next, previous } = this.#columns;
    const before = previous[slot] ?? NONE;
    const after = next[slot] ?? NONE;
    if (before === NONE) this.first = after;
    else next[before] = after;
    if (after === NONE) this.last = before;
    else previous[after] = before;
  }

  clear(): void {
    this.first = NONE;
    this.last = NONE;
  }
}
