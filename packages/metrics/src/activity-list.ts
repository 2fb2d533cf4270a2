// Slots in the order of their last activity, as a doubly linked list inside of Int32 columns: every operation is O(1),
// nothing is allocated but a chunk of columns for each 1,024 slots, and a pass over what is overdue sees nothing else.

const CHUNK_BITS = 10;
const CHUNK = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK - 1;
// A slot's columns lie side by side, so that a touch reads one cache line for each of the three slots concerned.
const WIDTH = 3;
const NEXT = 0;
const PREVIOUS = 1;
const SINCE = 2;

/** Bytes that a slot takes. */
export const ACTIVITY_BYTES = WIDTH * Int32Array.BYTES_PER_ELEMENT;

/**
 * The list; its slots are numbers that whoever uses it hands out, from 1, closely packed.
 *
 * Times are whole milliseconds of a monotonic clock modulo 2^32: ages are right up to 49 days.
 */
export class ActivityList {
  // The slots of the links are one higher than they are, so that a fresh chunk of zeros holds members of no list. Slot 0 is the
  // two ends in one: what follows it is the oldest.
  readonly #chunks: (Int32Array | undefined)[] = [];
  #size = 0;

  constructor() {
    const ends = this.#grow(0);
    ends[NEXT] = 1;
    ends[PREVIOUS] = 1;
  }

  /** Number of slots on the list. */
  get size(): number {
    return this.#size;
  }

  /** The slot that was quiet for longest, or 0 for an empty list. */
  get oldest(): number {
    return this.#read(0, NEXT) - 1;
  }

  /** Bytes of all columns. */
  get bytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + (chunk?.byteLength ?? 0), 0);
  }

  /** Whether a slot is on the list. */
  has(slot: number): boolean {
    return slot > 0 && this.#read(slot, NEXT) !== 0;
  }

  /** The slot that comes after another, which is on the list, in order of activity; 0 after the last. */
  after(slot: number): number {
    return this.#read(slot, NEXT) - 1;
  }

  /** Puts a slot at the end, as the most recently active; one that is on the list is moved. */
  touch(slot: number, nowMs: number): void {
    this.remove(slot);
    const chunk = this.stamp(slot, nowMs);
    const at = (slot & CHUNK_MASK) * WIDTH;
    const newest = this.#read(0, PREVIOUS) - 1;
    chunk[at + NEXT] = 1;
    chunk[at + PREVIOUS] = newest + 1;
    this.#write(newest, NEXT, slot + 1);
    this.#write(0, PREVIOUS, slot + 1);
    this.#size++;
  }

  /** Takes a slot off the list; harmless when it is not on it. */
  remove(slot: number): void {
    if (!this.has(slot)) return;
    const next = this.#read(slot, NEXT) - 1;
    const previous = this.#read(slot, PREVIOUS) - 1;
    this.#write(previous, NEXT, next + 1);
    this.#write(next, PREVIOUS, previous + 1);
    this.#write(slot, NEXT, 0);
    this.#write(slot, PREVIOUS, 0);
    this.#size--;
  }

  /** Notes the time of a slot, on the list or not, without moving it. @internal */
  stamp(slot: number, nowMs: number): Int32Array {
    const chunk = this.#chunks[slot >> CHUNK_BITS] ?? this.#grow(slot);
    chunk[(slot & CHUNK_MASK) * WIDTH + SINCE] = Math.floor(nowMs);
    return chunk;
  }

  /** Whole milliseconds since a slot was touched or stamped. */
  ageMs(slot: number, nowMs: number): number {
    return (Math.floor(nowMs) - this.#read(slot, SINCE)) >>> 0;
  }

  /** The oldest slot if it was quiet for longer than this, else 0. Never early, at most a millisecond late. */
  overdue(nowMs: number, ttlMs: number): number {
    const { oldest } = this;
    return oldest !== 0 && this.ageMs(oldest, nowMs) > ttlMs ? oldest : 0;
  }

  #grow(slot: number): Int32Array {
    const chunk = new Int32Array(CHUNK * WIDTH);
    this.#chunks[slot >> CHUNK_BITS] = chunk;
    return chunk;
  }

  #read(slot: number, column: number): number {
    return this.#chunks[slot >> CHUNK_BITS]?.[(slot & CHUNK_MASK) * WIDTH + column] ?? 0;
  }

  #write(slot: number, column: number, value: number): void {
    const chunk = this.#chunks[slot >> CHUNK_BITS];
    if (chunk !== undefined) chunk[(slot & CHUNK_MASK) * WIDTH + column] = value;
  }
}
