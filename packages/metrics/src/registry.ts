// The registry: makes metrics, refuses ill-formed ones at once, and reads all of them when somebody looks.
import {
  type Clock,
  Emitter,
  type EventMap,
  type Listener,
  type Observable,
  resolveOptions,
  StabilityError,
  systemClock,
} from '@ws-stability/core';
import { Balance, type BalanceDefinition, type BalanceReading } from './balance.ts';
import type { ClientEntry, ClientStatisticsSnapshot } from './client-snapshot.ts';
import { Counter, ReadCounter } from './counter.ts';
import { counterFamily, type Family, gaugeFamily, histogramFamily, readCounterFamily, seriesFamily } from './family.ts';
import { Histogram } from './histogram.ts';
import { Labelled, type LabelledCell, type LabelSets, type LabelValues } from './labelled.ts';
import { baseName, checkIdentity, checkWords, type MetricIdentity, type MetricUnit } from './metric-name.ts';
import { type MetricsOptions, metricsOptions, type ResolvedMetricsOptions } from './options.ts';
import type { MetricReading, MetricsSnapshot } from './reading.ts';

export interface MetricDescription {
  /** What it counts, for people; not empty. */
  readonly help: string;
  /** The base unit that its name ends with (before `_total`); none for a number of things. */
  readonly unit?: MetricUnit;
}

export interface HistogramDescription extends MetricDescription {
  readonly unit: MetricUnit;
  /** Upper bounds, rising, 1–200. @default latencySeconds */
  readonly buckets?: readonly number[];
}

export interface SeriesDescription extends MetricDescription {
  readonly label: string;
  /** The most series shown, 1–1,000; the rest is left out and counted. */
  readonly limit: number;
  /** Label values with their numbers, the most important first; equal ones are added up. */
  readonly read: () => Iterable<readonly [labelValue: string, value: number]>;
}

export interface RegistryEvents extends EventMap {
  /** Something could not be read: `ERR_METRIC_READ`, with `details.metric`. All else was read all the same. */
  readonly problem: readonly [error: StabilityError];
}

/** Per-client statistics as the registry sees them. */
export interface ClientSource {
  snapshot(): ClientStatisticsSnapshot;
  entries(options?: { readonly limit?: number }): readonly ClientEntry[];
}

export interface SnapshotOptions {
  /** How many clients to list with their counts, the most active first. @default 0 */
  readonly clients?: number;
}

/** A caller makes metrics at start; more than this is a loop that makes them. */
const MOST_METRICS = 1000;
/** Of one metric whose series come and go. */
const MOST_SERIES = 1000;

export class MetricsRegistry implements Observable<RegistryEvents> {
  readonly options: ResolvedMetricsOptions;
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #events = new Emitter<RegistryEvents>();
  readonly #families = new Map<string, Family>();
  readonly #taken = new Set<string>();
  readonly #balances = new Map<string, Balance>();
  #hooks: readonly (() => void)[] = [];
  #clients: ClientSource | undefined;
  #readFailures = 0;
  #droppedSeries = 0;

  /**
   * @param options of which `enabled`, `prefix` and `clientSeries` count here; see {@link metricsOptions}.
   * @throws StabilityError `ERR_OPTION`.
   */
  constructor(options: MetricsOptions = {}, { clock = systemClock }: { readonly clock?: Clock } = {}) {
    this.options = resolveOptions(metricsOptions, options, 'metrics');
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.#registerOwn();
  }

  /** False in the disabled mode: everything can be made and counted as ever, nothing is read or exported. */
  get enabled(): boolean {
    return this.options.enabled;
  }

