// What is known of each id, a column for each fact: a slot is an index into all of them. No object for each id.

/** No slot. */
export const NONE = -1;

const FIRST_CAPACITY = 64;

export class EntryColumns<Result> {
  readonly #most: number;
  #capacity = 0;
  /** Slots never used yet start here; those that were and are free again form a chain through `next`. */
  #fresh = 0;
  #free = NONE;
  scopes: string[] = [];
  ids: string[] = [];
  /** Empty until the first result is kept. */
  results: (Result | undefined)[] = [];
  hashes = new Int32Array(0);
  /** Of the claim in progress, never 0 then; 0 when there is none. */
  claims = new Int32Array(0);
  bytes = new Int32Array(0);
  expiresAt = new Float64Array(0);
  next = new Int32Array(0);
  previous = new Int32Array(0);

  /** @param most slots in use at once. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Slots there is memory for. */
  get capacity(): number {
    return this.#capacity;
  }

  /** A slot nobody uses; the caller fills it in and never asks for more than the most. */
  take(): number {
    const slot = this.#free;
    if (slot !== NONE) {
      this.#free = this.next[slot] ?? NONE;
      return slot;
    }
    if (this.#fresh === this.#capacity) this.#grow();
    return this.#fresh++;
  }

  give(slot: number): void {
    this.scopes[slot] = '';
    this.ids[slot] = '';
    if (slot < this.results.length) this.results[slot] = undefined;
    this.claims[slot] = 0;
    this.next[slot] = this.#free;
    this.#free = slot;
  }

  keepResult(slot: number, result: Result): void {
    while (this.results.length < slot) this.results.push(undefined);
    this.results[slot] = result;
  }

  /** Lets go of all memory. */
  clear(): void {
    this.#capacity = 0;
    this.#fresh = 0;
    this.#free = NONE;
    this.scopes = [];
    this.ids = [];
    this.results = [];
    this.#resize();
  }

  #grow(): void {
    this.#capacity = Math.min(this.#most, Math.max(FIRST_CAPACITY, 2 * this.#capacity));
    this.#resize();
  }

  #resize(): void {
    const capacity = this.#capacity;
    this.hashes = resized(this.hashes, new Int32Array(capacity));
    this.claims = resized(this.claims, new Int32Array(capacity));
    this.next = resized(this.next, new Int32Array(capacity));
    this.previous = resized(this.previous, new Int32Array(capacity));
    this.bytes = resized(this.bytes, new Int32Array(capacity));
    this.expiresAt = resized(this.expiresAt, new Float64Array(capacity));
  }
}

function resized<Column extends Int32Array | Float64Array>(from: Column, to: Column): Column {
  to.set(from.subarray(0, to.length));
  return to;
}
