// The manager's numbers at one moment, as plain data.
import type { LogSnapshot } from '@ws-stability/store';
import { preEncodedWritesWork } from './connection/outlet.ts';
import type { Counters } from './counters.ts';

export interface ManagerSnapshot {
  readonly state: 'accepting' | 'draining' | 'closed';
  readonly uptimeMs: number;
  readonly connections: {
    /** Accepted since the start. */
    readonly total: number;
    readonly active: number;
    readonly resumable: number;
    readonly plain: number;
    /** Refused before the 101, or ended for breaking the protocol. */
    readonly failed: number;
    /** Sessions taken up again. */
    readonly reconnections: number;
    /** Ended for saying no hello or for showing no life. */
    readonly timeouts: number;
  };
  readonly sessions: {
    readonly attached: number;
    readonly detached: number;
    readonly created: number;
    readonly expired: number;
  };
  readonly messages: {
    readonly published: number;
    readonly delivered: number;
    readonly received: number;
    readonly duplicates: number;
    readonly refused: number;
    readonly expired: number;
    readonly failedHandlers: number;
  };
  readonly gaps: number;
  readonly bytesOut: number;
  /** Topics with connected readers. */
  readonly feeds: number;
  readonly log: LogSnapshot;
  /** Whether frames are written past the library's own queue. */
  readonly preEncodedWrites: boolean;
}

/** What a snapshot is taken of. */
export interface SnapshotSight {
  readonly state: ManagerSnapshot['state'];
  readonly uptimeMs: number;
  readonly counters: Counters;
  readonly connections: Iterable<{ readonly format: { readonly mode: 'resumable' | 'plain' } }>;
  readonly sessions: Iterable<{ readonly connected: boolean }>;
  readonly feeds: number;
  readonly log: LogSnapshot;
}

export function takeSnapshot(sight: SnapshotSight): ManagerSnapshot {
  const { state, uptimeMs, counters, feeds, log } = sight;
  const modes = { resumable: 0, plain: 0 };
  for (const { format } of sight.connections) modes[format.mode]++;
  let attached = 0;
  let detached = 0;
  for (const { connected } of sight.sessions) {
    if (connected) attached++;
    else detached++;
  }
  return {
    state,
    uptimeMs,
    connections: {
      total: counters.connections,
      active: modes.resumable + modes.plain,
      ...modes,
      failed: counters.refused + counters.protocolErrors,
      reconnections: counters.resumed,
      timeouts: counters.timeouts,
    },
    sessions: { attached, detached, created: counters.sessions, expired: counters.expiredSessions },
    messages: {
      published: counters.published,
      delivered: counters.delivered,
      received: counters.received,
      duplicates: counters.duplicates,
      refused: counters.refusedPublishes,
      expired: counters.expired,
      failedHandlers: counters.failedHandlers,
    },
    gaps: counters.gaps,
    bytesOut: counters.bytesOut,
    feeds,
    log,
    preEncodedWrites: preEncodedWritesWork(),
  };
}
