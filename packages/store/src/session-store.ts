// The port of the session records: what of a session outlives its connection and, in a shared store, its node.
import type { MaybePromise } from '@ws-stability/core';
import type { Position, WireError } from '@ws-stability/protocol';

/** The settled outcome of one upward message, kept until the client confirms it. */
export type StoredResult =
  | { readonly n: number; readonly ok: true; readonly value?: unknown }
  | { readonly n: number; readonly err: WireError };

export interface SessionRecord {
  /** Of this layout; a record of an incompatible release is refused with `why: version`. */
  readonly version: 1;
  readonly id: string;
  /** SHA-256 of the token, hexadecimal; the token itself is never stored. */
  readonly tokenHash: string;
  /** The fencing number: only its holder may write. */
  readonly generation: number;
  /** The client instance (page load, process) that holds the session. */
  readonly instance: string;
  readonly principal: string | undefined;
  /** Whether a connection held it when it was last written. */
  readonly attached: boolean;
  /** By log key: the last position the client is known to have. */
  readonly cursors: ReadonlyMap<string, Position>;
  /** All upward messages up to this number are settled. */
  readonly handled: number;
  readonly results: readonly StoredResult[];
  /**
   * Wall time in milliseconds at which the session is over, attached or not (a node that died leaves it attached): who holds
   * it attached writes a later one before it comes.
   */
  readonly expiresAt: number;
  /** What the application keeps with it; JSON. Stores throw or reject with `ERR_SESSION_DATA` for what cannot be copied. */
  readonly data: unknown;
}

/** What a write changes; the rest stays. */
export type SessionPatch = Partial<Omit<SessionRecord, 'id' | 'version' | 'generation' | 'tokenHash'>>;

export type CreateOutcome = 'created' | 'exists' | 'full';
/** `fenced`: another generation holds the session; the writer must let go of it at once. */
export type SaveOutcome = 'saved' | 'fenced';
export type TakeOutcome =
  | { readonly status: 'taken'; readonly record: SessionRecord }
  /** Someone else was faster, or it is gone. */
  | { readonly status: 'conflict' };
export type LoadOutcome =
  | { readonly status: 'found'; readonly record: SessionRecord }
  | { readonly status: 'unknown' }
  | { readonly status: 'expired' }
  | { readonly status: 'version' };

/**
 * Conditional writes fenced by generation; records are copied in and out. A rejection with `ERR_STORE` leaves the outcome open;
 * every write may be repeated, and a `take` that then conflicts may have been one's own: load to see.
 */
export interface SessionStore {
  create(record: SessionRecord): MaybePromise<CreateOutcome>;
  load(id: string): MaybePromise<LoadOutcome>;
  /** In one atomic step: if the generation is still `generation`, applies the patch and raises it by one. */
  take(id: string, generation: number, patch: SessionPatch): MaybePromise<TakeOutcome>;
  save(id: string, generation: number, patch: SessionPatch): MaybePromise<SaveOutcome>;
  /** `saved` also when it is gone already. */
  remove(id: string, generation: number): MaybePromise<SaveOutcome>;
  /** Lets go of what has expired; the owner calls it about once a second. */
  sweep(): void;
  snapshot(): SessionSnapshot;
  close(): MaybePromise<void>;
}

/** Plain facts of a session store; counters count from its start. */
export interface SessionSnapshot {
  readonly sessions: number;
  readonly maxSessions: number;
  /** Sessions that came to their end unheld. */
  readonly expired: number;
  /** Creations refused because the store was full. */
  readonly refused: number;
  /** Ids of expired sessions that are still remembered. */
  readonly expiredIds: number;
}
