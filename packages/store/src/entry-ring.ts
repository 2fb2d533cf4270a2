// The entries of one log in a ring that grows and shrinks with what it holds; empty, it holds no slots at all.
import type { LogEntry } from './log-store.ts';

/** An entry with what the log itself must know of it. */
export interface KeptEntry extends LogEntry {
  /** On the monotonic clock, in milliseconds. */
  readonly appendedAt: number;
}

// Shared by all empty rings and never written to.
const NO_SLOTS: (KeptEntry | undefined)[] = [];
const FEWEST_SLOTS = 4;

export class EntryRing {
  // The length is 0 or a power of two, so that an index wraps by a mask.
  #slots: (KeptEntry | undefined)[] = NO_SLOTS;
  #start = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Slots in memory; at most four times `size` and 4. */
  get slots(): number {
    return this.#slots.length;
  }

  /** The entry at a place from the oldest, 0 and up. */
  at(place: number): KeptEntry | undefined {
    return place < this.#size ? this.#slots[(this.#start + place) & (this.#slots.length - 1)] : undefined;
  }

  push(entry: KeptEntry): void {
    if (this.#size === this.#slots.length) this.#resize(Math.max(FEWEST_SLOTS, this.#size * 2));
    this.#slots[(this.#start + this.#size) & (this.#slots.length - 1)] = entry;
    this.#size++;
  }

  /** Takes the oldest out. */
  shift(): KeptEntry | undefined {
    if (this.#size === 0) return undefined;
    const oldest = this.#slots[this.#start];
    this.#slots[this.#start] = undefined;
    this.#start = (this.#start + 1) & (this.#slots.length - 1);
    this.#size--;
    if (this.#size === 0) this.clear();
    else if (this.#slots.length > FEWEST_SLOTS && this.#size <= this.#slots.length / 4) {
      // A quarter and not a half: the ring must not be copied again and again at a boundary.
      this.#resize(this.#slots.length / 2);
    }
    return oldest;
  }

  clear(): void {
    this.#slots = NO_SLOTS;
    this.#start = 0;
    this.#size = 0;
  }

  #resize(slots: number): void {
    const next = new Array<KeptEntry | undefined>(slots).fill(undefined);
    for (let place = 0; place < this.#size; place++) next[place] = this.at(place);
    this.#slots = next;
    this.#start = 0;
  }
}
