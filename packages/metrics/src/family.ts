// A family is one registered metric: what it is called, and how all its series are read.
import type { Counter, ReadCounter } from './counter.ts';
import type { Histogram } from './histogram.ts';
import type { LabelledCell } from './labelled.ts';
import type { MetricIdentity } from './metric-name.ts';
import type { HistogramSample, MetricReading, SampleLabels, ValueSample } from './reading.ts';

/** Told why something could not be read. */
export type OnFailure = (failure: unknown) => void;

export interface Family {
  /** Never throws: what cannot be read is told and left out. */
  read(onFailure: OnFailure): MetricReading;
  /** Values its cells refused. */
  refused(): number;
}

type Cells<Cell> = readonly LabelledCell<Cell>[];

export function counterFamily(identity: MetricIdentity, cells: Cells<Counter>): Family {
  return {
    read: () => ({
      ...described(identity),
      type: 'counter',
      samples: cells.flatMap(({ labels, cell: { value }, listed }) => (listed || value > 0 ? [{ labels, value }] : [])),
    }),
    refused: () => cells.reduce((sum, { cell }) => sum + cell.refused, 0),
  };
}

export function histogramFamily(identity: MetricIdentity, cells: Cells<Histogram>): Family {
  return {
    read: () => ({
      ...described(identity),
      type: 'histogram',
      samples: cells.flatMap(({ labels, cell, listed }) => {
        const sample = readHistogram(labels, cell);
        return listed || sample.count > 0 ? [sample] : [];
      }),
    }),
    refused: () => cells.reduce((sum, { cell }) => sum + cell.refused, 0),
  };
}

/** A source that cannot be read shows what it showed last, for a counter stays what it was. */
export function readCounterFamily(identity: MetricIdentity, cells: Cells<ReadCounter>): Family {
  return {
    read: (onFailure) => ({
      ...described(identity),
      type: 'counter',
      samples: listedOf(cells).map(({ labels, cell }) => {
        guarded(() => cell.refresh(), onFailure);
        return { labels, value: cell.value };
      }),
    }),
    refused: () => 0,
  };
}

/** A value that is undefined or NaN is none at present and left out, and so is one that cannot be read. */
export function gaugeFamily(identity: MetricIdentity, cells: Cells<() => number | undefined>): Family {
  return sampledFamily({ ...identity, type: 'gauge' }, (onFailure) =>
    listedOf(cells).flatMap(({ labels, cell: read }) => {
      const value = guarded(read, onFailure);
      return value === undefined || !Number.isFinite(value) ? [] : [{ labels, value }];
    }),
  );
}

/** Series that come and go, by one label. */
export interface SeriesSource {
  readonly label: string;
  /** The most that are shown; the rest is left out and counted. */
  readonly limit: number;
  /** Label values with their numbers, the most important first. Equal label values are added up. */
  readonly read: () => Iterable<readonly [labelValue: string, value: number]>;
  readonly onDropped: (count: number) => void;
}

/** Two series may not have the same labels, not even after what is no text was replaced. */
export function seriesFamily(
  identity: MetricIdentity & { readonly type: 'counter' | 'gauge' },
  { label, limit, read, onDropped }: SeriesSource,
): Family {
  return sampledFamily(identity, () => {
    const values = new Map<string, number>();
    let dropped = 0;
    for (const [given, value] of read()) {
      // Half of a surrogate pair has no UTF-8, so every encoder would make the same character of all of them.
      const labelValue = given.replace(/\p{Surrogate}/gu, '\ufffd');
      const known = values.get(labelValue);
      if (known !== undefined || values.size < limit) values.set(labelValue, (known ?? 0) + value);
      else dropped++;
    }
    if (dropped > 0) onDropped(dropped);
    return [...values].map(([labelValue, value]) => ({ labels: { [label]: labelValue }, value }));
  });
}

function sampledFamily(
  identity: MetricIdentity & { readonly type: 'counter' | 'gauge' },
  read: (onFailure: OnFailure) => readonly ValueSample[],
): Family {
  return {
    read: (onFailure) => ({
      ...described(identity),
      type: identity.type,
      samples: guarded(() => read(onFailure), onFailure) ?? [],
    }),
    refused: () => 0,
  };
}

/** What is read elsewhere has nothing to say of values that were not listed. */
function listedOf<Cell>(cells: Cells<Cell>): Cells<Cell> {
  return cells.filter(({ listed }) => listed);
}

function described({ name, help, unit }: MetricIdentity): Pick<MetricReading, 'name' | 'help' | 'unit'> {
  return { name, help, unit: unit ?? null };
}

function readHistogram(labels: SampleLabels, histogram: Histogram): HistogramSample {
  const { count, sum, buckets } = histogram;
  const at = (share: number): number | null => histogram.quantile(share) ?? null;
  return { labels, count, sum, p50: at(0.5), p95: at(0.95), p99: at(0.99), buckets };
}

function guarded<Result>(read: () => Result, onFailure: OnFailure): Result | undefined {
  try {
    return read();
  } catch (error) {
    onFailure(error);
    return undefined;
  }
}
