export { ActivityList } from './activity-list.ts';
export { type AddedGroups, type AddedGroupsInput, addedGroups, type CountsByReason } from './added-groups.ts';
export { Balance, type BalanceDefinition, type BalanceReading, defineBalance } from './balance.ts';
export { exportClientStatistics } from './client-metrics.ts';
export type { CleanupSnapshot, ClientEntry, ClientStatisticsSnapshot } from './client-snapshot.ts';
export {
  ClientStatistics,
  type ClientStatisticsDependencies,
  type ClientStatisticsEvents,
  type ClientStatisticsOptions,
  type EntriesOptions,
} from './client-statistics.ts';
export { Counter, ReadCounter } from './counter.ts';
export { type Bucket, Histogram, latencySeconds, logSpaced } from './histogram.ts';
export { Labelled, type LabelledCell, type LabelSets, type LabelValues, type OnlyValue } from './labelled.ts';
export type { MetricType, MetricUnit } from './metric-name.ts';
export { type MetricsOptions, metricsOptions, type ResolvedMetricsOptions } from './options.ts';
export {
  type OriginalBreakerState,
  type OriginalGroups,
  type OriginalGroupsInput,
  originalGroups,
} from './original-groups.ts';
export type { HistogramSample, MetricReading, MetricsSnapshot, SampleLabels, ValueSample } from './reading.ts';
export {
  type ClientSource,
  type HistogramDescription,
  type MetricDescription,
  MetricsRegistry,
  type RegistryEvents,
  type SeriesDescription,
  type SnapshotOptions,
} from './registry.ts';
export type { SweepReport } from './sweeper.ts';
