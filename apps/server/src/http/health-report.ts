// The answer of /health/websocket: counts only, in the groups and names the original system had where a number exists.
import type { ManagerSnapshot } from '@ws-stability/manager';

export interface HealthClock {
  /** Monotonic milliseconds when the server was built. */
  readonly startedAt: number;
  now(): number;
  wall(): number;
}

/** Plain data; no addresses, names or payloads. The last three groups are new. */
export function healthReport(snapshot: ManagerSnapshot, clock: HealthClock) {
  const { connections, delivery, messages, sessions, log } = snapshot;
  return {
    status: snapshot.state,
    connections: {
      total: connections.total,
      active: connections.active,
      failed: connections.failed,
      reconnections: connections.reconnections,
      timeouts: connections.timeouts,
    },
    messages: {
      sent: delivery.delivered,
      received: messages.received,
      published: messages.published,
      expired: delivery.skipped.ttl,
      deduplicated: messages.duplicates,
    },
    uptime_seconds: Math.round((clock.now() - clock.startedAt) / 1000),
    last_update: Math.round(clock.wall() / 1000),
    sessions,
    gaps: snapshot.gaps.total,
    log,
  };
}
