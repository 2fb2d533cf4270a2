// Gathers the connections that have something to write in this turn, so that each makes one write.

/** What gathers frames and writes them when told. */
export interface Flushable {
  flush(): unknown;
}

export class Flusher {
  readonly #schedule: (flush: () => void) => void;
  #dirty: Flushable[] = [];
  #scheduled = false;

  constructor(when: 'nextTick' | 'immediate') {
    this.#schedule = when === 'nextTick' ? (flush) => process.nextTick(flush) : (flush) => void setImmediate(flush);
  }

  add(connection: Flushable): void {
    this.#dirty.push(connection);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(this.#flush);
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const connection of dirty) connection.flush();
  };
}
