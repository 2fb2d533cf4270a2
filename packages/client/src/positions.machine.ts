// How far one topic has come: what was received, and up to where every listener has settled.
//
// | data with offset            | verdict     |
// |-----------------------------|-------------|
// | position unknown            | stray       |
// | 0                           | volatile    |
// | received or less            | duplicate   |
// | received + 1, room          | deliver     |
// | received + 1, no room       | full        |
// | beyond that, or no number   | hole        |
//
// A skip moves on if it starts no later than the next offset, else it is a hole. A gap or an outcome sets the position.
// Settling is in order: the settled position is the last one before the first message that a listener still holds.
import type { Position } from '@ws-stability/protocol';

export type Verdict = 'stray' | 'volatile' | 'duplicate' | 'deliver' | 'full' | 'hole';

/** A place in the order of settling. */
export interface Slot {
  readonly at: Position;
  done: boolean;
}

/** How many unsettled messages a topic may have; beyond it they stay with the server. */
export const MAX_UNSETTLED = 10_000;

export class TopicPosition {
  /** The last one received; undefined while the server has not told one. */
  received: Position | undefined;
  /** Up to here all listeners are done. */
  settled: Position | undefined;
  #slots: Slot[] = [];

  get unsettled(): number {
    return this.#slots.length;
  }

  take(offset: number): Verdict {
    const { received } = this;
    if (offset === 0) return 'volatile';
    if (received === undefined) return 'stray';
    if (offset <= received[1]) return 'duplicate';
    if (offset !== received[1] + 1) return 'hole';
    if (this.#slots.length >= MAX_UNSETTLED) return 'full';
    this.received = [received[0], offset];
    return 'deliver';
  }

  /** A slot for what was just received; settle it when its listeners are done. */
  open(): Slot | undefined {
    if (this.received === undefined) return undefined;
    const slot = { at: this.received, done: false };
    this.#slots.push(slot);
    return slot;
  }

  settle(slot: Slot): void {
    slot.done = true;
    while (this.#slots[0]?.done) this.settled = this.#slots.shift()?.at;
  }

  /** Offsets up to `to` will not come. @returns whether that fits; false is a hole. */
  skip(from: number, to: number): boolean {
    const { received } = this;
    if (received === undefined || to <= received[1]) return true;
    if (from > received[1] + 1) return false;
    this.move([received[0], to]);
    return true;
  }

  /** Goes on from here, whatever was before: an outcome or a gap. */
  move(at: Position): void {
    this.received = at;
    const slot = this.open();
    if (slot) this.settle(slot);
  }

  /** The server holds no cursor for us any more. */
  lose(): void {
    this.received = this.settled = undefined;
    this.#slots = [];
  }
}
