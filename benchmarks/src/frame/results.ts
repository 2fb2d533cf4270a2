// What the rounds of one comparison came to: a spread for each contender and figure, a verdict for each finding.
import type { Area, Comparison, Figure, Finding } from './area.ts';
import { type Round, ratiosOf, type Spread, spreadOf, valuesOf } from './statistics.ts';
import { type Verdict, verdictOf } from './verdict.ts';

export interface Cell {
  readonly contender: string;
  readonly figure: Figure;
  readonly spread: Spread;
}

export interface JudgedFinding {
  readonly finding: Finding;
  readonly figure: Figure;
  /** Of the figure itself, of the finding's contender. */
  readonly value: Spread;
  /** Formed within each round; absent where there is no other contender. */
  readonly ratio?: Spread;
  /** Absent where nothing is asked. */
  readonly verdict?: Verdict;
}

export interface ComparisonResult {
  readonly area: Area;
  readonly comparison: Comparison;
  readonly cells: readonly Cell[];
  readonly findings: readonly JudgedFinding[];
  readonly sentences: readonly string[];
  readonly rounds: number;
  /** Measurements that stayed disturbed after their repetitions. */
  readonly disturbed: number;
  readonly tookMs: number;
  /** Contenders that could not be measured, and why. */
  readonly failures: readonly string[];
}

export interface Measured {
  readonly area: Area;
  readonly comparison: Comparison;
  readonly rounds: readonly Round[];
  readonly failures: readonly string[];
  readonly tookMs: number;
}

export function resultOf({ area, comparison, rounds, failures, tookMs }: Measured): ComparisonResult {
  const { figures, contenders } = comparison;
  const cells = contenders.flatMap(({ name }) =>
    figures.flatMap((figure): Cell[] => {
      const values = valuesOf(rounds, name, figure.name);
      return values.length === 0 ? [] : [{ contender: name, figure, spread: spreadOf(values) }];
    }),
  );
  const findings = comparison.findings.flatMap((finding) => judge(finding, { cells, rounds }));
  const ratioOf = (name: string): Spread | undefined => findings.find(({ finding }) => finding.name === name)?.ratio;
  return {
    area,
    comparison,
    cells,
    findings,
    sentences: rounds.length === 0 ? [] : (comparison.inWords?.(ratioOf) ?? []),
    rounds: rounds.length,
    disturbed: disturbedOf(comparison, rounds),
    tookMs,
    failures,
  };
}

function disturbedOf({ figures, contenders }: Comparison, rounds: readonly Round[]): number {
  const measured = figures.filter(({ derived }) => derived === undefined);
  return rounds
    .flatMap((round) =>
      measured.map(({ name }) => contenders.filter((contender) => round.disturbed(contender.name, name))),
    )
    .reduce((sum, { length }) => sum + length, 0);
}

interface Evidence {
  readonly cells: readonly Cell[];
  readonly rounds: readonly Round[];
}

function judge(finding: Finding, { cells, rounds }: Evidence): readonly JudgedFinding[] {
  const { contender, against, figure } = finding;
  const cell = cells.find((candidate) => candidate.contender === contender && candidate.figure.name === figure);
  if (cell === undefined) return [];
  const ratios = against === undefined ? [] : ratiosOf(rounds, { contender, against, figure });
  if (against !== undefined && ratios.length === 0) return [];
  const ratio = against === undefined ? undefined : spreadOf(ratios);
  const verdict = verdictOf(ratio ?? cell.spread, finding);
  return [
    {
      finding,
      figure: cell.figure,
      value: cell.spread,
      ...(ratio === undefined ? {} : { ratio }),
      ...(verdict === undefined ? {} : { verdict }),
    },
  ];
}
