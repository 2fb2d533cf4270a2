// What a plain client has: after a batch it is pinged with a number, and the automatic pong proves that all before
// the ping has reached it.
import { type TimerWheel, WheelEntry } from '@ws-stability/core';
import type { Position } from '@ws-stability/protocol';
import type { Cursor } from '../delivery/cursor.ts';

/** More pings than this unanswered and no further ones are sent until a pong comes. */
const MOST_OUTSTANDING = 32;

export interface PlainBatchOptions {
  readonly plainBatchMs: number;
  readonly plainBatchBytes: number;
}

/** The connection as it is asked. */
export interface Pingable {
  /** @returns whether nothing is held back now */
  flush(): boolean;
  ping(payload: string): void;
}

export class PlainBatches {
  readonly #connection: Pingable;
  readonly #cursors: () => Iterable<Cursor>;
  readonly #wheel: TimerWheel;
  readonly #options: PlainBatchOptions;
  readonly #onConfirmed: (cursor: Cursor) => void;
  readonly #due = new WheelEntry(() => this.#ask());
  readonly #outstanding = new Map<number, readonly (readonly [Cursor, Position])[]>();
  #number = 0;
  #bytes = 0;

  constructor(
    connection: Pingable,
    cursors: () => Iterable<Cursor>,
    wheel: TimerWheel,
    options: PlainBatchOptions,
    onConfirmed: (cursor: Cursor) => void,
  ) {
    this.#connection = connection;
    this.#cursors = cursors;
    this.#wheel = wheel;
    this.#options = options;
    this.#onConfirmed = onConfirmed;
  }

  /** Data was given to the connection. */
  note(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes >= this.#options.plainBatchBytes) this.#wheel.schedule(this.#due, 0);
    else if (!this.#due.scheduled) this.#wheel.schedule(this.#due, this.#options.plainBatchMs);
  }

  onPong(payload: Uint8Array): void {
    const number = Number(Buffer.from(payload).toString('latin1'));
    if (!this.#outstanding.has(number)) return;
    for (const [asked, places] of this.#outstanding) {
      if (asked > number) break;
      this.#outstanding.delete(asked);
      for (const [cursor, position] of places) if (cursor.acknowledge(position)) this.#onConfirmed(cursor);
    }
    if (this.#bytes > 0 && !this.#due.scheduled) this.#wheel.schedule(this.#due, this.#options.plainBatchMs);
  }

  close(): void {
    this.#wheel.cancel(this.#due);
    this.#outstanding.clear();
  }

  #ask(): void {
    if (this.#outstanding.size >= MOST_OUTSTANDING) return;
    // The frames that the positions stand for must be before the ping on the wire.
    if (!this.#connection.flush()) return this.#wheel.schedule(this.#due, this.#options.plainBatchMs);
    this.#bytes = 0;
    const number = ++this.#number;
    this.#outstanding.set(
      number,
      Array.from(this.#cursors(), (cursor) => [cursor, cursor.position] as const),
    );
    this.#connection.ping(String(number));
  }
}
