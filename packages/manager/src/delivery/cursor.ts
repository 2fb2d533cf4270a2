// A session's place in one topic: one number, however far behind its reader is.
import { comparePositions, type Gap, type Position, type SkipReason } from '@ws-stability/protocol';
import { type LogEntry, wireTopic } from '@ws-stability/store';
import type { PendingSkip, Place } from './cursor.machine.ts';

/**
 * detached: no connection · live: at the head, given entries as they come · behind: waits to read a page ·
 * reading: a page is on its way
 */
export type CursorState = 'detached' | 'live' | 'behind' | 'reading';

/** The connection as delivery sees it. */
export interface Receiver {
  /** Whether entries may be written to it now. */
  readonly writable: boolean;
  /** Bytes left below the high-water mark, at least 1. */
  readonly room: number;
  /** Cursors that wait to read a page. */
  readonly behind: Cursor[];
  /** Whether it stands in the queue for a page. */
  pumping: boolean;
  deliver(cursor: Cursor, entry: LogEntry): void;
  /** Notes that an offset will not come. */
  skip(cursor: Cursor, offset: number, why: SkipReason): void;
  gap(cursor: Cursor, gap: Gap): void;
  /** So many entries came to it from a page, for it was behind or away when they were published. */
  caughtUp(entries: number): void;
}

export class Cursor implements Place {
  /** The session's id; own messages are recognised by it. */
  readonly reader: string;
  /** The log's key. */
  readonly key: string;
  /** The topic as the client knows it. */
  readonly topic: string;
  /** The last entry written to the connection, or skipped. */
  epoch: number;
  offset: number;
  /** The last entry delivered in this epoch, 0 when there was none. */
  lastDelivered = 0;
  /** The last entry that the client is known to have. */
  ackedEpoch: number;
  ackedOffset: number;
  state: CursorState = 'detached';
  connection: Receiver | undefined;
  /** Its index among the live cursors of the feed. */
  feedIndex = -1;
  skip: PendingSkip | undefined;
  /** Where its account in the ledger starts. */
  began: number;

  constructor(reader: string, key: string, [epoch, offset]: Position) {
    this.reader = reader;
    this.key = key;
    this.topic = wireTopic(key);
    this.epoch = epoch;
    this.offset = offset;
    this.ackedEpoch = epoch;
    this.ackedOffset = offset;
    this.began = offset;
  }

  get position(): Position {
    return [this.epoch, this.offset];
  }

  get acked(): Position {
    return [this.ackedEpoch, this.ackedOffset];
  }

  /** Whether something was delivered that the client has not acknowledged. */
  get owed(): boolean {
    return this.lastDelivered > (this.ackedEpoch === this.epoch ? this.ackedOffset : 0);
  }

  moveTo([epoch, offset]: Position): void {
    this.lastDelivered = epoch === this.epoch ? Math.min(this.lastDelivered, offset) : 0;
    this.epoch = epoch;
    this.offset = offset;
  }

  /** Notes what the client has; anything but progress within what was sent is ignored. @returns whether it was progress */
  acknowledge([epoch, offset]: Position): boolean {
    if (epoch !== this.epoch || offset > this.offset) return false;
    if (epoch === this.ackedEpoch && offset <= this.ackedOffset) return false;
    this.ackedEpoch = epoch;
    this.ackedOffset = offset;
    return true;
  }

  /** Goes on from what a client says it has received; what it has not acknowledged yet it still will. */
  resumeAt(position: Position): void {
    this.moveTo(position);
    if (comparePositions(this.acked, position) > 0) [this.ackedEpoch, this.ackedOffset] = position;
    this.skip = undefined;
  }

  /** Goes on from a position before which nothing is owed. */
  restartAt(position: Position): void {
    this.moveTo(position);
    [this.ackedEpoch, this.ackedOffset] = position;
    this.skip = undefined;
  }
}
