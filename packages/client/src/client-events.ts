// What a client tells its listeners, and what it shows of itself.
import type { StabilityError } from '@ws-stability/core';
import type { Gap, Goaway, Position, ResumeFailure, Skip } from '@ws-stability/protocol';
import type { ConnectionState } from './connection.machine.ts';

export type ClientState = ConnectionState;

export type ClientEvents = {
  /** The connection is in another state. */
  readonly state: readonly [state: ClientState];
  /** A welcome came. `why` says why an earlier session could not be resumed. */
  readonly session: readonly [
    session: { readonly id: string; readonly resumed: boolean; readonly why: ResumeFailure | undefined },
  ];
  /** Messages of a topic were lost: all after `was` up to and including `now`. */
  readonly gap: readonly [gap: Gap & { readonly topic: string }];
  /** Messages of a topic that will not come, on purpose. */
  readonly skip: readonly [skip: Omit<Skip, 't'>];
  /** The server is about to close, or wants us elsewhere. */
  readonly goaway: readonly [goaway: Omit<Goaway, 't'>];
  /** The server took us out of a topic, or did not let us back in. */
  readonly left: readonly [left: { readonly topic: string; readonly why: string }];
  /** The server wants fresh authentication within `inMs`; with an `auth` dependency it gets it. */
  readonly authreq: readonly [request: { readonly inMs: number }];
  /** Something failed in the background; see its `code`. */
  readonly error: readonly [error: StabilityError];
};

export interface ClientCounters {
  /** Messages handed to listeners. */
  received: number;
  duplicatesDropped: number;
  gaps: number;
  /** Welcomes after the first. */
  reconnects: number;
  resumes: number;
}

export interface ClientSnapshot {
  readonly state: ClientState;
  readonly session: string | undefined;
  /** The session's fencing number: grows with each connection that takes it up; undefined before the first welcome. */
  readonly generation: number | undefined;
  readonly positions: ReadonlyMap<string, Position>;
  readonly outbox: { readonly messages: number; readonly bytes: number };
  readonly counters: Readonly<ClientCounters>;
}

/** Where a publish went. */
export interface PublishReceipt {
  readonly position: Position;
  /** Whether a message with the same id was there already; `position` is then its. */
  readonly duplicate: boolean;
}
