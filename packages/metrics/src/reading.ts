// What metrics are once they are read: plain data, for the JSON snapshot and for exporters.
import type { BalanceReading } from './balance.ts';
import type { ClientEntry, ClientStatisticsSnapshot } from './client-snapshot.ts';
import type { Bucket } from './histogram.ts';
import type { MetricUnit } from './metric-name.ts';

export type SampleLabels = Readonly<Record<string, string>>;

export interface ValueSample {
  readonly labels: SampleLabels;
  readonly value: number;
}

export interface HistogramSample {
  readonly labels: SampleLabels;
  readonly count: number;
  readonly sum: number;
  /** Estimated, see `Histogram.quantile`; null while nothing was observed. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly buckets: readonly Bucket[];
}

interface Described {
  /** With the prefix. */
  readonly name: string;
  readonly help: string;
  readonly unit: MetricUnit | null;
}

/** A metric with all its series. */
export type MetricReading =
  | (Described & { readonly type: 'counter' | 'gauge'; readonly samples: readonly ValueSample[] })
  | (Described & { readonly type: 'histogram'; readonly samples: readonly HistogramSample[] });

/** All metrics at one moment; JSON as it is. Metrics are in the order of their names, series in that of their lists. */
export interface MetricsSnapshot {
  readonly enabled: boolean;
  /** Wall time in milliseconds since 1970. */
  readonly takenAt: number;
  /** Since the registry was made. */
  readonly uptimeMs: number;
  readonly metrics: readonly MetricReading[];
  readonly balances: readonly BalanceReading[];
  /** Of the statistics given to `registry.clients`. */
  readonly clientStatistics?: ClientStatisticsSnapshot;
  /** As many as were asked for, the most active first. */
  readonly clients?: readonly ClientEntry[];
}
