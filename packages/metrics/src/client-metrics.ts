// The figures of per-client statistics as metrics, and on request the most active clients as series of their own.
import { checkWords, type MetricUnit } from './metric-name.ts';
import type { ClientSource, MetricsRegistry } from './registry.ts';

/**
 * Exports what per-client statistics know of themselves, shows them in snapshots, and, when the registry's `clientSeries` is above 0,
 * each column as `client_<column>_total{client="<id>"}` for that many clients, those with the largest first column. A client that
 * leaves the top or is removed disappears from the series, and one that comes back may show less than before.
 *
 * @throws StabilityError `ERR_METRIC_DUPLICATE` the second time for a registry; `ERR_METRIC_UNIT` for a column named after no base unit.
 */
export function exportClientStatistics(metrics: MetricsRegistry, statistics: ClientSource): void {
  let now = statistics.snapshot();
  metrics.clients(statistics);
  metrics.collect(() => {
    now = statistics.snapshot();
  });
  metrics.gauge('client_statistics_clients', {
    help: 'Clients with statistics of their own.',
    labels: { state: ['connected', 'idle'] },
    read: ({ state }) => now[state],
  });
  metrics.gauge('client_statistics_memory_bytes', {
    help: 'Memory of the per-client statistics, without the ids themselves.',
    unit: 'bytes',
    read: () => now.bytes,
  });
  metrics.counter('client_statistics_overflowed_total', {
    help: 'Clients that share the overflow row because every other row belonged to a connected client.',
    read: () => now.overflowed,
  });
  metrics.counter('client_statistics_stale_calls_total', {
    help: 'Calls with a slot that was given back meanwhile.',
    read: () => now.staleCalls,
  });
  metrics.counter('client_statistics_refused_total', {
    help: 'Calls with a column or an amount there is not.',
    read: () => now.refused,
  });
  metrics.counter('cleanup_removed_clients_total', {
    help: 'Idle clients whose statistics were removed.',
    labels: { reason: ['ttl', 'room'] },
    read: ({ reason }) => (reason === 'ttl' ? now.cleanup.removedTotal : now.evictedForRoom),
  });
  metrics.counter('cleanup_freed_bytes_total', {
    help: 'Estimated memory given back by cleanup passes, for new clients or to the collector.',
    unit: 'bytes',
    read: () => now.cleanup.freedBytesTotal,
  });
  metrics.counter('cleanup_passes_total', {
    help: 'Cleanup passes over the statistics of idle clients.',
    labels: { outcome: ['complete', 'failed'] },
    read: ({ outcome }) => (outcome === 'complete' ? now.cleanup.passes : now.cleanup.failedPasses),
  });
  metrics.gauge('cleanup_last_pass_seconds', {
    help: 'Work of the last cleanup pass, without the pauses between its slices.',
    unit: 'seconds',
    read: () => (now.cleanup.lastAt === null ? undefined : now.cleanup.lastDurationMs / 1000),
  });
  metrics.gauge('cleanup_last_pass_timestamp_seconds', {
    help: 'When the last cleanup pass ended, in seconds since 1970.',
    unit: 'seconds',
    read: () => (now.cleanup.lastAt === null ? undefined : now.cleanup.lastAt / 1000),
  });
  exportSeries(metrics, statistics);
}

function exportSeries(metrics: MetricsRegistry, statistics: ClientSource): void {
  const { clientSeries } = metrics.options;
  if (clientSeries === 0) return;
  let top = statistics.entries({ limit: clientSeries });
  metrics.collect(() => {
    top = statistics.entries({ limit: clientSeries });
  });
  for (const column of statistics.snapshot().columns) {
    checkWords(column, 'The name of a column');
    const unit: MetricUnit | undefined = column.endsWith('_bytes')
      ? 'bytes'
      : column.endsWith('_seconds')
        ? 'seconds'
        : undefined;
    metrics.series(`client_${column}_total`, 'counter', {
      help: `The column ${column} of the most active clients.`,
      ...(unit === undefined ? {} : { unit }),
      label: 'client',
      limit: clientSeries,
      read: () => top.map(({ id, counts }) => [id, counts[column] ?? 0]),
    });
  }
}
