// A bounded memory of ids: the newest so many, each found in constant time.

export class RecentIds {
  readonly #most: number;
  readonly #known = new Set<string>();
  /** In the order they came, written over from the start when full; an id deleted meanwhile stays here until then. */
  readonly #order: string[] = [];
  #next = 0;

  /** @param most how many are remembered; 0 for none. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#known.size;
  }

  has(id: string): boolean {
    return this.#known.has(id);
  }

  add(id: string): void {
    if (this.#most === 0 || this.#known.has(id)) return;
    const oldest = this.#order[this.#next];
    if (oldest !== undefined) this.#known.delete(oldest);
    this.#order[this.#next] = id;
    this.#known.add(id);
    this.#next = (this.#next + 1) % this.#most;
  }

  delete(id: string): void {
    this.#known.delete(id);
  }

  clear(): void {
    this.#known.clear();
    this.#order.length = 0;
    this.#next = 0;
  }
}
