// A log store that behaves as one in another process: late, with unknown outcomes, tails with holes, and restarts.
import { type Clock, Emitter, systemClock } from '@ws-stability/core';
import { seededRandom } from '@ws-stability/core/testing';
import type { Durability, Position } from '@ws-stability/protocol';
import type {
  AppendOutcome,
  AppendRequest,
  LogEntry,
  LogSnapshot,
  LogStore,
  Page,
  PageLimit,
  TailEvent,
  TopicHead,
} from '../log-store.ts';
import type { Lost, RemoteFaults } from './remote-faults.ts';
import { RemoteLink } from './remote-link.ts';

/** Appends remembered for a restart; the oldest are given up, as a log's retention would. */
const MOST_REMEMBERED = 100_000;

interface Hold {
  readonly topic: string;
  release: () => void;
}

export class RemoteLikeLogStore implements LogStore {
  readonly durability: Durability;
  readonly #open: () => LogStore;
  readonly #link: RemoteLink;
  readonly #faults: Required<RemoteFaults>;
  readonly #tails = new Emitter<{ entry: readonly [TailEvent] }>();
  readonly #holds = new Set<Hold>();
  #inner: LogStore;
  #cancelTail: () => void;
  #batch: TailEvent[] = [];
  #appended: AppendRequest[] = [];

  /**
   * @param open makes the store behind the link, and after {@link reopen} the next one, with a later epoch.
   */
  constructor(
    open: () => LogStore,
    faults: RemoteFaults = {},
    { clock = systemClock }: { readonly clock?: Clock } = {},
  ) {
    const { seed = 1, delayMs = 20, unknownRate = 0, timeoutMs = 50, tailDropRate = 0, tailDelayMs = 20 } = faults;
    this.#faults = { seed, delayMs, unknownRate, timeoutMs, tailDropRate, tailDelayMs };
    this.#link = new RemoteLink(clock, seededRandom(seed), delayMs);
    this.#open = open;
    this.#inner = open();
    this.durability = this.#inner.durability;
    this.#cancelTail = this.#inner.tail((event) => this.#onEntry(event));
  }

  append(request: AppendRequest): Promise<AppendOutcome> {
    const { unknownRate, timeoutMs } = this.#faults;
    if (this.#link.chance(unknownRate)) {
      const tookPlace = this.#link.chance(0.5);
      return this.#link.lose(tookPlace ? () => this.#append(request) : undefined, timeoutMs, 'ERR_APPEND_UNKNOWN');
    }
    return this.#link.call(() => this.#append(request), 'ERR_APPEND_UNKNOWN');
  }

  read(topic: string, after: Position, limit: PageLimit): Promise<Page> {
    return this.#link.call(async () => {
      const page = await this.#inner.read(topic, after, limit);
      return page.status === 'gap' ? page : { ...page, entries: page.entries.map(copyEntry) };
    });
  }

  heads(topics: readonly string[]): Promise<readonly TopicHead[]> {
    return this.#link.call(() => this.#inner.heads(topics));
  }

  tail(listener: (event: TailEvent) => void): () => void {
    return this.#tails.on('entry', listener);
  }

  hold(topic: string): () => void {
    const hold: Hold = { topic, release: this.#inner.hold(topic) };
    this.#holds.add(hold);
    return () => {
      if (this.#holds.delete(hold)) hold.release();
    };
  }

  trim(topic: string, upTo: Position): void {
    this.#link.send(() => this.#inner.trim(topic, upTo));
  }

  remove(topic: string): void {
    this.#link.send(() => {
      this.#inner.remove(topic);
      this.#appended = this.#appended.filter((request) => request.topic !== topic);
    });
  }

  sweep(): void {
    this.#link.send(() => this.#inner.sweep());
  }

  snapshot(): LogSnapshot {
    return this.#inner.snapshot();
  }

  /** What is under way fails with `ERR_STORE_CLOSED`. */
  async close(): Promise<void> {
    this.#link.close();
    this.#tails.clear();
    this.#cancelTail();
    await this.#inner.close();
  }

  /** Nothing gets through for so long: calls fail with `ERR_STORE`, appends that were executed with `ERR_APPEND_UNKNOWN`. */
  down(ms: number): void {
    this.#link.down(ms);
  }

  /** Restarts from a copy that lacks the newest appends: a new epoch, all else appended again, its ids known. */
  async reopen({ lose = 0 }: Lost = {}): Promise<void> {
    const old = this.#inner;
    this.#cancelTail();
    this.#inner = this.#open();
    for (const hold of this.#holds) hold.release = this.#inner.hold(hold.topic);
    const kept = this.#appended.slice(0, Math.max(0, this.#appended.length - lose));
    this.#appended = kept;
    for (const request of kept) await this.#inner.append(request);
    this.#cancelTail = this.#inner.tail((event) => this.#onEntry(event));
    await old.close();
  }

  async #append(request: AppendRequest): Promise<AppendOutcome> {
    const { payload } = request;
    const copy = { ...request, payload: typeof payload === 'string' ? payload : payload.slice() };
    const outcome = await this.#inner.append(request);
    if (outcome.status === 'appended') {
      this.#appended.push(copy);
      if (this.#appended.length > 2 * MOST_REMEMBERED) this.#appended = this.#appended.slice(-MOST_REMEMBERED);
    }
    return outcome;
  }

  #onEntry(event: TailEvent): void {
    if (this.#link.isDown || this.#link.chance(this.#faults.tailDropRate)) return;
    this.#batch.push({ ...event, entry: copyEntry(event.entry) });
    if (this.#batch.length === 1) this.#link.later(() => this.#tellBatch(), this.#link.upTo(this.#faults.tailDelayMs));
  }

  #tellBatch(): void {
    const batch = this.#batch;
    this.#batch = [];
    if (this.#link.isDown) return;
    for (const event of batch) this.#tails.emit('entry', event);
  }
}

/** Another process's entries are never the same objects. */
function copyEntry({ offset, binary, frame, payloadStart, expiresAt, origin }: LogEntry): LogEntry {
  return { offset, binary, frame: frame.slice(), payloadStart, expiresAt, origin };
}
