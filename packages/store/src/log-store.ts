// The port of the message log: append, read on from a position, hear of what others append.
import type { MaybePromise } from '@ws-stability/core';
import type { Durability, GapReason, Payload, Position } from '@ws-stability/protocol';

/** What makes an append idempotent: the same id in the same scope is appended once. */
export interface AppendKey {
  /** Whose ids these are, so that nobody's id hides another's message. */
  readonly scope: string;
  readonly id: string;
  /** How long the id is remembered at least, in milliseconds; longer than any retry. @default the store's `idTtlMs` */
  readonly ttlMs?: number | undefined;
}

export interface AppendRequest {
  /** The log's key: a topic name, or a private log's (`inboxKey`, `principalKey`). */
  readonly topic: string;
  /** Copied by the store; must not change until the append is settled. */
  readonly payload: Payload;
  /** Binary message, or text (bytes are then its UTF-8). */
  readonly binary: boolean;
  /** Shown to subscribers; says nothing about repeats, `key` does. */
  readonly id?: string | undefined;
  readonly key?: AppendKey | undefined;
  /** Not delivered later than this many milliseconds after the append. */
  readonly ttlMs?: number | undefined;
  /** The session that published it and wants no copy of its own. */
  readonly origin?: string | undefined;
  readonly traceparent?: string | undefined;
}

export type AppendOutcome =
  | { readonly status: 'appended'; readonly position: Position }
  /** The id was appended before, at this position; true also when that entry is trimmed already. */
  | { readonly status: 'duplicate'; readonly position: Position }
  | { readonly status: 'refused'; readonly limit: 'budget' | 'topics' | 'messageBytes'; readonly message: string };

/** One message as it is kept: the bytes that go on the wire, and where in them the payload starts. */
export interface LogEntry {
  readonly offset: number;
  readonly binary: boolean;
  /** A whole WebSocket frame for resumable clients, the same for every subscriber. Never changed. */
  readonly frame: Uint8Array;
  readonly payloadStart: number;
  /** On the monotonic clock of this process, in milliseconds; `Infinity` when it does not expire. */
  readonly expiresAt: number;
  readonly origin: string | undefined;
}

export interface TopicHead {
  readonly epoch: number;
  /** The oldest offset retained; `last + 1` when nothing is. */
  readonly first: number;
  /** The newest offset given; 0 in an epoch without messages. */
  readonly last: number;
}

export interface PageLimit {
  readonly entries: number;
  /** Of frames; one entry is always given, however large. */
  readonly bytes: number;
}

export type Page =
  /** The entries that follow, without holes; none at the head. */
  | { readonly status: 'entries'; readonly entries: readonly LogEntry[]; readonly head: TopicHead }
  /** What followed is no longer there: go on after `now`. */
  | { readonly status: 'gap'; readonly now: Position; readonly why: GapReason; readonly head: TopicHead };

export interface TailEvent {
  readonly topic: string;
  readonly epoch: number;
  readonly entry: LogEntry;
}

/**
 * A bounded log for each topic. A store in this process answers synchronously; a remote one with promises.
 * A promise of `append` that rejects with `ERR_APPEND_UNKNOWN` leaves the outcome open: append again only with a `key`.
 * Any other rejection (`ERR_STORE`) means that nothing was appended.
 */
export interface LogStore {
  readonly durability: Durability;
  /** Appends made one after the other take effect in that order, awaited or not. */
  append(request: AppendRequest): MaybePromise<AppendOutcome>;
  /** What follows a position; what has aged is never among it. */
  read(topic: string, after: Position, limit: PageLimit): MaybePromise<Page>;
  /** Where topics stand; one never written stands at its epoch's start. In the order asked. */
  heads(topics: readonly string[]): MaybePromise<readonly TopicHead[]>;
  /**
   * Hears of each entry, whoever appended it, in offset order for each topic — but perhaps late, in batches, with holes,
   * or not at all: it is a hint to deliver at once, `heads` and `read` are the truth.
   */
  tail(listener: (event: TailEvent) => void): () => void;
  /**
   * Keeps a topic, written or not, from being forgotten until the returned function is called: positions of it stay good
   * however long it is quiet. For topics with subscribers; the caller bounds how many it holds.
   */
  hold(topic: string): () => void;
  /** Entries up to here were had by the only reader; for inboxes. */
  trim(topic: string, upTo: Position): void;
  /** Lets go of a private log whose reader is gone; one that is still held keeps its place. */
  remove(topic: string): void;
  /** Lets go of what has aged; the owner calls it about once a second. */
  sweep(): void;
  snapshot(): LogSnapshot;
  close(): MaybePromise<void>;
}

/** Plain facts of a log, for metrics and people; counters count from the store's start. */
export interface LogSnapshot {
  /** Logs with messages now or once, inboxes left out. */
  readonly topics: number;
  readonly inboxes: number;
  /** Of all logs. */
  readonly entries: number;
  /** Of all logs, each entry's overhead included. */
  readonly bytes: number;
  /** The part of `bytes` that is in inboxes. */
  readonly inboxBytes: number;
  readonly budgetBytes: number;
  readonly appended: number;
  readonly duplicates: number;
  readonly refused: number;
  /** Entries that left: aged or too many, for want of budget, acknowledged by their only reader, with a log that was removed. */
  readonly trimmed: {
    readonly retention: number;
    readonly budget: number;
    readonly acknowledged: number;
    readonly removed: number;
  };
  /** Logs forgotten: idle or removed. */
  readonly forgotten: number;
  /** Ids remembered, those included that have expired since the last appends and {@link LogStore.sweep}. */
  readonly keys: number;
  /** Ids given up before their time because there were too many: their messages could be appended twice. */
  readonly keysEvicted: number;
}
