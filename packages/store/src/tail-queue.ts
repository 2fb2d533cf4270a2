// Tells listeners of entries in the order of the appends, also when a listener appends: each entry is heard by all before the next.
import { Emitter } from '@ws-stability/core';
import type { TailEvent } from './log-store.ts';

export class TailQueue {
  readonly #tails = new Emitter<{ entry: readonly [TailEvent] }>();
  readonly #toTell: TailEvent[] = [];
  #telling = false;

  /** Whether anyone listens. */
  get heard(): boolean {
    return this.#tails.has('entry');
  }

  listen(listener: (event: TailEvent) => void): () => void {
    return this.#tails.on('entry', listener);
  }

  tell(event: TailEvent): void {
    this.#toTell.push(event);
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let next = this.#toTell.shift(); next; next = this.#toTell.shift()) this.#tails.emit('entry', next);
    } finally {
      this.#telling = false;
    }
  }

  clear(): void {
    this.#tails.clear();
    this.#toTell.length = 0;
  }
}
