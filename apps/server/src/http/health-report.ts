// The answer of /health/websocket: counts in the groups and keys of the original system, and the groups that it had not.
import type { ManagerSnapshot } from '@ws-stability/manager';
import type { ManagerMetrics } from '@ws-stability/manager/metrics';

/** Plain data, written as the original's: keys in snake case, numbers to three decimals. No ids, addresses or payloads. */
export function healthReport(snapshot: ManagerSnapshot, groups: ReturnType<ManagerMetrics['groups']>): unknown {
  const { state, messages, sessions, breakers, log } = snapshot;
  return written({
    status: state,
    ...groups,
    messages: { ...groups.messages, received: messages.received, published: messages.published },
    sessions,
    breakers: breakersGroup(breakers),
    log,
  });
}

/** Of each thing that has a breaker by its name, of the sessions in sum; what has none is left out. */
function breakersGroup({ sessions, shortCircuited, ...named }: ManagerSnapshot['breakers']): object {
  const each = Object.entries(named).map(([name, breaker]) => {
    const { state, retryAfterMs, opened, successes, failures, ignored, lateResults, rejected } = breaker;
    const counts = { opened, successes, failures, ignored, lateResults, rejected };
    return [name, { state: state === 'halfOpen' ? 'half_open' : state, retryAfterMs, ...counts }] as const;
  });
  return { ...Object.fromEntries(each), ...(sessions === undefined ? {} : { sessions }), shortCircuited };
}

function written(value: unknown): unknown {
  if (typeof value === 'number') return Math.round(value * 1000) / 1000;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [snakeCase(name), written(member)]));
}

/** `sessionStore` → `session_store`. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
