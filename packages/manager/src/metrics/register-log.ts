// Metrics of the message log.
import type { MetricsRegistry } from '@ws-stability/metrics';
import type { Reading } from './reading.ts';

export function registerLog(registry: MetricsRegistry, reading: Reading): void {
  const now = (): ReturnType<Reading['snapshot']>['log'] => reading.snapshot().log;
  registry.gauge('log_topics', {
    help: 'Logs with messages now or once: of topics, and inboxes of sessions.',
    labels: { kind: ['topic', 'inbox'] },
    read: ({ kind }) => (kind === 'topic' ? now().topics : now().inboxes),
  });
  registry.gauge('log_entries', { help: 'Messages kept in all logs.', read: () => now().entries });
  registry.gauge('log_used_bytes', {
    help: 'Memory or storage of all logs.',
    unit: 'bytes',
    read: () => now().bytes,
  });
  registry.gauge('log_budget_bytes', {
    help: 'What all logs together may take.',
    unit: 'bytes',
    read: () => now().budgetBytes,
  });
  registry.counter('log_trimmed_entries_total', {
    help: 'Messages that left the logs, by why: too old or too many, for want of budget, had by their only reader, with their log.',
    labels: { reason: ['retention', 'budget', 'acknowledged', 'removed'] },
    read: ({ reason }) => now().trimmed[reason],
  });
  registry.gauge('log_ids', {
    help: 'Ids of publishes that are remembered, so that a repeated one is known.',
    read: () => now().keys,
  });
  registry.counter('log_ids_evicted_total', {
    help: 'Ids given up before their time because there were too many: their messages could be appended twice.',
    read: () => now().keysEvicted,
  });
}
