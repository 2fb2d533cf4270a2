// Which id expires first. With one time to live for all, each new one expires last and goes to the end of a list; those that
// are out of order, because their time is shorter than that of another before them, go into a heap.
import { type EntryColumns, NONE } from './entry-columns.ts';
import { SlotHeap } from './slot-heap.ts';
import { SlotList } from './slot-list.ts';

export class ExpiryOrder {
  readonly #columns: EntryColumns<unknown>;
  readonly #inOrder: SlotList;
  readonly #outOfOrder: SlotHeap;

  constructor(columns: EntryColumns<unknown>) {
    this.#columns = columns;
    this.#inOrder = new SlotList(columns);
    this.#outOfOrder = new SlotHeap(columns);
  }

  /** Constant for the list, logarithmic for the heap; as `remove`. */
  add(slot: number): void {
    const { last } = this.#inOrder;
    if (last === NONE || this.#expiryOf(last) <= this.#expiryOf(slot)) this.#inOrder.push(slot);
    else this.#outOfOrder.push(slot);
  }

  /** The one that expires first, or `NONE`. */
  first(): number {
    const inOrder = this.#inOrder.first;
    const outOfOrder = this.#outOfOrder.first;
    if (outOfOrder === NONE) return inOrder;
    return inOrder === NONE || this.#expiryOf(outOfOrder) < this.#expiryOf(inOrder) ? outOfOrder : inOrder;
  }

  remove(slot: number): void {
    if (this.#outOfOrder.has(slot)) this.#outOfOrder.remove(slot);
    else this.#inOrder.remove(slot);
  }

  clear(): void {
    this.#inOrder.clear();
    this.#outOfOrder.clear();
  }

  #expiryOf(slot: number): number {
    return this.#columns.expiresAt[slot] ?? 0;
  }
}
