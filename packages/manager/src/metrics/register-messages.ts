// Metrics of what is published, and of what clients send.
import type { MetricsRegistry } from '@ws-stability/metrics';
import type { Reading } from './reading.ts';

export function registerMessages(registry: MetricsRegistry, reading: Reading): void {
  const now = (): ReturnType<Reading['snapshot']>['messages'] => reading.snapshot().messages;
  registry.counter('messages_published_total', {
    help: 'Messages taken into the log, whoever published them.',
    read: () => now().published,
  });
  registry.counter('messages_duplicate_total', {
    help: 'Publishes whose id was known already, so that nothing was appended again.',
    read: () => now().duplicates,
  });
  registry.counter('messages_refused_total', {
    help: 'Publishes refused by a limit.',
    read: () => now().refused,
  });
  registry.counter('messages_received_total', {
    help: 'Messages of clients, resent ones among them.',
    read: () => now().received,
  });
  registry.counter('messages_settled_total', {
    help: 'Messages of clients by what became of them: handled, sent again and answered from the kept result, rejected, or failed.',
    labels: { outcome: ['handled', 'resent', 'rejected', 'failed'] },
    read: ({ outcome }) => now()[outcome],
  });
  registry.gauge('messages_running', {
    help: 'Messages of clients whose handler has not settled.',
    read: () => now().running,
  });
}
