// Finds the slot of a scope and an id: a hash table by open addressing whose buckets hold a hash and a slot side by side, so that
// a probe looks at the texts only where all 32 bits agree. Removal closes the gap; nothing is left behind that would need tidying.
import { type EntryColumns, NONE } from './entry-columns.ts';

const FIRST_BUCKETS = 128;

export class SlotIndex {
  /** Of bucket n: the hash at 2n, the slot plus one at 2n+1; 0 there means that the bucket is empty. */
  #table = new Int32Array(2 * FIRST_BUCKETS);
  #mask = FIRST_BUCKETS - 1;
  #size = 0;
  /** Probes that met an equal hash of another scope or id. */
  collisions = 0;

  /** How many ids there is room for before it grows. */
  get capacity(): number {
    return Math.floor(this.#table.length / 3);
  }

  find(hash: number, scope: string, id: string, columns: EntryColumns<unknown>): number {
    const table = this.#table;
    const mask = this.#mask;
    const { ids, scopes } = columns;
    for (let bucket = hash & mask; ; bucket = (bucket + 1) & mask) {
      const held = table[2 * bucket + 1] ?? 0;
      if (held === 0) return NONE;
      if (table[2 * bucket] !== hash) continue;
      const slot = held - 1;
      if (ids[slot] === id && scopes[slot] === scope) return slot;
      this.collisions++;
    }
  }

  /** Adds a slot that {@link find} did not. */
  add(hash: number, slot: number): void {
    // At most two thirds full: beyond, the runs of buckets grow long.
    if (3 * (this.#size + 1) > 2 * (this.#mask + 1)) this.#grow();
    this.#size++;
    this.#place(hash, slot + 1);
  }

  remove(hash: number, slot: number): void {
    const table = this.#table;
    const mask = this.#mask;
    let hole = hash & mask;
    while (table[2 * hole + 1] !== slot + 1) hole = (hole + 1) & mask;
    // What follows moves up, unless that would put it before its own bucket.
    for (let bucket = (hole + 1) & mask; ; bucket = (bucket + 1) & mask) {
      const held = table[2 * bucket + 1] ?? 0;
      if (held === 0) break;
      const moved = table[2 * bucket] ?? 0;
      if (((bucket - moved) & mask) < ((bucket - hole) & mask)) continue;
      table[2 * hole] = moved;
      table[2 * hole + 1] = held;
      hole = bucket;
    }
    table[2 * hole + 1] = 0;
    this.#size--;
  }

  clear(): void {
    this.#table = new Int32Array(2 * FIRST_BUCKETS);
    this.#mask = FIRST_BUCKETS - 1;
    this.#size = 0;
  }

  #place(hash: number, held: number): void {
    const table = this.#table;
    const mask = this.#mask;
    let bucket = hash & mask;
    while (table[2 * bucket + 1] !== 0) bucket = (bucket + 1) & mask;
    table[2 * bucket] = hash;
    table[2 * bucket + 1] = held;
  }

  #grow(): void {
    const before = this.#table;
    this.#table = new Int32Array(2 * before.length);
    this.#mask = before.length - 1;
    for (let at = 0; at < before.length; at += 2) {
      const held = before[at + 1] ?? 0;
      if (held !== 0) this.#place(before[at] ?? 0, held);
    }
  }
}
