// Metrics of the breakers: of what the manager depends on by name, of sessions in sum.
import type { MetricsRegistry } from '@ws-stability/metrics';
import type { Reading } from './reading.ts';

const NAMES = ['log', 'session_store', 'on_upgrade', 'on_hello', 'authorize'] as const;
const KEYS = {
  log: 'log',
  session_store: 'sessionStore',
  on_upgrade: 'onUpgrade',
  on_hello: 'onHello',
  authorize: 'authorize',
} as const;
const LEVELS = { closed: 0, halfOpen: 1, open: 2 } as const;

export function registerBreakers(registry: MetricsRegistry, reading: Reading): void {
  const now = (): ReturnType<Reading['snapshot']> => reading.snapshot();
  registry.gauge('breaker_state', {
    help: 'State of the breaker of what the server depends on: 0 closed, 1 half-open, 2 open.',
    labels: { breaker: NAMES },
    read: ({ breaker }) => {
      const state = now().breakers[KEYS[breaker]]?.state;
      return state === undefined ? undefined : LEVELS[state];
    },
  });
  registry.counter('breaker_calls_total', {
    help: 'Calls through a breaker by outcome; late ones ended after the state had changed and counted for nothing.',
    labels: { breaker: NAMES, outcome: ['success', 'failure', 'ignored', 'late', 'rejected'] },
    read: ({ breaker, outcome }) => {
      const snapshot = now().breakers[KEYS[breaker]];
      if (snapshot === undefined) return 0;
      const { successes, failures, ignored, lateResults, rejected } = snapshot;
      return { success: successes, failure: failures, ignored, late: lateResults, rejected }[outcome];
    },
  });
  registry.counter('breaker_transitions_total', {
    help: 'Changes of state, of the breakers of dependencies and of those of sessions.',
    labels: { of: ['dependency', 'session'], to: ['closed', 'half_open', 'open'] },
    read: ({ of, to }) => reading[of === 'session' ? 'sessions' : 'dependencies'][to === 'half_open' ? 'halfOpen' : to],
  });
  registry.gauge('session_breakers', {
    help: 'Sessions with a breaker: those whose client failed to keep up lately.',
    read: () => now().breakers.sessions?.members,
  });
  registry.gauge('session_breakers_open', {
    help: 'Sessions whose breaker is open or half-open: their clients get control frames, and now and then a page to try.',
    read: () => now().breakers.sessions?.open,
  });
  registry.counter('session_trips_suppressed_total', {
    help: 'Times that a breaker of a session would have opened but as many as may were open.',
    read: () => now().breakers.sessions?.tripsSuppressed ?? 0,
  });
  registry.counter('client_troubles_total', {
    help: 'Failures of clients that were owed something: no acknowledgement in time, a socket that takes nothing, a connection that broke.',
    labels: { kind: ['overdue', 'stalled', 'write_error'] },
    read: ({ kind }) => now().troubles[kind === 'write_error' ? 'writeErrors' : kind],
  });
  registry.counter('trial_pages_total', {
    help: 'Pages given to clients with an open breaker to see whether they keep up again.',
    labels: { outcome: ['success', 'failure'] },
    read: ({ outcome }) => now().trials[outcome === 'success' ? 'successes' : 'failures'],
  });
}
