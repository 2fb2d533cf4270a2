// Metrics of what is owed to readers: delivered, on its way, lagging, skipped, lost and told.
import type { MetricsRegistry } from '@ws-stability/metrics';
import type { Reading } from './reading.ts';

const GAP_REASONS = ['retention', 'budget', 'lag', 'epoch', 'session', 'ahead'] as const;

export function registerDelivery(registry: MetricsRegistry, reading: Reading): void {
  const now = (): ReturnType<Reading['snapshot']>['delivery'] => reading.snapshot().delivery;
  registry.counter('messages_delivered_total', {
    help: 'Messages written to connections, one for each reader.',
    read: () => now().delivered,
  });
  registry.counter('messages_caught_up_total', {
    help: 'Of the messages delivered, those that waited in the log for a reader that was behind or away.',
    read: () => now().caughtUp,
  });
  registry.counter('messages_skipped_total', {
    help: 'Messages that a reader was told it does not get: out of time, or its own.',
    labels: { reason: ['ttl', 'filtered'] },
    read: ({ reason }) => now().skipped[reason],
  });
  registry.counter('messages_lost_total', {
    help: 'Messages that a reader was told in a gap to be lost to it.',
    labels: { reason: GAP_REASONS },
    read: ({ reason }) => now().lost[reason],
  });
  registry.counter('gaps_total', {
    help: 'Gaps told to readers.',
    labels: { reason: GAP_REASONS },
    read: ({ reason }) => reading.snapshot().gaps[reason],
  });
  registry.counter('messages_rewound_total', {
    help: 'Messages delivered to a connection that was cut before they arrived, as the client said when it resumed.',
    read: () => now().rewound,
  });
  registry.counter('messages_claimed_total', {
    help: 'Messages that a client had from another process, as it said when it resumed.',
    read: () => now().claimed,
  });
  registry.gauge('messages_in_flight', {
    help: 'Messages delivered or skipped that readers have not acknowledged.',
    read: () => now().inFlight,
  });
  registry.gauge('messages_lagging', {
    help: 'Messages in the logs that readers, connected or away, have still to get.',
    read: () => now().lagging,
  });
  registry.gauge('lagging_cursors', { help: 'Subscriptions that lag.', read: () => now().laggards });
  registry.gauge('max_cursor_lag', {
    help: 'Messages that the subscription which lags most has still to get.',
    read: () => now().maxLag,
  });
  registry.gauge('cursors', {
    help: 'Subscriptions of all sessions, their inboxes among them.',
    read: () => now().cursors,
  });
  registry.gauge('read_topics', {
    help: 'Topics with connected readers.',
    read: () => reading.snapshot().feeds,
  });
}
