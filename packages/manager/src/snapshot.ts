// The manager's numbers at one moment, as plain data.
import type { GapReason, ResumeFailure, SkipReason } from '@ws-stability/protocol';
import type { LogSnapshot, LogStore } from '@ws-stability/store';
import type { BreakerSnapshots } from './breakers/manager-breakers.ts';
import { preEncodedWritesWork } from './connection/outlet.ts';
import type { Counters } from './counters.ts';
import type { Delivery } from './delivery/delivery.ts';
import type { Ledger } from './delivery/ledger.ts';
import { type Holder, standingOf } from './delivery/standing.ts';

/** Counts are from the manager's start unless they are said to be of now. */
export interface ManagerSnapshot {
  readonly state: 'accepting' | 'draining' | 'closed';
  readonly uptimeMs: number;
  readonly connections: {
    /** Accepted. */
    readonly total: number;
    /** Accepted and gone. */
    readonly closed: number;
    /** Now. */
    readonly active: number;
    /** Now. */
    readonly resumable: number;
    /** Now. */
    readonly plain: number;
    /** Refused before the 101. */
    readonly refused: number;
    /** Ended for breaking the protocol. */
    readonly protocolErrors: number;
    /** The two before together. */
    readonly failed: number;
    /** Sessions taken up again. */
    readonly reconnections: number;
    /** Ended for saying no hello or for showing no life. */
    readonly timeouts: number;
    readonly helloTimeouts: number;
    readonly heartbeatTimeouts: number;
  };
  readonly sessions: {
    /** Now. */
    readonly attached: number;
    /** Now. */
    readonly detached: number;
    /** Plain clients without identity among them. */
    readonly created: number;
    readonly expired: number;
  };
  /** Attempts to take up a session again, by what became of them. */
  readonly resumes: { readonly resumed: number } & Readonly<Record<ResumeFailure, number>>;
  readonly messages: {
    readonly published: number;
    /** Published again with the same id. */
    readonly duplicates: number;
    /** Publishes refused by a limit. */
    readonly refused: number;
    /** Of clients; each is one of the five that follow. */
    readonly received: number;
    readonly handled: number;
    /** Sent again by a client: answered again, or still running. */
    readonly resent: number;
    readonly rejected: number;
    readonly failed: number;
    /** Now. */
    readonly running: number;
  };
  /** What became of the offsets owed to cursors: one count for each entry and each reader of it. */
  readonly delivery: {
    readonly delivered: number;
    /** Of those delivered: had to wait in the log, for a reader that was behind or away. */
    readonly caughtUp: number;
    readonly skipped: Readonly<Record<SkipReason, number>>;
    /** Told in gaps. */
    readonly lost: Readonly<Record<GapReason, number>>;
    /** Delivered to a connection that was cut before they arrived, as its client said at the resume. */
    readonly rewound: number;
    /** Received through another process, as a client said at the resume. */
    readonly claimed: number;
    /** Passed by cursors: delivered + skipped + lost + claimed − rewound. */
    readonly passed: number;
    /** Now: delivered or skipped and not acknowledged. */
    readonly inFlight: number;
    /** Now: published and not delivered. */
    readonly lagging: number;
    /** Now: cursors that lag. */
    readonly laggards: number;
    /** Now: of the cursor that lags most. */
    readonly maxLag: number;
    /** Now: subscriptions of all sessions, their inboxes among them. */
    readonly cursors: number;
  };
  /** Gaps told, by reason. */
  readonly gaps: { readonly total: number } & Readonly<Record<GapReason, number>>;
  readonly backpressure: {
    /** Times that a connection reached its high-water mark. */
    readonly filled: number;
    /** Now: connections above their high-water mark. */
    readonly full: number;
    /** Now: connections that are not read from, for their window is full or their answers pile up. */
    readonly paused: number;
    /** Now: bytes that wait in this process for sockets. */
    readonly bufferedBytes: number;
  };
  /** What went wrong with clients that were owed something: each counts as a failure for its session's breaker. */
  readonly troubles: {
    /** Nothing acknowledged for `ackMs`. */
    readonly overdue: number;
    /** Nothing taken by a full socket for `stallMs`. */
    readonly stalled: number;
    /** The connection broke with messages on their way. */
    readonly writeErrors: number;
  };
  /** Pages that tried whether the client of an open breaker keeps up again. */
  readonly trials: { readonly attempts: number; readonly successes: number; readonly failures: number };
  readonly breakers: BreakerSnapshots & {
    /** Calls that an open breaker refused. */
    readonly shortCircuited: number;
  };
  readonly bytesIn: number;
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
  readonly ledger: Ledger;
  readonly breakers: BreakerSnapshots;
  readonly connections: Iterable<{
    readonly format: { readonly mode: 'resumable' | 'plain' };
    readonly full: boolean;
    readonly paused: boolean;
    readonly bufferedBytes: number;
    readonly bytesReceived: number;
  }>;
  readonly sessions: () => Iterable<Holder & { readonly connected: boolean }>;
  readonly delivery: Pick<Delivery, 'feeds' | 'headOf'>;
  readonly log: LogStore;
}

