// The results for people: a table of figures and one of findings for each comparison.
import { styleText } from 'node:util';
import Table from 'cli-table3';
import type { Comparison, Figure, Finding } from './area.ts';
import { numberText, ratioText } from './number-text.ts';
import type { Cell, ComparisonResult, JudgedFinding } from './results.ts';
import type { Spread } from './statistics.ts';
import type { Verdict } from './verdict.ts';

type Style = Parameters<typeof styleText>[0];

/** Colours a text, or leaves it. */
export type Paint = (style: Style, text: string) => string;

export function paintFor(colored: boolean): Paint {
  return colored ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text;
}

export function comparisonText(result: ComparisonResult, paint: Paint): string {
  const { area, comparison, rounds, disturbed, failures, sentences, tookMs } = result;
  const parts = [
    paint('bold', `${area.name}/${comparison.id}: ${comparison.title}`),
    ...figuresTables(result),
    ...(result.findings.length === 0 ? [] : [findingsTable(result.findings, paint)]),
    ...sentences.map((sentence) => `  ${sentence}`),
    ...failures.map((failure) => paint('red', `  not measured: ${failure}`)),
    `  ${rounds} rounds in ${numberText(tookMs / 1000)} s${disturbedText(disturbed)}`,
  ];
  return `${parts.join('\n')}\n`;
}

function disturbedText(count: number): string {
  if (count === 0) return '';
  return `, ${count} measurement${count === 1 ? '' : 's'} disturbed by other programs`;
}

// So that a line has room on most terminals.
const FIGURES_PER_TABLE = 4;

function figuresTables({ comparison, cells }: ComparisonResult): readonly string[] {
  const figures = comparison.figures.filter((figure) => cells.some((cell) => cell.figure === figure));
  const tables: string[] = [];
  for (let from = 0; from < figures.length; from += FIGURES_PER_TABLE) {
    tables.push(figuresTable(comparison, cells, figures.slice(from, from + FIGURES_PER_TABLE)));
  }
  return tables;
}

function figuresTable({ contenders }: Comparison, cells: readonly Cell[], figures: readonly Figure[]): string {
  const table = plainTable(['', ...figures.map(({ name, unit }) => `${name}\n${unit}`)]);
  for (const { name } of contenders) {
    const spreads = figures.map(
      (figure) => cells.find((cell) => cell.figure === figure && cell.contender === name)?.spread,
    );
    if (spreads.some((spread) => spread !== undefined)) table.push([name, ...spreads.map(spreadText)]);
  }
  return table.toString();
}

function findingsTable(findings: readonly JudgedFinding[], paint: Paint): string {
  const table = plainTable(['finding', 'median', 'middle half', 'range', 'target', '']);
  for (const { finding, figure, value, ratio, verdict } of findings) {
    const { median, low, high, min, max } = ratio ?? value;
    table.push([
      finding.against === undefined ? finding.name : `${finding.name}\n  ÷ ${finding.against}`,
      ratio === undefined ? `${numberText(median)} ${figure.unit}` : ratioText(median),
      `${numberText(low)} – ${numberText(high)}`,
      `${numberText(min)} – ${numberText(max)}`,
      targetText(finding),
      verdict === undefined ? '' : paint(colours[verdict], verdict),
    ]);
  }
  return table.toString();
}

const colours: Readonly<Record<Verdict, Style>> = { met: 'green', missed: 'red', inconclusive: 'yellow' };

function targetText({ atMost, atLeast, against }: Finding): string {
  const text = against === undefined ? numberText : ratioText;
  if (atMost !== undefined) return `≤ ${text(atMost)}`;
  return atLeast === undefined ? '' : `≥ ${text(atLeast)}`;
}

function spreadText(spread: Spread | undefined): string {
  if (spread === undefined) return '';
  const { median, min, max } = spread;
  return `${numberText(median)} (${numberText(min)}–${numberText(max)})`;
}

// Its own colours are off: `Paint` decides.
const plainTable = (head: string[]): Table.Table => new Table({ head, style: { head: [], border: [], compact: true } });
