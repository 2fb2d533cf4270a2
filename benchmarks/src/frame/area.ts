// What an area of the benchmarks is made of: comparisons, their contenders, the figures they measure and what is asked of them.

/** A number that every contender of a comparison measures. */
export interface Figure {
  /** Short: it heads a column, e.g. `1 KB` or `new id`. */
  readonly name: string;
  readonly unit: string;
  readonly better: 'less' | 'more';
  /** Computed from another figure of the same round instead of measured. */
  readonly derived?: { readonly from: string; readonly value: (measured: number) => number };
  /** Not a time (bytes, a count): other programs on the machine do not disturb it. @default false */
  readonly timeless?: boolean;
}

export interface Contender {
  readonly name: string;
  /** The package that it measures; its version is printed. */
  readonly packageName?: string;
  /** Of its process, besides what is inherited. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Runs in the contender's own process, and imports what it measures there. */
  start(settings: LaneSettings): Promise<Workloads> | Workloads;
}

/** By the name of the figure; a figure that is absent is not measured for this contender. */
export type Workloads = Readonly<Record<string, Workload>>;

/** What gives one figure of one round; a batch gives nanoseconds per operation unless `value` says otherwise. */
export type Workload = Batch | Measurement;

export interface Batch {
  /**
   * Does the operation `times` times and returns something that depends on every one of them, so that nothing can be
   * optimised away. An async workload returns a promise.
   */
  readonly run: (times: number) => unknown;
  /** Called before each batch, outside the measured time. */
  readonly prepare?: (times: number) => void;
  /** A fixed size instead of a calibrated one, e.g. where `prepare` makes the input. */
  readonly times?: number;
  /** @default the nanoseconds themselves */
  readonly value?: (nanoseconds: number) => number;
}

/** For what tinybench cannot time: memory, passes that use up what they are given, the worst stall of many. */
export interface Measurement {
  readonly measure: () => number | Promise<number>;
}

export interface Comparison {
  /** One word; `<area>/<id>` runs it alone. */
  readonly id: string;
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly contenders: readonly Contender[];
  readonly findings: readonly Finding[];
  /** A process for each contender and round, with `--expose-gc`: where what an earlier round left on the heap would count. @default false */
  readonly fresh?: boolean;
  /** As few rounds as those of fresh processes, because one takes long. @default false */
  readonly few?: boolean;
  /** What the measured findings say, in sentences. */
  readonly inWords?: (ratio: RatioOf) => readonly string[];
}

/** The ratio of a finding, by its name; undefined when it was not measured. */
export type RatioOf = (
  finding: string,
) => { readonly median: number; readonly min: number; readonly max: number } | undefined;

/** A figure of one contender, against that of another in the same round or by itself, and what is asked of it. */
export interface Finding {
  readonly name: string;
  readonly contender: string;
  readonly figure: string;
  /** The other contender; the ratio is `contender` ÷ `against`. */
  readonly against?: string;
  /** Bounds of the ratio, or of the figure itself where there is no `against`. */
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Area {
  /** What is typed after `pnpm bench`. */
  readonly name: string;
  readonly description: string;
  /** `import.meta.url` of the file that exports the area as `area`: the contenders' processes load it. */
  readonly module: string;
  readonly comparisons: readonly Comparison[];
}

/** What a contender's process is told. */
export interface LaneSettings {
  /** How long one figure is measured in one round. */
  readonly measureMs: number;
  /** How long each batch runs before it counts. */
  readonly warmUpMs: number;
  /** Whether the smaller problem sizes will do. */
  readonly quick: boolean;
}

export interface RunSettings extends LaneSettings {
  readonly rounds: number;
  /** Of comparisons that are `fresh` or `few`. */
  readonly fewRounds: number;
  /** After so many rounds every contender gets a new process: what the compiler decided by chance is part of the spread. */
  readonly roundsPerProcess: number;
  /** How often a disturbed measurement is repeated. */
  readonly repeats: number;
  readonly seed: number;
}

export const fullSettings: RunSettings = {
  quick: false,
  rounds: 12,
  fewRounds: 5,
  roundsPerProcess: 4,
  repeats: 2,
  measureMs: 50,
  warmUpMs: 150,
  seed: 1,
};

export const quickSettings: RunSettings = {
  quick: true,
  rounds: 7,
  fewRounds: 3,
  roundsPerProcess: 7,
  repeats: 1,
  measureMs: 12,
  warmUpMs: 40,
  seed: 1,
};
