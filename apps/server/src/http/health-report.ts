// The answer of /health/websocket: counts in the groups and keys of the original system, and the groups that it had not.
import type { BreakerSnapshots, ManagerSnapshot } from '@ws-stability/manager';
import type { ManagerMetrics } from '@ws-stability/manager/metrics';

/** Plain data; no ids, addresses or payloads. */
export function healthReport(snapshot: ManagerSnapshot, groups: ReturnType<ManagerMetrics['groups']>) {
  const { state, messages, sessions, breakers, log } = snapshot;
  return {
    status: state,
    ...groups,
    messages: { ...groups.messages, received: messages.received, published: messages.published },
    sessions,
    breakers: breakersGroup(breakers),
    log,
  };
}

/** Of each thing that has a breaker by its name, of the sessions in sum; what has none is left out. */
function breakersGroup({ sessions, shortCircuited, ...named }: ManagerSnapshot['breakers']) {
  return {
    ...Object.fromEntries(Object.entries(named).map(([name, breaker]) => [snakeCase(name), breakerGroup(breaker)])),
    ...(sessions === undefined
      ? {}
      : {
          sessions: {
            members: sessions.members,
            open: sessions.open,
            opened: sessions.opened,
            trips_suppressed: sessions.tripsSuppressed,
            evicted: sessions.evicted,
          },
        }),
    short_circuited: shortCircuited,
  };
}

function breakerGroup(breaker: NonNullable<BreakerSnapshots['log']>) {
  return {
    state: breaker.state === 'halfOpen' ? 'half_open' : breaker.state,
    retry_after_ms: breaker.retryAfterMs,
    opened: breaker.opened,
    successes: breaker.successes,
    failures: breaker.failures,
    ignored: breaker.ignored,
    late_results: breaker.lateResults,
    rejected: breaker.rejected,
  };
}

/** `sessionStore` → `session_store`. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
