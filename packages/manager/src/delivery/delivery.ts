// From the log to the connections: entries go straight to cursors at the head; the others read on in pages,
// one page a turn for each connection, while its socket is writable. A "no" leaves the cursor where it is.
import { type Clock, isPromise, type MaybePromise, whenSettled } from '@ws-stability/core';
import type { LogEntry, LogStore, Page, TailEvent } from '@ws-stability/store';
import { retryAfterMs } from '../breakers/guard.ts';
import type { ResolvedManagerOptions } from '../options.ts';
import { fateOf, isCaughtUp, judgeEntry, type Place } from './cursor.machine.ts';
import type { Cursor, Receiver } from './cursor.ts';
import { Feed } from './feed.ts';
import type { Ledger } from './ledger.ts';

export interface DeliveryParts {
  readonly log: LogStore;
  readonly clock: Clock;
  readonly options: Pick<ResolvedManagerOptions, 'pageBytes' | 'pageEntries' | 'turnMs'>;
  readonly ledger: Ledger;
  readonly onError: (error: unknown) => void;
}

export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #feeds = new Map<string, Feed>();
  readonly #cancelTail: () => void;
  #waiting: Receiver[] = [];
  #turnScheduled = false;
  #polling = false;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.#cancelTail = parts.log.tail((event) => this.#onTail(event));
  }

  /** Topics with connected readers. */
  get feeds(): number {
    return this.#feeds.size;
  }

  /** Where a topic with connected readers is known to stand. */
  headOf(key: string): Place | undefined {
    return this.#feeds.get(key);
  }

  /** Starts a cursor on its connection: it reads on until it is at the head, then gets entries as they come. */
  attach(cursor: Cursor, connection: Receiver): void {
    let feed = this.#feeds.get(cursor.key);
    if (feed === undefined) {
      feed = new Feed(cursor.key, this.#parts.log.hold(cursor.key));
      this.#feeds.set(cursor.key, feed);
    }
    feed.readers++;
    cursor.connection = connection;
    this.#fallBehind(cursor, connection);
  }

  /** Takes a cursor off its connection; it keeps its place. */
  detach(cursor: Cursor): void {
    if (cursor.state === 'detached') return;
    const feed = this.#feeds.get(cursor.key);
    if (cursor.state === 'live') feed?.removeLive(cursor);
    if (cursor.state === 'behind') stopWaiting(cursor);
    cursor.state = 'detached';
    cursor.connection = undefined;
    if (feed !== undefined && --feed.readers === 0) {
      this.#feeds.delete(cursor.key);
      feed.release();
    }
  }

  /** A connection can take more: its waiting cursors read on. */
  resume(connection: Receiver): void {
    if (connection.pumping || connection.behind.length === 0) return;
    connection.pumping = true;
    this.#waiting.push(connection);
    this.#scheduleTurn();
  }

  /** Asks a store in another process where topics stand, in case its tail lost the last entries. */
  pollHeads(): void {
    if (this.#polling || this.#feeds.size === 0) return;
    const keys = [...this.#feeds.keys()];
    const answer = this.#parts.log.heads(keys);
    if (!isPromise(answer)) return;
    this.#polling = true;
    answer
      .then((heads) => {
        keys.forEach((key, index) => {
          const head = heads[index];
          const feed = this.#feeds.get(key);
          if (head === undefined || feed === undefined) return;
          feed.observe(head.epoch, head.last);
          for (const cursor of [...feed.live]) {
            if (isCaughtUp(cursor, feed) || cursor.connection === undefined) continue;
            feed.removeLive(cursor);
            this.#fallBehind(cursor, cursor.connection);
          }
        });
      })
      .catch(this.#parts.onError)
      .finally(() => {
        this.#polling = false;
      });
  }

  close(): void {
    this.#cancelTail();
    for (const feed of this.#feeds.values()) feed.release();
    this.#feeds.clear();
    this.#waiting = [];
  }

  #onTail({ topic, epoch, entry }: TailEvent): void {
    const feed = this.#feeds.get(topic);
    if (feed === undefined) return;
    feed.observe(epoch, entry.offset);
    const { live } = feed;
    // Backwards: a cursor that leaves is replaced by the last one, which has had its turn.
    for (let index = live.length - 1; index >= 0; index--) {
      const cursor = live[index] as Cursor;
      const connection = cursor.connection as Receiver;
      const verdict = judgeEntry(cursor, epoch, entry.offset);
      if (verdict === 'known') continue;
      if (verdict === 'next' && connection.writable) this.#deliver(cursor, connection, entry);
      else {
        feed.removeLive(cursor);
        this.#fallBehind(cursor, connection);
      }
    }
  }

  #deliver(cursor: Cursor, connection: Receiver, entry: LogEntry): void {
    const fate = fateOf(entry, this.#parts.clock.now(), cursor.reader);
    cursor.offset = entry.offset;
    if (fate === 'deliver') {
      this.#parts.ledger.delivered++;
      cursor.lastDelivered = entry.offset;
      connection.deliver(cursor, entry);
    } else {
      this.#parts.ledger.skipped[fate]++;
      connection.skip(cursor, entry.offset, fate);
    }
  }

  #fallBehind(cursor: Cursor, connection: Receiver): void {
    cursor.state = 'behind';
    connection.behind.push(cursor);
    if (connection.writable) this.resume(connection);
  }

  #scheduleTurn(): void {
    if (this.#turnScheduled) return;
    this.#turnScheduled = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#turnScheduled = false;
    const until = this.#parts.clock.now() + this.#parts.options.turnMs;
    const queue = this.#waiting;
    this.#waiting = [];
    let index = 0;
    for (; index < queue.length; index++) {
      if (index > 0 && this.#parts.clock.now() > until) break;
      const connection = queue[index] as Receiver;
      connection.pumping = false;
      this.#readPage(connection);
    }
    // Who had no turn comes first in the next one, before those who had theirs.
    if (index < queue.length) this.#waiting = [...queue.slice(index), ...this.#waiting];
    if (this.#waiting.length > 0) this.#scheduleTurn();
  };

  #readPage(connection: Receiver): void {
    if (!connection.writable) return;
    let cursor = connection.behind.shift();
    while (cursor !== undefined && (cursor.state !== 'behind' || cursor.connection !== connection)) {
      cursor = connection.behind.shift();
    }
    if (cursor === undefined) return;
    cursor.state = 'reading';
    this.#read(cursor, connection);
    this.resume(connection);
  }

  #read(cursor: Cursor, connection: Receiver): void {
    const { pageEntries, pageBytes } = this.#parts.options;
    const limit = { entries: pageEntries, bytes: Math.min(pageBytes, connection.room) };
    let answer: MaybePromise<Page>;
    try {
      answer = this.#parts.log.read(cursor.key, cursor.position, limit);
    } catch (error) {
      // A log in this process that somebody closed: nobody above could catch it.
      return this.#onReadFailed(cursor, connection, error);
    }
    whenSettled(
      answer,
      (page) => this.#onPage(cursor, connection, page),
      (error) => this.#onReadFailed(cursor, connection, error),
    );
  }

  #onPage(cursor: Cursor, connection: Receiver, page: Page): void {
    if (cursor.connection !== connection || cursor.state !== 'reading') return;
    const feed = this.#feeds.get(cursor.key);
    if (feed === undefined) return;
    feed.observe(page.head.epoch, page.head.last);
    if (page.status === 'gap') {
      this.#parts.ledger.gap(cursor, page.now, page.why);
      const was = cursor.position;
      cursor.moveTo(page.now);
      connection.gap(cursor, { was, now: page.now, why: page.why });
      // At once, or what is oldest now would be gone by the next turn of a busy topic, and gap would follow gap.
      if (cursor.connection === connection && connection.writable) return this.#read(cursor, connection);
    } else {
      const before = this.#parts.ledger.delivered;
      for (const entry of page.entries) {
        if (!connection.writable) break;
        if (judgeEntry(cursor, page.head.epoch, entry.offset) === 'next') this.#deliver(cursor, connection, entry);
      }
      const caughtUp = this.#parts.ledger.delivered - before;
      this.#parts.ledger.caughtUp += caughtUp;
      connection.caughtUp(caughtUp);
    }
    if (cursor.connection !== connection) return;
    if (connection.writable && isCaughtUp(cursor, feed)) feed.addLive(cursor);
    else this.#fallBehind(cursor, connection);
  }

  #onReadFailed(cursor: Cursor, connection: Receiver, error: unknown): void {
    this.#parts.onError(error);
    if (cursor.connection !== connection || cursor.state !== 'reading') return;
    cursor.state = 'behind';
    this.#parts.clock.setTimer(
      () => {
        if (cursor.connection === connection && cursor.state === 'behind') this.#fallBehind(cursor, connection);
      },
      Math.max(READ_RETRY_MS, retryAfterMs(error) ?? 0),
      false,
    );
  }
}

const READ_RETRY_MS = 250;

/** Who is given nothing for long would gather what its client has left. */
function stopWaiting(cursor: Cursor): void {
  const behind = cursor.connection?.behind ?? [];
  const index = behind.indexOf(cursor);
  if (index >= 0) behind.splice(index, 1);
}
