// The log in this process's memory: a ring for each topic, two shares of one byte budget, ids that outlive their messages.
import { type Clock, resolveOptions, StabilityError, systemClock } from '@ws-stability/core';
import { MAX_OFFSET, type Position } from '@ws-stability/protocol';
import { AppendKeys } from './append-keys.ts';
import type { KeptEntry } from './entry-ring.ts';
import { isInbox } from './log-key.ts';
import { type LogOptions, logOptions } from './log-options.ts';
import { LogShare } from './log-share.ts';
import type {
  AppendOutcome,
  AppendRequest,
  LogSnapshot,
  LogStore,
  Page,
  PageLimit,
  TailEvent,
  TopicHead,
} from './log-store.ts';
import { LogVisits } from './log-visits.ts';
import { makeEntry } from './make-entry.ts';
import { nextEpoch } from './next-epoch.ts';
import { readPage } from './read-page.ts';
import { refuseBudget, refuseMessage, refuseTopic } from './refusals.ts';
import { TailQueue } from './tail-queue.ts';
import { entryCost, TopicLog } from './topic-log.ts';

export interface MemoryLogDependencies {
  /** @default the platform's clock */
  readonly clock?: Clock;
  /** Where positions start; must be above every epoch this log's readers may know. @default a number that grows from process to process */
  readonly epoch?: number;
  /** Offsets up to here count as given; for tests near the last offset. @default 0 */
  readonly startsAfter?: number;
}

/** A {@link LogStore} that answers at once and keeps nothing beyond its process: `durability` is `process`. */
export class MemoryLogStore implements LogStore {
  readonly durability = 'process';
  readonly #options: ReturnType<typeof resolveLogOptions>;
  readonly #clock: Clock;
  readonly #logs = new Map<string, TopicLog>();
  readonly #keys: AppendKeys;
  readonly #topics: LogShare;
  readonly #inboxes: LogShare;
  readonly #tails = new TailQueue();
  readonly #visits = new LogVisits<TopicLog>();
  #closed = false;
  #appended = 0;
  #duplicates = 0;
  #refused = 0;
  #forgotten = 0;
  readonly #trimmed = { retention: 0, budget: 0, acknowledged: 0, removed: 0 };

