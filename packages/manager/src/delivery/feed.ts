// One topic with readers: where its head is known to be, and the cursors that stand there.

import type { Place } from './cursor.machine.ts';
import type { Cursor } from './cursor.ts';

export class Feed implements Place {
  readonly key: string;
  /** The newest entry heard of, by tail, page or poll. */
  epoch = 0;
  offset = 0;
  /** Cursors of connected sessions on this topic, in whatever state. */
  readers = 0;
  readonly live: Cursor[] = [];
  readonly release: () => void;

  constructor(key: string, release: () => void) {
    this.key = key;
    this.release = release;
  }

  observe(epoch: number, offset: number): void {
    if (epoch > this.epoch || (epoch === this.epoch && offset > this.offset)) {
      this.epoch = epoch;
      this.offset = offset;
    }
  }

  addLive(cursor: Cursor): void {
    cursor.state = 'live';
    cursor.feedIndex = this.live.length;
    this.live.push(cursor);
  }

  /** Swaps with the last, so that leaving costs the same however many listen. */
  removeLive(cursor: Cursor): void {
    const last = this.live.pop();
    if (last !== undefined && last !== cursor) {
      this.live[cursor.feedIndex] = last;
      last.feedIndex = cursor.feedIndex;
    }
    cursor.feedIndex = -1;
  }
}