  on<Name extends keyof RegistryEvents>(name: Name, listener: Listener<RegistryEvents[Name]>): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * Makes a counter: one to add to, or with `read` one that is read from a field elsewhere; with `labels` a cell for each
   * combination of the listed values.
   *
   * @param name without the prefix, ends with `_total`.
   * @throws StabilityError `ERR_METRIC_NAME`, `ERR_METRIC_UNIT`, `ERR_METRIC_DUPLICATE`, `ERR_METRIC_LABELS`.
   */
  counter<const Sets extends LabelSets>(
    name: string,
    description: MetricDescription & { readonly labels: Sets; readonly read: (labels: LabelValues<Sets>) => number },
  ): Labelled<ReadCounter, Sets>;
  counter<const Sets extends LabelSets>(
    name: string,
    description: MetricDescription & { readonly labels: Sets },
  ): Labelled<Counter, Sets>;
  counter(name: string, description: MetricDescription & { readonly read: () => number }): ReadCounter;
  counter(name: string, description: MetricDescription): Counter;
  counter(
    name: string,
    description: MetricDescription & {
      readonly labels?: LabelSets;
      readonly read?: (labels: Readonly<Record<string, string>>) => number;
    },
  ): Counter | ReadCounter | Labelled<Counter, LabelSets> | Labelled<ReadCounter, LabelSets> {
    const { labels, read } = description;
    const identity = this.#identify(name, 'counter', description);
    if (read === undefined) {
      return this.#cells(
        identity,
        labels,
        () => new Counter(),
        (cells) => counterFamily(identity, cells),
      );
    }
    return this.#cells(
      identity,
      labels,
      (values) => new ReadCounter(() => read(values)),
      (cells) => readCounterFamily(identity, cells),
    );
  }

  /**
   * Makes a gauge, which is computed when somebody looks.
   *
   * @param description `read` may give undefined or NaN for "none at present", which leaves the series out.
   * @throws StabilityError `ERR_METRIC_NAME`, `ERR_METRIC_UNIT`, `ERR_METRIC_DUPLICATE`, `ERR_METRIC_LABELS`.
   */
  gauge<const Sets extends LabelSets>(
    name: string,
    description: MetricDescription & {
      readonly labels: Sets;
      readonly read: (labels: LabelValues<Sets>) => number | undefined;
    },
  ): void;
  gauge(name: string, description: MetricDescription & { readonly read: () => number | undefined }): void;
  gauge(
    name: string,
    description: MetricDescription & {
      readonly labels?: LabelSets;
      readonly read: (labels: Readonly<Record<string, string>>) => number | undefined;
    },
  ): void {
    const { labels, read } = description;
    const identity = this.#identify(name, 'gauge', description);
    this.#cells(
      identity,
      labels,
      (values) => () => read(values),
      (cells) => gaugeFamily(identity, cells),
    );
  }

  /**
   * Makes a histogram, with `labels` one for each combination of the listed values.
   *
   * @throws StabilityError `ERR_METRIC_NAME`, `ERR_METRIC_UNIT`, `ERR_METRIC_DUPLICATE`, `ERR_METRIC_LABELS`, `ERR_METRIC_BUCKETS`.
   */
  histogram<const Sets extends LabelSets>(
    name: string,
    description: HistogramDescription & { readonly labels: Sets },
  ): Labelled<Histogram, Sets>;
  histogram(name: string, description: HistogramDescription): Histogram;
  histogram(
    name: string,
    description: HistogramDescription & { readonly labels?: LabelSets },
  ): Histogram | Labelled<Histogram, LabelSets> {
    const { labels, buckets } = description;
    const identity = this.#identify(name, 'histogram', description);
    return this.#cells(
      identity,
      labels,
      () => new Histogram(buckets),
      (cells) => histogramFamily(identity, cells),
    );
  }

  /**
   * Adds a balance; its difference is exported as `balance_difference{balance="<name>"}`.
   *
   * @throws StabilityError `ERR_METRIC_NAME`, `ERR_METRIC_DUPLICATE`.
   */
  balance(definition: BalanceDefinition | Balance): Balance {
    const balance = definition instanceof Balance ? definition : new Balance(definition);
    if (this.#balances.has(balance.name) || this.#balances.size >= MOST_METRICS) throw duplicate(balance.name);
    this.#balances.set(balance.name, balance);
    return balance;
  }

  /** Calls a function before each reading, for sources that are copied then; the returned function ends that. */
  collect(hook: () => void): () => void {
    const own = (): void => hook();
    this.#hooks = [...this.#hooks, own];
    return () => {
      this.#hooks = this.#hooks.filter((other) => other !== own);
    };
  }

  /**
   * Makes a metric whose series come and go, such as those of the most active clients; use labels with fixed values where they do.
   *
   * @throws StabilityError `ERR_METRIC_NAME`, `ERR_METRIC_UNIT`, `ERR_METRIC_DUPLICATE`.
   */
  series(name: string, type: 'counter' | 'gauge', description: SeriesDescription): void {
    const { label, limit, read } = description;
    checkWords(label, 'The name of a label');
    const identity = this.#identify(name, type, description);
    const source = {
      label,
      limit: Math.min(limit, MOST_SERIES),
      read,
      onDropped: (count: number) => {
        this.#droppedSeries += count;
      },
    };
    this.#register(identity.name, seriesFamily({ ...identity, type }, source));
  }

  /** Lets snapshots show these statistics; `exportClientStatistics` calls it. The last one given counts. */
  clients(statistics: ClientSource): void {
    this.#clients = statistics;
  }

  /** Reads every balance now. */
  balances(): readonly BalanceReading[] {
    if (!this.enabled) return [];
    return [...this.#balances.values()].map((balance) =>
      balance.read((failure) => this.#fail(`balance ${balance.name}`, failure)),
    );
  }

  /** Reads every metric now, in the order of their names; for exporters. */
  read(): readonly MetricReading[] {
    if (!this.enabled) return [];
    for (const hook of this.#hooks) {
      try {
        hook();
      } catch (error) {
        this.#fail('a collect hook', error);
      }
    }
    const names = [...this.#families.keys()].sort();
    return names.flatMap((name) => {
      const family = this.#families.get(name);
      return family === undefined ? [] : [family.read((failure) => this.#fail(name, failure))];
    });
  }

  /** Everything at this moment, as JSON. */
  snapshot({ clients = 0 }: SnapshotOptions = {}): MetricsSnapshot {
    const { enabled } = this;
    return {
      enabled,
      takenAt: this.#clock.wall(),
      uptimeMs: this.#clock.now() - this.#startedAt,
      metrics: this.read(),
      balances: this.balances(),
      ...(enabled && this.#clients !== undefined ? { clientStatistics: this.#clients.snapshot() } : {}),
      ...(enabled && this.#clients !== undefined && clients > 0
        ? { clients: this.#clients.entries({ limit: clients }) }
        : {}),
    };
  }

  #registerOwn(): void {
    this.counter('metrics_read_failures_total', {
      help: 'Reads of a metric, a collect hook or a balance that threw or gave no usable number.',
      read: () => this.#readFailures,
    });
    this.counter('metrics_refused_values_total', {
      help: 'Values below 0 or not finite that counters and histograms were given and left out.',
      read: () => [...this.#families.values()].reduce((sum, family) => sum + family.refused(), 0),
    });
    this.counter('metrics_dropped_series_total', {
      help: 'Series left out of a reading because their metric had more than its limit.',
      read: () => this.#droppedSeries,
    });
    this.series('balance_difference', 'gauge', {
      help: 'Left side minus right side of sums that must be equal; anything but 0 is a defect.',
      label: 'balance',
      limit: MOST_METRICS,
      read: () => this.balances().flatMap(({ name, difference }) => (difference === null ? [] : [[name, difference]])),
    });
  }

  #identify(name: string, type: MetricIdentity['type'], { help, unit }: MetricDescription): MetricIdentity {
    const identity = { name, type, help, unit };
    checkIdentity(identity);
    const full = `${this.options.prefix}${name}`;
    if (this.#taken.has(baseName(full)) || this.#taken.size >= MOST_METRICS) throw duplicate(full);
    return { ...identity, name: full };
  }

  #cells<Cell>(
    identity: MetricIdentity,
    labels: LabelSets | undefined,
    make: (values: Readonly<Record<string, string>>) => Cell,
    family: (cells: readonly LabelledCell<Cell>[]) => Family,
  ): Cell | Labelled<Cell, LabelSets> {
    const made = labels === undefined ? make({}) : new Labelled<Cell, LabelSets>(identity.name, labels, make);
    const cells = made instanceof Labelled ? made.cells : [{ labels: {}, cell: made, listed: true }];
    this.#register(identity.name, family(cells));
    return made;
  }

  #register(name: string, family: Family): void {
    this.#families.set(name, family);
    this.#taken.add(baseName(name));
  }

  #fail(metric: string, cause: unknown): void {
    this.#readFailures++;
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `${metric} could not be read: ${why}. Correct what reads it; the rest was read.`;
    this.#events.emit('problem', new StabilityError('ERR_METRIC_READ', message, { cause, details: { metric } }));
  }
}

function duplicate(name: string): StabilityError {
  return new StabilityError(
    'ERR_METRIC_DUPLICATE',
    `${name} exists already, or ${MOST_METRICS} others do. Make each metric once, and keep what was returned.`,
    { details: { name } },
  );
}
