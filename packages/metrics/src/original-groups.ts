// The groups and keys that the system before this one exported as JSON, for dashboards that read them.

/** A breaker's state as the original wrote it. */
export type OriginalBreakerState = 'closed' | 'open' | 'half_open';

export interface OriginalGroupsInput {
  readonly connections: {
    /** Accepted since the start. */
    readonly total: number;
    readonly active: number;
    readonly failed: number;
    readonly reconnections: number;
    readonly timeouts: number;
  };
  readonly messages: {
    readonly sent: number;
    readonly queued: number;
    readonly failed: number;
    readonly expired: number;
    readonly deduplicated: number;
  };
  readonly queue: {
    /** Messages that wait now, of all clients together (the original had one client's). */
    readonly currentSize: number;
    /** The most that ever waited. */
    readonly maxSize: number;
    readonly overflows: number;
  };
  readonly retry: {
    readonly attempts: number;
    readonly successes: number;
    readonly failures: number;
  };
  readonly circuitBreaker: {
    readonly state: 'closed' | 'open' | 'halfOpen';
    readonly opens: number;
    readonly halfOpens: number;
    readonly closes: number;
  };
  /** Sends that were timed; a histogram in seconds fits when multiplied by 1,000. */
  readonly latency: { readonly sumMs: number; readonly count: number };
  readonly uptimeMs: number;
  /** Wall time, milliseconds since 1970. */
  readonly lastUpdate: number;
}

/** Exactly the keys of the original. */
export interface OriginalGroups {
  readonly connections: OriginalGroupsInput['connections'];
  readonly messages: OriginalGroupsInput['messages'];
  readonly queue: { readonly current_size: number; readonly max_size: number; readonly overflows: number };
  readonly retry: OriginalGroupsInput['retry'] & {
    /** 0–1; 0 when nothing was retried. */
    readonly success_rate: number;
  };
  readonly circuit_breaker: {
    readonly state: OriginalBreakerState;
    readonly opens: number;
    readonly half_opens: number;
    readonly closes: number;
  };
  /** 0 when nothing was sent. */
  readonly latency: { readonly average_send_ms: number };
  readonly uptime_seconds: number;
  /** Wall time, seconds since 1970. */
  readonly last_update: number;
}

/** Lays out the original's groups and keys, in its order. */
export function originalGroups(input: OriginalGroupsInput): OriginalGroups {
  const { connections, messages, queue, retry, circuitBreaker, latency, uptimeMs, lastUpdate } = input;
  return {
    connections: {
      total: connections.total,
      active: connections.active,
      failed: connections.failed,
      reconnections: connections.reconnections,
      timeouts: connections.timeouts,
    },
    messages: {
      sent: messages.sent,
      queued: messages.queued,
      failed: messages.failed,
      expired: messages.expired,
      deduplicated: messages.deduplicated,
    },
    queue: { current_size: queue.currentSize, max_size: queue.maxSize, overflows: queue.overflows },
    retry: {
      attempts: retry.attempts,
      successes: retry.successes,
      failures: retry.failures,
      success_rate: shareOf(retry.successes, retry.successes + retry.failures),
    },
    circuit_breaker: {
      state: circuitBreaker.state === 'halfOpen' ? 'half_open' : circuitBreaker.state,
      opens: circuitBreaker.opens,
      half_opens: circuitBreaker.halfOpens,
      closes: circuitBreaker.closes,
    },
    latency: { average_send_ms: shareOf(latency.sumMs, latency.count) },
    uptime_seconds: uptimeMs / 1000,
    last_update: lastUpdate / 1000,
  };
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
