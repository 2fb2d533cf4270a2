// The rows of per-client counts: chunks of 32-bit columns, a free list inside the free rows, and slots that know their age.
//
// A slot is handed out as one number that holds the row and its generation (how often it was given back): row + generation × span.
// It is a small integer for the first thousands of generations, exact up to 2^53 after that, and never comes again; so one that
// was kept too long is told from the slot of the row's present holder by a comparison of integers.

// `ClientStatistics.add` writes these two and the limit out.
const CHUNK_BITS = 10;
const CHUNK = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK - 1;
const REFERENCE_BYTES = 8;
/** What one 32-bit counter holds; the rest is carried. */
const LIMIT = 2 ** 31;

export interface SlotLimits {
  /** Slots up to here are compared as integers; a row past it is looked up. @default 2^31−1 */
  readonly small?: number;
  /** A row whose slot would be larger is not used again. @default 2^53−1 */
  readonly largest?: number;
}

export class ClientRows {
  readonly #width: number;
  readonly stride: number;
  readonly #maxRows: number;
  readonly #span: number;
  readonly mask: number;
  readonly #small: number;
  readonly #largest: number;
  // Of each row: its tag, then a counter for each column; of a free row the first counter names the next free one. The tag is the
  // slot of a row in use and ~slot of the next holder's of a free one; 0 for a row not used yet or one of the large slots.
  readonly chunks: Int32Array[] = [];
  readonly #ids: (string | undefined)[][] = [];
  /** Slots, present or next, of the few rows that were used so often that they are no small integers any more. */
  readonly #largeSlots = new Map<number, number>();
  /** How often a counter went past its limit, for the few that did. */
  readonly #carries = new Map<number, number>();
  /** Calls with a slot that was given back meanwhile. */
  staleCalls = 0;
  /** Additions of what is no count, or to what is no column, which changed nothing. */
  refused = 0;
  #end = 1;
  #free = 0;
  #live = 0;

  /** @param maxRows without row 0, which is everybody's and never given out or back. */
  constructor(
    width: number,
    maxRows: number,
    { small = 2 ** 31 - 1, largest = Number.MAX_SAFE_INTEGER }: SlotLimits = {},
  ) {
    this.#width = width;
    this.stride = width + 1;
    this.#maxRows = maxRows;
    // By a shift, for the engine keeps the result of a power as floating point, and with it every slot.
    this.#span = 1 << (32 - Math.clz32(maxRows));
    this.mask = this.#span - 1;
    this.#small = small;
    this.#largest = largest;
    this.#grow();
  }

  /** Rows given out. */
  get live(): number {
    return this.#live;
  }

  /** Rows that were ever used are below this. */
  get end(): number {
    return this.#end;
  }

  /** Rows there is memory for. */
  get allocated(): number {
    return this.chunks.length * CHUNK;
  }

  get rowBytes(): number {
    return this.stride * Int32Array.BYTES_PER_ELEMENT + REFERENCE_BYTES;
  }

  get bytes(): number {
    return this.allocated * this.rowBytes;
  }

  /** @returns the row, or 0 when all are given out. */
  take(id: string): number {
    const row = this.#free === 0 ? this.#fresh() : this.#free;
    const chunk = this.chunks[row >> CHUNK_BITS];
    const ids = this.#ids[row >> CHUNK_BITS];
    if (row === 0 || chunk === undefined || ids === undefined) return 0;
    const at = (row & CHUNK_MASK) * this.stride;
    const tag = chunk[at] ?? 0;
    // A row that was used before comes from the free list and has its slot noted, here or among the large ones.
    if (row === this.#free) {
      this.#free = chunk[at + 1] ?? 0;
      if (tag !== 0) chunk[at] = ~tag;
    } else chunk[at] = row;
    chunk.fill(0, at + 1, at + this.stride);
    ids[row & CHUNK_MASK] = id;
    this.#live++;
    return row;
  }

  /** Gives a row back; every slot of it that anyone holds is stale from now on. */
  release(row: number): void {
    const chunk = this.chunks[row >> CHUNK_BITS];
    const ids = this.#ids[row >> CHUNK_BITS];
    if (chunk === undefined || ids === undefined || ids[row & CHUNK_MASK] === undefined) return;
    for (let column = 0; this.#carries.size > 0 && column < this.#width; column++) {
      this.#carries.delete(row * this.#width + column);
    }
    const next = this.slotOf(row) + this.#span;
    const at = (row & CHUNK_MASK) * this.stride;
    ids[row & CHUNK_MASK] = undefined;
    this.#live--;
    chunk[at] = next > this.#small ? 0 : ~next;
    if (next > this.#small) this.#largeSlots.set(row, next);
    if (next > this.#largest) return;
    chunk[at + 1] = this.#free;
    this.#free = row;
  }

  /** The number that the holder of a row in use has. */
  slotOf(row: number): number {
    const tag = this.chunks[row >> CHUNK_BITS]?.[(row & CHUNK_MASK) * this.stride] ?? 0;
    return tag === 0 ? (this.#largeSlots.get(row) ?? 0) : tag;
  }

  /** The row of a slot, or −1 when it was given back meanwhile or never was one. */
  rowOf(slot: number): number {
    const row = slot & this.mask;
    if (row === 0) return slot === 0 ? 0 : -1;
    return this.slotOf(row) === slot && this.idOf(row) !== undefined ? row : -1;
  }

  /** The id of a row's client, or undefined for a free row. */
  idOf(row: number): string | undefined {
    return this.#ids[row >> CHUNK_BITS]?.[row & CHUNK_MASK];
  }

  /**
   * Adds to a counter, whatever the slot and however large the amount. A stale slot counts on row 0 and in `staleCalls`; what is no
   * column or no whole amount from 0 changes nothing and counts in `refused`.
   */
  add(slot: number, column: number, amount: number): void {
    const found = this.rowOf(slot);
    if (found < 0) this.staleCalls++;
    const row = Math.max(found, 0);
    const chunk = this.chunks[row >> CHUNK_BITS];
    const isColumn = column >>> 0 === column && column < this.#width;
    if (chunk === undefined || !isColumn || !Number.isSafeInteger(amount) || amount < 0) {
      this.refused++;
      return;
    }
    const place = (row & CHUNK_MASK) * this.stride + 1 + column;
    const sum = (chunk[place] ?? 0) + amount;
    chunk[place] = sum % LIMIT;
    if (sum < LIMIT) return;
    const key = row * this.#width + column;
    this.#carries.set(key, (this.#carries.get(key) ?? 0) + Math.floor(sum / LIMIT));
  }

  count(row: number, column: number): number {
    const low = this.chunks[row >> CHUNK_BITS]?.[(row & CHUNK_MASK) * this.stride + 1 + column] ?? 0;
    return this.#carries.size === 0 ? low : low + (this.#carries.get(row * this.#width + column) ?? 0) * LIMIT;
  }

  #fresh(): number {
    if (this.#end > this.#maxRows) return 0;
    if (this.#end === this.allocated) this.#grow();
    return this.#end++;
  }

  #grow(): void {
    this.chunks.push(new Int32Array(CHUNK * this.stride));
    this.#ids.push(new Array<string | undefined>(CHUNK).fill(undefined));
  }
}
