import { describe, expect, it } from 'vitest';
import { type AddedGroupsInput, addedGroups } from './added-groups.ts';
import { ClientStatistics } from './client-statistics.ts';
import { Histogram } from './histogram.ts';
import { type OriginalGroupsInput, originalGroups } from './original-groups.ts';

const input: OriginalGroupsInput = {
  connections: { total: 10, active: 3, failed: 1, reconnections: 2, timeouts: 4 },
  messages: { sent: 100, queued: 5, failed: 6, expired: 7, deduplicated: 8 },
  queue: { currentSize: 9, maxSize: 20, overflows: 1 },
  retry: { attempts: 5, successes: 3, failures: 1 },
  circuitBreaker: { state: 'halfOpen', opens: 2, halfOpens: 2, closes: 1 },
  latency: { sumMs: 250, count: 100 },
  uptimeMs: 61_500,
  lastUpdate: 1_767_225_600_250,
};

const added: AddedGroupsInput = {
  resumes: { resumed: 5, expired: 1, denied: 2 },
  gaps: { byReason: { retention: 2, budget: 1 }, messages: 30 },
  lag: { laggingCursors: 1, messages: 12, maxMessages: 12 },
  backpressure: { pausedConnections: 1, pauses: 4, bufferedBytes: 2048 },
  bytes: { received: 10, sent: 20 },
};

describe('originalGroups', () => {
  it('has exactly the keys of the original, in its order and units', () => {
    expect(JSON.stringify(originalGroups(input))).toBe(
      JSON.stringify({
        connections: { total: 10, active: 3, failed: 1, reconnections: 2, timeouts: 4 },
        messages: { sent: 100, queued: 5, failed: 6, expired: 7, deduplicated: 8 },
        queue: { current_size: 9, max_size: 20, overflows: 1 },
        retry: { attempts: 5, successes: 3, failures: 1, success_rate: 0.75 },
        circuit_breaker: { state: 'half_open', opens: 2, half_opens: 2, closes: 1 },
        latency: { average_send_ms: 2.5 },
        uptime_seconds: 61.5,
        last_update: 1_767_225_600.25,
      }),
    );
  });

  it('says 0 where nothing was retried or sent', () => {
    const quiet = { ...input, retry: { attempts: 1, successes: 0, failures: 0 }, latency: { sumMs: 0, count: 0 } };
    expect(originalGroups(quiet)).toMatchObject({ retry: { success_rate: 0 }, latency: { average_send_ms: 0 } });
  });

  it.each(['closed', 'open'] as const)('writes the state %s as it is', (state) => {
    const { circuit_breaker } = originalGroups({ ...input, circuitBreaker: { ...input.circuitBreaker, state } });
    expect(circuit_breaker.state).toBe(state);
  });
});

describe('addedGroups', () => {
  it('can stand beside the original ones', () => {
    const keys = new Set(Object.keys(originalGroups(input)));
    expect(Object.keys(addedGroups(added)).filter((key) => keys.has(key))).toEqual([]);
  });

  it('lays out what it is given, reasons in the order of their names', () => {
    const groups = addedGroups(added);
    expect(JSON.stringify(groups.resumes)).toBe('{"denied":2,"expired":1,"resumed":5}');
    expect(groups).toMatchObject({
      gaps: { total: 3, messages: 30, by_reason: { budget: 1, retention: 2 } },
      lag: { lagging_cursors: 1, messages: 12, max_messages: 12 },
      backpressure: { paused_connections: 1, pauses: 4, buffered_bytes: 2048 },
      event_loop_delay: null,
      bytes: { received: 10, sent: 20 },
      send_latency: { count: 0, p50_ms: null, p95_ms: null, p99_ms: null },
      cleanup: { running: false, removed_total: 0, last_at: null },
    });
  });

  it('takes what the other parts of this package know', async () => {
    const statistics = new ClientStatistics({ columns: ['sent'], clientTtlMs: 0 });
    statistics.open('ann');
    await statistics.sweep();
    const sendLatency = new Histogram();
    sendLatency.observe(0.002);
    const eventLoopDelay = { meanMs: 1, p50Ms: 1, p95Ms: 2, p99Ms: 3, maxMs: 4 };
    expect(addedGroups({ ...added, statistics: statistics.snapshot(), sendLatency, eventLoopDelay })).toMatchObject({
      clients: { connected: 1, idle: 0 },
      cleanup: { passes: 1, last_at: expect.any(Number) },
      send_latency: { count: 1, p50_ms: expect.closeTo(2, 0) },
      event_loop_delay: { mean_ms: 1, p99_ms: 3, max_ms: 4 },
    });
  });
});
