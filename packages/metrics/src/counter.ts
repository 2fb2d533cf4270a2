// Counters: plain cells that hot paths add to, and counters read from a source when somebody looks.

/** A count since the start; it never falls. */
export class Counter {
  /** The count; for reading. Writing `value++` is allowed where `add` would be too dear, which it hardly is. */
  value = 0;
  /** Calls that would have made it fall or meaningless (below 0, not finite), which changed nothing. */
  refused = 0;

  /** @param amount 0 or more, finite. @default 1 */
  add(amount = 1): void {
    if (amount >= 0 && amount < Number.POSITIVE_INFINITY) this.value += amount;
    else this.refused++;
  }
}

/**
 * A counter that lives elsewhere as a plain field and is read at scrape time.
 *
 * What it shows never falls: while the source is below what it once was, the highest value stands. A source that begins again
 * at 0 (a new object behind `read`) is announced with `restart()`, and counting goes on from there.
 */
export class ReadCounter {
  readonly #read: () => number;
  #carried = 0;
  #highest = 0;

  constructor(read: () => number) {
    this.#read = read;
  }

  /** What was shown last. */
  get value(): number {
    return this.#carried + this.#highest;
  }

  /** The source begins again at 0: what it had counted stays, what it counts from now on is added. */
  restart(): void {
    this.#carried += this.#highest;
    this.#highest = 0;
  }

  /**
   * Reads the source.
   *
   * @internal
   * @throws what `read` throws, or why its number was not taken: it fell without a restart, or is no count.
   */
  refresh(): void {
    const read = this.#read();
    if (!(read >= 0 && read < Number.POSITIVE_INFINITY)) throw new RangeError(`${String(read)} is no count`);
    if (read < this.#highest) throw new RangeError(`it fell from ${this.#highest} to ${read} without restart()`);
    this.#highest = read;
  }
}
