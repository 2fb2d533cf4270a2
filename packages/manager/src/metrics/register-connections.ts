// Metrics of connections, sessions, resumes and backpressure.
import type { MetricsRegistry } from '@ws-stability/metrics';
import type { Reading } from './reading.ts';

export function registerConnections(registry: MetricsRegistry, reading: Reading): void {
  const now = (): ReturnType<Reading['snapshot']> => reading.snapshot();
  registry.gauge('manager_state', {
    help: '1 for the state that the server is in.',
    labels: { state: ['accepting', 'draining', 'closed'] },
    read: ({ state }) => (now().state === state ? 1 : 0),
  });
  registry.gauge('uptime_seconds', {
    help: 'Since the manager was made.',
    unit: 'seconds',
    read: () => now().uptimeMs / 1000,
  });
  registry.gauge('connections', {
    help: 'Connections that are open.',
    labels: { mode: ['resumable', 'plain'] },
    read: ({ mode }) => now().connections[mode],
  });
  registry.counter('connections_opened_total', {
    help: 'Connections accepted.',
    read: () => now().connections.total,
  });
  registry.counter('connections_closed_total', {
    help: 'Connections accepted and gone.',
    read: () => now().connections.closed,
  });
  registry.counter('connections_refused_total', {
    help: 'Upgrades refused before the handshake was answered.',
    read: () => now().connections.refused,
  });
  registry.counter('connection_protocol_errors_total', {
    help: 'Connections ended for breaking the protocol.',
    read: () => now().connections.protocolErrors,
  });
  registry.counter('connection_timeouts_total', {
    help: 'Connections ended because no hello came in time, or no sign of life.',
    labels: { waiting_for: ['hello', 'heartbeat'] },
    read: ({ waiting_for: what }) => now().connections[`${what}Timeouts`],
  });
  registry.gauge('sessions', {
    help: 'Sessions with a connection, and sessions that wait for their client to come back.',
    labels: { state: ['attached', 'detached'] },
    read: ({ state }) => now().sessions[state],
  });
  registry.counter('sessions_created_total', { help: 'Sessions made.', read: () => now().sessions.created });
  registry.counter('sessions_expired_total', {
    help: 'Sessions whose client did not come back in time.',
    read: () => now().sessions.expired,
  });
  registry.counter('resumes_total', {
    help: 'Attempts of clients to take up their session again, by outcome.',
    labels: {
      outcome: ['resumed', 'unknown', 'expired', 'token', 'principal', 'version', 'store', 'in_use'],
    },
    read: ({ outcome }) => now().resumes[outcome === 'in_use' ? 'inUse' : outcome],
  });
  registry.gauge('connections_full', {
    help: 'Connections above their high-water mark, which get nothing of their topics until the socket has drained.',
    read: () => now().backpressure.full,
  });
  registry.counter('connections_filled_total', {
    help: 'Times that a connection reached its high-water mark.',
    read: () => now().backpressure.filled,
  });
  registry.gauge('connections_unread', {
    help: 'Connections that are not read from at present: their window is full, or they do not take their answers.',
    read: () => now().backpressure.paused,
  });
  registry.gauge('send_buffer_bytes', {
    help: 'Bytes that wait in this process for sockets to take them.',
    unit: 'bytes',
    read: () => now().backpressure.bufferedBytes,
  });
  registry.counter('received_bytes_total', {
    help: 'Bytes received from clients.',
    unit: 'bytes',
    read: () => now().bytesIn,
  });
  registry.counter('sent_bytes_total', {
    help: 'Bytes of frames written to clients.',
    unit: 'bytes',
    read: () => now().bytesOut,
  });
}
