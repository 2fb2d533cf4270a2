// The groups that the original lacked, in its style: cleanup, resumption by outcome, gaps, lag, backpressure, event loop, bytes.
import type { ClientStatisticsSnapshot } from './client-snapshot.ts';
import type { Histogram } from './histogram.ts';

/** How resumes ended, a count for each outcome, e.g. `resumed`, `expired`, `taken_over`. */
export type CountsByReason = Readonly<Record<string, number>>;

export interface AddedGroupsInput {
  /** Of `ClientStatistics`; all 0 where there are none. */
  readonly statistics?: Pick<ClientStatisticsSnapshot, 'connected' | 'idle' | 'bytes' | 'overflowed' | 'cleanup'>;
  readonly resumes: CountsByReason;
  readonly gaps: {
    /** Told to clients, by reason. */
    readonly byReason: CountsByReason;
    /** Messages that those covered. */
    readonly messages: number;
  };
  readonly lag: {
    /** Cursors that are behind now. */
    readonly laggingCursors: number;
    /** Messages that they are behind, together and at most. */
    readonly messages: number;
    readonly maxMessages: number;
  };
  readonly backpressure: {
    /** Connections whose delivery waits now for their buffer to empty. */
    readonly pausedConnections: number;
    /** How often one began to wait. */
    readonly pauses: number;
    /** In the buffers of all sockets now. */
    readonly bufferedBytes: number;
  };
  /** In milliseconds, as `EventLoopDelay.read()` has it; undefined where it is not watched. */
  readonly eventLoopDelay?:
    | {
        readonly meanMs: number;
        readonly p50Ms: number;
        readonly p95Ms: number;
        readonly p99Ms: number;
        readonly maxMs: number;
      }
    | undefined;
  readonly bytes: { readonly received: number; readonly sent: number };
  /** From handing a message to a socket to its acknowledgement, in seconds. */
  readonly sendLatency?: Pick<Histogram, 'count' | 'quantile'>;
}

export interface AddedGroups {
  readonly clients: {
    readonly connected: number;
    readonly idle: number;
    readonly memory_bytes: number;
    readonly overflowed: number;
  };
  readonly cleanup: {
    readonly running: boolean;
    readonly passes: number;
    readonly failed_passes: number;
    readonly removed_last: number;
    readonly removed_total: number;
    /** Estimated. */
    readonly freed_bytes_last: number;
    readonly freed_bytes_total: number;
    /** Seconds since 1970; null before the first pass. */
    readonly last_at: number | null;
    readonly last_duration_ms: number;
  };
  readonly resumes: CountsByReason;
  readonly gaps: { readonly total: number; readonly messages: number; readonly by_reason: CountsByReason };
  readonly lag: { readonly lagging_cursors: number; readonly messages: number; readonly max_messages: number };
  readonly backpressure: {
    readonly paused_connections: number;
    readonly pauses: number;
    readonly buffered_bytes: number;
  };
  /** Null where it is not watched. */
  readonly event_loop_delay: {
    readonly mean_ms: number;
    readonly p50_ms: number;
    readonly p95_ms: number;
    readonly p99_ms: number;
    readonly max_ms: number;
  } | null;
  readonly bytes: { readonly received: number; readonly sent: number };
  /** Quantiles estimated from the histogram; null while nothing was timed. */
  readonly send_latency: {
    readonly count: number;
    readonly p50_ms: number | null;
    readonly p95_ms: number | null;
    readonly p99_ms: number | null;
  };
}

/** Lays the new groups out; none of their keys is one of the original's, so both can stand in one object. Reasons are in the order of their names. */
export function addedGroups(input: AddedGroupsInput): AddedGroups {
  const { statistics, resumes, gaps, lag, backpressure, eventLoopDelay: delay, bytes, sendLatency } = input;
  return {
    clients: {
      connected: statistics?.connected ?? 0,
      idle: statistics?.idle ?? 0,
      memory_bytes: statistics?.bytes ?? 0,
      overflowed: statistics?.overflowed ?? 0,
    },
    cleanup: cleanupGroup(statistics?.cleanup),
    resumes: sorted(resumes),
    gaps: {
      total: Object.values(gaps.byReason).reduce((sum, count) => sum + count, 0),
      messages: gaps.messages,
      by_reason: sorted(gaps.byReason),
    },
    lag: { lagging_cursors: lag.laggingCursors, messages: lag.messages, max_messages: lag.maxMessages },
    backpressure: {
      paused_connections: backpressure.pausedConnections,
      pauses: backpressure.pauses,
      buffered_bytes: backpressure.bufferedBytes,
    },
    event_loop_delay:
      delay === undefined
        ? null
        : { mean_ms: delay.meanMs, p50_ms: delay.p50Ms, p95_ms: delay.p95Ms, p99_ms: delay.p99Ms, max_ms: delay.maxMs },
    bytes: { received: bytes.received, sent: bytes.sent },
    send_latency: {
      count: sendLatency?.count ?? 0,
      p50_ms: milliseconds(sendLatency?.quantile(0.5)),
      p95_ms: milliseconds(sendLatency?.quantile(0.95)),
      p99_ms: milliseconds(sendLatency?.quantile(0.99)),
    },
  };
}

function cleanupGroup(cleanup: ClientStatisticsSnapshot['cleanup'] | undefined): AddedGroups['cleanup'] {
  const lastAt = cleanup?.lastAt ?? null;
  return {
    running: cleanup?.running ?? false,
    passes: cleanup?.passes ?? 0,
    failed_passes: cleanup?.failedPasses ?? 0,
    removed_last: cleanup?.removedLast ?? 0,
    removed_total: cleanup?.removedTotal ?? 0,
    freed_bytes_last: cleanup?.freedBytesLast ?? 0,
    freed_bytes_total: cleanup?.freedBytesTotal ?? 0,
    last_at: lastAt === null ? null : lastAt / 1000,
    last_duration_ms: cleanup?.lastDurationMs ?? 0,
  };
}

function sorted(counts: CountsByReason): CountsByReason {
  return Object.fromEntries(Object.entries(counts).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function milliseconds(seconds: number | undefined): number | null {
  return seconds === undefined ? null : seconds * 1000;
}