/** Goes over every connection and every cursor: for scrapes and people. */
export function takeSnapshot(sight: SnapshotSight): ManagerSnapshot {
  const { state, uptimeMs, counters, ledger } = sight;
  const connections = { resumable: 0, plain: 0, full: 0, paused: 0, bufferedBytes: 0, bytesReceived: 0 };
  for (const connection of sight.connections) {
    connections[connection.format.mode]++;
    if (connection.full) connections.full++;
    if (connection.paused) connections.paused++;
    connections.bufferedBytes += connection.bufferedBytes;
    connections.bytesReceived += connection.bytesReceived;
  }
  let attached = 0;
  let detached = 0;
  for (const { connected } of sight.sessions()) {
    if (connected) attached++;
    else detached++;
  }
  const { moved, ...standing } = standingOf(sight.sessions(), sight);
  return {
    state,
    uptimeMs,
    connections: {
      total: counters.connections,
      closed: counters.disconnected,
      active: connections.resumable + connections.plain,
      resumable: connections.resumable,
      plain: connections.plain,
      refused: counters.refused,
      protocolErrors: counters.protocolErrors,
      failed: counters.refused + counters.protocolErrors,
      reconnections: counters.resumed,
      timeouts: counters.helloTimeouts + counters.heartbeatTimeouts,
      helloTimeouts: counters.helloTimeouts,
      heartbeatTimeouts: counters.heartbeatTimeouts,
    },
    sessions: { attached, detached, created: counters.sessions, expired: counters.expiredSessions },
    resumes: { resumed: counters.resumed, ...counters.resumeFailures },
    messages: {
      published: counters.published,
      duplicates: counters.duplicates,
      refused: counters.refusedPublishes,
      received: counters.received,
      handled: counters.handled,
      resent: counters.resent,
      rejected: counters.rejected,
      failed: counters.failed,
      running: counters.running,
    },
    delivery: {
      delivered: ledger.delivered,
      caughtUp: ledger.caughtUp,
      skipped: { ...ledger.skipped },
      lost: { ...ledger.lost },
      rewound: ledger.rewound,
      claimed: ledger.claimed,
      passed: ledger.passed(moved),
      ...standing,
    },
    gaps: { total: Object.values(ledger.gaps).reduce((sum, count) => sum + count, 0), ...ledger.gaps },
    backpressure: {
      filled: counters.filled,
      full: connections.full,
      paused: connections.paused,
      bufferedBytes: connections.bufferedBytes,
    },
    troubles: {
      overdue: counters.troubles.overdue,
      stalled: counters.troubles.stalled,
      writeErrors: counters.troubles.writeError,
    },
    trials: { attempts: counters.trials, successes: counters.trialsSucceeded, failures: counters.trialsFailed },
    breakers: { ...sight.breakers, shortCircuited: counters.shortCircuited },
    bytesIn: counters.bytesIn + connections.bytesReceived,
    bytesOut: counters.bytesOut,
    feeds: sight.delivery.feeds,
    log: sight.log.snapshot(),
    preEncodedWrites: preEncodedWritesWork(),
  };
}
