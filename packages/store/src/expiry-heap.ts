// What expires first, first: a binary heap by time. Each item is in it once.

/** Something with a time; an item's time must not change while it is in a heap. */
export interface Expiring {
  readonly expiresAt: number;
}

export class ExpiryHeap<Item extends Expiring> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The item that expires first. */
  peek(): Item | undefined {
    return this.#items[0];
  }

  /** Logarithmic; constant when no item expires later, as with one time to live for all. */
  push(item: Item): void {
    const items = this.#items;
    let place = items.length;
    items.push(item);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = items[above];
      if (parent === undefined || parent.expiresAt <= item.expiresAt) break;
      items[place] = parent;
      place = above;
    }
    items[place] = item;
  }

  /** Takes the item out that expires first. */
  pop(): Item | undefined {
    const items = this.#items;
    const first = items[0];
    const moved = items.pop();
    if (first === undefined || moved === undefined || items.length === 0) return first;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const right = items[left + 1];
      const leftItem = items[left];
      if (leftItem === undefined) break;
      const takesRight = right !== undefined && right.expiresAt < leftItem.expiresAt;
      const child = takesRight ? right : leftItem;
      if (moved.expiresAt <= child.expiresAt) break;
      items[place] = child;
      place = takesRight ? left + 1 : left;
    }
    items[place] = moved;
    return first;
  }

  /** Keeps only the items that are wanted. */
  retain(wanted: (item: Item) => boolean): void {
    const left = this.#items.filter(wanted);
    // A sorted list is a heap already.
    left.sort((one, other) => one.expiresAt - other.expiresAt);
    this.clear();
    for (const item of left) this.#items.push(item);
  }

  clear(): void {
    this.#items.length = 0;
  }
}
