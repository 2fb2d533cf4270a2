// The rows of per-client counts: chunks of 32-bit columns, a free list inside the free rows, and slots that know their age.
//
// A slot is handed out as a number that holds the row and its generation (how often it was given back): row + generation × span.
// One number stays a small integer for the first thousands of generations, fits 2^53 for 2^31 and more, and never comes again, so one that was kept
// too long is told from the row's present holder by a comparison.

const CHUNK_BITS = 10;
const CHUNK = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK - 1;
const REFERENCE_BYTES = 8;
const TWO_32 = 2 ** 32;
/** A row that was given back so often is not used again. */
const LAST_GENERATION = 2 ** 31 - 1;

/** What became of an addition. */
export type Added = 'added' | 'stale' | 'refused';

export class ClientRows {
  readonly #width: number;
  readonly #stride: number;
  readonly #maxRows: number;
  readonly #span: number;
  readonly #mask: number;
  readonly #lastGeneration: number;
  // Of each row: its generation, then a counter for each column; of a free row the first counter names the next free one.
  readonly #chunks: Uint32Array[] = [];
  readonly #ids: (string | undefined)[][] = [];
  /** How often a counter went past 2^32, for the few that did. */
  readonly #carries = new Map<number, number>();
  #used = 1;
  #free = 0;
  #live = 0;

  /** @param maxRows without row 0, which is everybody's and never given out or back. */
  constructor(width: number, maxRows: number, lastGeneration = LAST_GENERATION) {
    this.#width = width;
    this.#stride = width + 1;
    this.#maxRows = maxRows;
    const bits = Math.ceil(Math.log2(maxRows + 1));
    this.#span = 2 ** bits;
    this.#mask = this.#span - 1;
    this.#lastGeneration = lastGeneration;
    this.#grow();
  }

  /** Rows given out. */
  get live(): number {
    return this.#live;
  }

  /** Rows that were ever used are below this. */
  get end(): number {
    return this.#used;
  }

  /** Rows there is memory for. */
  get allocated(): number {
    return this.#chunks.length * CHUNK;
  }

  get rowBytes(): number {
    return this.#stride * Uint32Array.BYTES_PER_ELEMENT + REFERENCE_BYTES;
  }

  get bytes(): number {
    return this.allocated * this.rowBytes;
  }

  /** @returns the row, or 0 when all are given out. */
  take(id: string): number {
    const row = this.#free === 0 ? this.#fresh() : this.#free;
    if (row === 0) return 0;
    const chunk = this.#chunks[row >> CHUNK_BITS];
    const ids = this.#ids[row >> CHUNK_BITS];
    if (chunk === undefined || ids === undefined) return 0;
    const at = (row & CHUNK_MASK) * this.#stride;
    if (row === this.#free) this.#free = chunk[at + 1] ?? 0;
    chunk.fill(0, at + 1, at + this.#stride);
    ids[row & CHUNK_MASK] = id;
    this.#live++;
    return row;
  }

  /** Gives a row back; every slot of it that anyone holds is stale from now on. */
  release(row: number): void {
    const chunk = this.#chunks[row >> CHUNK_BITS];
    const ids = this.#ids[row >> CHUNK_BITS];
    if (chunk === undefined || ids === undefined || ids[row & CHUNK_MASK] === undefined) return;
    for (let column = 0; this.#carries.size > 0 && column < this.#width; column++) {
      this.#carries.delete(row * this.#width + column);
    }
    ids[row & CHUNK_MASK] = undefined;
    this.#live--;
    const at = (row & CHUNK_MASK) * this.#stride;
    const generation = (chunk[at] ?? 0) + 1;
    chunk[at] = generation;
    if (generation > this.#lastGeneration) return;
    chunk[at + 1] = this.#free;
    this.#free = row;
  }

  /** The number that holders of a row use. */
  slotOf(row: number): number {
    return (this.#chunks[row >> CHUNK_BITS]?.[(row & CHUNK_MASK) * this.#stride] ?? 0) * this.#span + row;
  }

  /** The row of a slot, or −1 when it was given back meanwhile or never was one. */
  rowOf(slot: number): number {
    const row = slot & this.#mask;
    if (row === 0) return slot === 0 ? 0 : -1;
    return this.slotOf(row) === slot && this.idOf(row) !== undefined ? row : -1;
  }

  /** The id of a row's client, or undefined for a free row. */
  idOf(row: number): string | undefined {
    return this.#ids[row >> CHUNK_BITS]?.[row & CHUNK_MASK];
  }

  /** The hot path: one chunk, one comparison of the generation, one addition. */
  add(slot: number, column: number, amount: number): Added {
    const row = slot & this.#mask;
    const chunk = this.#chunks[row >> CHUNK_BITS];
    const at = (row & CHUNK_MASK) * this.#stride;
    if (chunk === undefined || (chunk[at] ?? 0) * this.#span + row !== slot) return 'stale';
    if (column >>> 0 !== column || column >= this.#width) return 'refused';
    const sum = (chunk[at + 1 + column] ?? 0) + amount;
    if (amount >>> 0 !== amount || sum >= TWO_32) return this.#carry(row, column, amount);
    chunk[at + 1 + column] = sum;
    return 'added';
  }

  count(row: number, column: number): number {
    const low = this.#chunks[row >> CHUNK_BITS]?.[(row & CHUNK_MASK) * this.#stride + 1 + column] ?? 0;
    return this.#carries.size === 0 ? low : low + (this.#carries.get(row * this.#width + column) ?? 0) * TWO_32;
  }

  /** What 32 bits do not hold. */
  #carry(row: number, column: number, amount: number): Added {
    if (!Number.isSafeInteger(amount) || amount < 0) return 'refused';
    const chunk = this.#chunks[row >> CHUNK_BITS];
    if (chunk === undefined) return 'refused';
    const at = (row & CHUNK_MASK) * this.#stride + 1 + column;
    const sum = (chunk[at] ?? 0) + amount;
    chunk[at] = sum % TWO_32;
    const key = row * this.#width + column;
    this.#carries.set(key, (this.#carries.get(key) ?? 0) + Math.floor(sum / TWO_32));
    return 'added';
  }

  #fresh(): number {
    if (this.#used > this.#maxRows) return 0;
    if (this.#used === this.allocated) this.#grow();
    return this.#used++;
  }

  #grow(): void {
    this.#chunks.push(new Uint32Array(CHUNK * this.#stride));
    this.#ids.push(new Array<string | undefined>(CHUNK).fill(undefined));
  }
}
