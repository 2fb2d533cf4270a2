// The manager's numbers under the names of the original system.
import type { AddedGroupsInput, ClientStatisticsSnapshot, OriginalGroupsInput } from '@ws-stability/metrics';
import type { ManagerSnapshot } from '../snapshot.ts';
import type { Reading } from './reading.ts';

/** @param lastUpdate wall time in milliseconds */
export function originalInput(
  { connections, messages, delivery, gaps, resumes, trials, breakers, uptimeMs }: ManagerSnapshot,
  { dependencies, sessions, maxLagging }: Reading,
  latency: OriginalGroupsInput['latency'],
  lastUpdate: number,
): OriginalGroupsInput {
  const { resumed, ...failures } = resumes;
  const failed = sum(failures);
  const { sessions: _, shortCircuited: __, ...named } = breakers;
  const states = new Set(Object.values(named).map(({ state }) => state));
  return {
    connections,
    messages: {
      sent: delivery.delivered,
      queued: delivery.caughtUp + delivery.lagging,
      failed: sum(delivery.lost),
      expired: delivery.skipped.ttl,
      deduplicated: messages.duplicates + messages.resent,
    },
    queue: {
      currentSize: delivery.lagging,
      maxSize: maxLagging,
      overflows: gaps.retention + gaps.budget + gaps.lag,
    },
    retry: {
      attempts: resumed + failed + trials.attempts,
      successes: resumed + trials.successes,
      failures: failed + trials.failures,
    },
    circuitBreaker: {
      state: states.has('open') ? 'open' : states.has('halfOpen') ? 'halfOpen' : 'closed',
      opens: dependencies.open + sessions.open,
      halfOpens: dependencies.halfOpen + sessions.halfOpen,
      closes: dependencies.closed + sessions.closed,
    },
    latency,
    uptimeMs,
    lastUpdate,
  };
}

export function addedInput(
  { resumes, gaps, delivery, backpressure, bytesIn, bytesOut }: ManagerSnapshot,
  statistics: ClientStatisticsSnapshot,
  eventLoopDelay: AddedGroupsInput['eventLoopDelay'],
  sendLatency: NonNullable<AddedGroupsInput['sendLatency']>,
): AddedGroupsInput {
  const { total: _, ...byReason } = gaps;
  const { inUse, ...outcomes } = resumes;
  return {
    statistics,
    resumes: { ...outcomes, in_use: inUse },
    gaps: { byReason, messages: sum(delivery.lost) },
    lag: { laggingCursors: delivery.laggards, messages: delivery.lagging, maxMessages: delivery.maxLag },
    backpressure: {
      pausedConnections: backpressure.full,
      pauses: backpressure.filled,
      bufferedBytes: backpressure.bufferedBytes,
    },
    eventLoopDelay,
    bytes: { received: bytesIn, sent: bytesOut },
    sendLatency,
  };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