  /** @throws StabilityError `ERR_OPTION` for options out of their range, all at once. */
  constructor(options: LogOptions = {}, { clock = systemClock, epoch, startsAfter = 0 }: MemoryLogDependencies = {}) {
    this.#options = resolveLogOptions(options);
    this.#clock = clock;
    const floor: Position = [epoch ?? nextEpoch(clock.wall()), startsAfter];
    const { budgetBytes, inboxShare, maxTopics, maxInboxes, retentionEntries, inboxRetentionEntries } = this.#options;
    const inboxBytes = Math.floor(budgetBytes * inboxShare);
    this.#topics = new LogShare(
      { bytes: budgetBytes - inboxBytes, logs: maxTopics, entriesPerLog: retentionEntries },
      floor,
    );
    this.#inboxes = new LogShare({ bytes: inboxBytes, logs: maxInboxes, entriesPerLog: inboxRetentionEntries }, floor);
    this.#keys = new AppendKeys(this.#options.maxKeys, this.#options.idTtlMs, clock);
  }

  /**
   * @throws StabilityError `ERR_PAYLOAD` for text marked binary, `ERR_APPEND_KEY` for an id too long, `ERR_STORE_CLOSED`.
   */
  append(request: AppendRequest): AppendOutcome {
    this.#mustBeOpen();
    const { topic, key } = request;
    const now = this.#clock.now();
    const original = key === undefined ? undefined : this.#keys.find(key);
    if (original !== undefined) {
      this.#duplicates++;
      return { status: 'duplicate', position: original };
    }
    const { maxMessageBytes } = this.#options;
    // A text has at least as many bytes as characters, so nothing huge is encoded only to be refused.
    if (request.payload.length > maxMessageBytes) return this.#refuse(refuseMessage(maxMessageBytes));
    const share = this.#shareOf(topic);
    const known = this.#logs.get(topic);
    if (known?.written !== true && share.logs >= share.limits.logs) return this.#refuse(refuseTopic(share.limits.logs));
    const restarts = (known?.last ?? share.floor[1]) >= MAX_OFFSET;
    const entry = makeEntry(request, restarts ? 1 : (known?.last ?? share.floor[1]) + 1, now);
    const cost = entryCost(entry.frame.length);
    if (entry.frame.length - entry.payloadStart > maxMessageBytes) return this.#refuse(refuseMessage(maxMessageBytes));
    if (cost > this.#options.retentionBytes) return this.#refuse(refuseMessage(this.#options.retentionBytes));
    if (cost > share.limits.bytes) return this.#refuse(refuseBudget(share.limits.bytes));

    const log = known ?? this.#open(topic, share, now);
    if (restarts) this.#restart(log, share);
    this.#makeRoom(log, share, cost, now);
    this.#push(log, share, entry, cost);
    const position: Position = [log.epoch, entry.offset];
    if (key !== undefined) this.#keys.remember(key, position);
    this.#appended++;
    if (this.#tails.heard) this.#tails.tell({ topic, epoch: log.epoch, entry });
    return { status: 'appended', position };
  }

  /** @throws StabilityError `ERR_STORE_CLOSED`. */
  read(topic: string, after: Position, limit: PageLimit): Page {
    this.#mustBeOpen();
    const log = this.#logs.get(topic);
    if (log === undefined) return readPage(startOf(this.#shareOf(topic)), undefined, after, limit);
    this.#trimAged(log, this.#shareOf(topic), this.#clock.now());
    return readPage(log.head(), log, after, limit);
  }

  /** @throws StabilityError `ERR_STORE_CLOSED`. */
  heads(topics: readonly string[]): readonly TopicHead[] {
    this.#mustBeOpen();
    const now = this.#clock.now();
    return topics.map((topic) => {
      const share = this.#shareOf(topic);
      const log = this.#logs.get(topic);
      if (log === undefined) return startOf(share);
      this.#trimAged(log, share, now);
      return log.head();
    });
  }

  tail(listener: (event: TailEvent) => void): () => void {
    return this.#tails.listen(listener);
  }

  hold(topic: string): () => void {
    const log = this.#logs.get(topic) ?? this.#open(topic, this.#shareOf(topic), this.#clock.now());
    log.holds++;
    let holding = true;
    return () => {
      if (!holding) return;
      holding = false;
      log.holds--;
      log.touchedAt = this.#clock.now();
      this.#planForgetting(log);
    };
  }

  trim(topic: string, upTo: Position): void {
    const log = this.#logs.get(topic);
    if (log === undefined || log.epoch !== upTo[0]) return;
    const share = this.#shareOf(topic);
    while (log.entries.size > 0 && log.first <= upTo[1]) this.#drop(log, share, 'acknowledged');
  }

  remove(topic: string): void {
    const log = this.#logs.get(topic);
    if (log === undefined) return;
    const share = this.#shareOf(topic);
    while (log.entries.size > 0) this.#drop(log, share, 'removed');
    // Who holds it goes by its offsets; it is forgotten when they let go.
    if (log.holds === 0) this.#forget(log, share);
  }

  sweep(): void {
    const now = this.#clock.now();
    this.#keys.sweep();
    for (let log = this.#visits.next(now); log !== undefined; log = this.#visits.next(now)) {
      const share = this.#shareOf(log.key);
      this.#trimAged(log, share, now);
      const oldest = log.entries.at(0);
      if (oldest !== undefined) this.#visits.plan(log, oldest.appendedAt + this.#options.retentionMs, this.#logs.size);
      else if (this.#isForgettable(log, now)) this.#forget(log, share);
      else this.#planForgetting(log);
    }
  }

  snapshot(): LogSnapshot {
    return {
      topics: this.#topics.logs,
      inboxes: this.#inboxes.logs,
      entries: this.#topics.entries + this.#inboxes.entries,
      bytes: this.#topics.bytes + this.#inboxes.bytes,
      inboxBytes: this.#inboxes.bytes,
      budgetBytes: this.#options.budgetBytes,
      appended: this.#appended,
      duplicates: this.#duplicates,
      refused: this.#refused,
      trimmed: { ...this.#trimmed },
      forgotten: this.#forgotten,
      keys: this.#keys.size,
      keysEvicted: this.#keys.evicted,
    };
  }

  /** Forgets everything; what is called after it throws `ERR_STORE_CLOSED`. */
  close(): void {
    this.#closed = true;
    this.#logs.clear();
    this.#keys.clear();
    this.#tails.clear();
    this.#visits.clear();
    this.#topics.clear();
    this.#inboxes.clear();
  }

  #shareOf(topic: string): LogShare {
    return isInbox(topic) ? this.#inboxes : this.#topics;
  }

  #open(topic: string, share: LogShare, now: number): TopicLog {
    const log = new TopicLog(topic, share.floor, now);
    this.#logs.set(topic, log);
    this.#planForgetting(log);
    return log;
  }

  #push(log: TopicLog, share: LogShare, entry: KeptEntry, cost: number): void {
    if (!log.written) share.logs++;
    if (log.entries.size === 0) this.#visits.plan(log, entry.appendedAt + this.#options.retentionMs, this.#logs.size);
    log.push(entry);
    share.bytes += cost;
    share.entries++;
    share.place(log);
  }

  /** Before the append and not after it: what is accepted is readable, whatever else must leave for it. */
  #makeRoom(log: TopicLog, share: LogShare, cost: number, now: number): void {
    this.#trimAged(log, share, now);
    const bytesForOthers = this.#options.retentionBytes - cost;
    while (log.entries.size >= share.limits.entriesPerLog || log.bytes > bytesForOthers)
      this.#drop(log, share, 'retention');
    while (share.bytes > share.limits.bytes - cost) {
      const largest = share.largest();
      if (largest === undefined) return;
      this.#drop(largest, share, 'budget');
    }
  }

  #trimAged(log: TopicLog, share: LogShare, now: number): void {
    const { retentionMs } = this.#options;
    for (let oldest = log.entries.at(0); oldest !== undefined && now >= oldest.appendedAt + retentionMs; ) {
      this.#drop(log, share, 'retention');
      oldest = log.entries.at(0);
    }
  }

  #drop(log: TopicLog, share: LogShare, why: 'retention' | 'budget' | 'acknowledged' | 'removed'): void {
    share.bytes -= log.shift(why === 'budget');
    share.entries--;
    share.place(log);
    this.#trimmed[why]++;
    if (log.entries.size === 0) this.#planForgetting(log);
  }

  #isForgettable(log: TopicLog, now: number): boolean {
    return log.entries.size === 0 && log.holds === 0 && now >= log.touchedAt + this.#options.forgetAfterMs;
  }

  /** For a log without entries; a held one is planned when it is let go. */
  #planForgetting(log: TopicLog): void {
    if (log.holds > 0 || log.entries.size > 0) return;
    this.#visits.plan(log, log.touchedAt + this.#options.forgetAfterMs, this.#logs.size);
  }

  /** At the last offset: what is kept belongs to an epoch that is over, so its readers are told. */
  #restart(log: TopicLog, share: LogShare): void {
    while (log.entries.size > 0) this.#drop(log, share, 'retention');
    log.restart(nextEpoch(this.#clock.wall(), Math.max(log.epoch, share.floor[0])));
  }

  #forget(log: TopicLog, share: LogShare): void {
    this.#logs.delete(log.key);
    log.visit = undefined;
    share.coverWith(log);
    if (log.written) share.logs--;
    this.#forgotten++;
  }

  #refuse(refusal: AppendOutcome): AppendOutcome {
    this.#refused++;
    return refusal;
  }

  #mustBeOpen(): void {
    if (this.#closed)
      throw new StabilityError('ERR_STORE_CLOSED', 'The log is closed; stop its users before you close it.');
  }
}

function resolveLogOptions(options: LogOptions) {
  return resolveOptions(logOptions, options, 'log');
}

/** Where a log stands that is not known. */
function startOf({ floor: [epoch, last] }: LogShare): TopicHead {
  return { epoch, first: last + 1, last };
}
