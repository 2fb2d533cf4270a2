// What a window answers, and what it tells.
import type { Eviction } from './ledger.ts';

export interface ClaimOptions {
  /** How long the id is remembered after its commit, in milliseconds, from 0. @default the window's `ttlMs` */
  readonly ttlMs?: number | undefined;
}

/** The right to act for an id, held for `claimTtlMs`. */
export interface Claim<Result> {
  readonly outcome: 'new';
  /**
   * It was done: from now on the id is a duplicate, and a result given here is its answer.
   *
   * @returns whether the claim was still held. If not, somebody else may have acted meanwhile: nothing changes, and it is counted.
   */
  commit(result?: Result): boolean;
  /** It was not done: the id is free again at once. @returns whether the claim was still held; if not, nothing changes. */
  abort(): boolean;
}

/** It was done; `result` is what the first one kept, or `undefined` when it kept none or one too large. */
export interface Duplicate<Result> {
  readonly outcome: 'duplicate';
  readonly result: Result | undefined;
}

/** Somebody acts for it now: ask again later, or answer that it is under way. */
export interface InProgress {
  readonly outcome: 'inProgress';
}

/** What is known of an id that is not free. */
export type Seen<Result> = Duplicate<Result> | InProgress;

export type ClaimOutcome<Result> = Claim<Result> | Seen<Result>;

export type DedupEvents = {
  /**
   * A live id was given up for want of room: its message could be handled twice. After the call that made it so. What claims of a
   * listener drive out meanwhile is counted, and not told.
   */
  readonly evictedLive: readonly [Eviction];
};

/** Plain facts of a window, for metrics and people; counters count from the start. */
export interface DedupSnapshot {
  /** Ids held: remembered or claimed, those included that have expired and were not looked at since. */
  readonly live: number;
  /** The part of `live` that is claimed and not settled. */
  readonly inProgress: number;
  /** What `live` counts for. */
  readonly bytes: number;
  /** Claims given: each was then committed or aborted, lapsed, was evicted, or is in progress. */
  readonly claimed: number;
  readonly committed: number;
  readonly aborted: number;
  /** Claims that nobody settled within `claimTtlMs`. */
  readonly lapsed: number;
  /** Commits of claims that were no longer held; they changed nothing. */
  readonly lateCommits: number;
  /** Answers `duplicate`. */
  readonly hits: number;
  /** Answers `inProgress`. */
  readonly busy: number;
  /** Remembered ids that reached the end of their time. */
  readonly expired: number;
  /** Live ids given up for want of room: the promise of the window did not hold for them. */
  readonly evictedLive: number;
  /** The part of `evictedLive` that was claimed and not settled. */
  readonly evictedClaims: number;
  /** Comparisons of different ids with one fingerprint; nothing was dropped for them. */
  readonly collisions: number;
  /** Results too large to keep; their ids were kept. */
  readonly resultsDropped: number;
}
