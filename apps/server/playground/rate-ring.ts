// How many messages came in each 100 ms of the last 30 s, and when the connection went and came back.

export const SLICE_MS = 100;
export const SLICES = 300;

export type Mark = 'cut' | 'back';

const MAX_MARKS = 200;

export class RateRing {
  readonly #counts = new Uint32Array(SLICES);
  #latest = 0;
  #marks: { readonly mark: Mark; readonly slice: number }[] = [];

  add(nowMs: number): void {
    this.#advance(nowMs);
    const slot = this.#latest % SLICES;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
  }

  mark(mark: Mark, nowMs: number): void {
    this.#advance(nowMs);
    this.#marks.push({ mark, slice: this.#latest });
    if (this.#marks.length > MAX_MARKS) this.#marks.shift();
  }

  /** Oldest first; the last one is the slice of `nowMs`. */
  counts(nowMs: number): readonly number[] {
    this.#advance(nowMs);
    return Array.from({ length: SLICES }, (_, age) => this.#counts[(this.#latest + 1 + age) % SLICES] ?? 0);
  }

  /** Marks still in sight: at which slice of `counts` they stand. An earlier `cut` stands before the first. */
  marks(nowMs: number): readonly { readonly mark: Mark; readonly at: number }[] {
    this.#advance(nowMs);
    return this.#marks.map(({ mark, slice }) => ({ mark, at: slice - this.#latest + SLICES - 1 }));
  }

  #advance(nowMs: number): void {
    const slice = Math.floor(nowMs / SLICE_MS);
    const from = Math.max(this.#latest + 1, slice - SLICES + 1);
    for (let passed = from; passed <= slice; passed += 1) this.#counts[passed % SLICES] = 0;
    if (slice <= this.#latest) return;
    this.#latest = slice;
    const oldest = slice - SLICES;
    // The newest mark stays: it says whether the connection is away at the left edge.
    this.#marks = this.#marks.filter((mark, index) => mark.slice > oldest || index === this.#marks.length - 1);
  }
}
