// The document that `--json` writes: one row per figure and per finding, with what a reader needs to judge them.
import type { RunSettings } from './area.ts';
import type { Conditions, Machine } from './machine.ts';
import type { Cell, ComparisonResult, JudgedFinding } from './results.ts';
import type { Spread } from './statistics.ts';
import type { Verdict } from './verdict.ts';

/** A figure of one contender; with `peer` a finding: `ratio` is its median ratio to the peer, formed within rounds. */
export interface Row {
  readonly area: string;
  readonly name: string;
  readonly unit: string;
  /** In `unit`, the median over the rounds. */
  readonly value: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly peer?: string;
  readonly ratio?: number;
  /** The bound of `ratio`, or of `value` where there is no peer; {@link JudgedRow} says which side is good. */
  readonly target?: number;
  /** Absent where the verdict is inconclusive. */
  readonly met?: boolean;
}

/** A finding in full: what a {@link Row} has no room for. */
export interface JudgedRow {
  readonly area: string;
  readonly name: string;
  readonly spread: Spread;
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly verdict?: Verdict;
}

export interface Document {
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: RunSettings;
  readonly conditions: Conditions;
  readonly startedAt: string;
  readonly commit: string;
  /** Whether the run was interrupted. */
  readonly partial: boolean;
  readonly rows: readonly Row[];
  readonly findings: readonly JudgedRow[];
  /** In sentences, by area and comparison. */
  readonly sentences: readonly string[];
  readonly failures: readonly string[];
}

export function rowsOf(results: readonly ComparisonResult[]): readonly Row[] {
  return results.flatMap(({ area, comparison, cells, findings }) => [
    ...cells.map((cell) => measuredRow(area.name, comparison.title, cell)),
    ...findings.map((finding) => findingRow(area.name, finding)),
  ]);
}

export function judgedRowsOf(results: readonly ComparisonResult[]): readonly JudgedRow[] {
  return results.flatMap(({ area, findings }) =>
    findings.map(({ finding: { name, atMost, atLeast }, value, ratio, verdict }) => ({
      area: area.name,
      name,
      spread: ratio ?? value,
      ...(atMost === undefined ? {} : { atMost }),
      ...(atLeast === undefined ? {} : { atLeast }),
      ...(verdict === undefined ? {} : { verdict }),
    })),
  );
}

function measuredRow(area: string, title: string, { contender, figure, spread }: Cell): Row {
  return { area, name: `${title}: ${contender}, ${figure.name}`, unit: figure.unit, ...valuesOf(spread) };
}

function findingRow(area: string, { finding, figure, value, ratio, verdict }: JudgedFinding): Row {
  const target = finding.atMost ?? finding.atLeast;
  return {
    area,
    name: finding.name,
    unit: figure.unit,
    ...valuesOf(value),
    ...(finding.against === undefined ? {} : { peer: finding.against }),
    ...(ratio === undefined ? {} : { ratio: ratio.median }),
    ...(target === undefined ? {} : { target }),
    ...(verdict === 'met' || verdict === 'missed' ? { met: verdict === 'met' } : {}),
  };
}

function valuesOf({ median, min, max }: Spread): Pick<Row, 'value' | 'median' | 'min' | 'max'> {
  return { value: median, median, min, max };
}
