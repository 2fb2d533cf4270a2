// Runs what the command line asks for, from the first contender to the exit code.
import type { Area, RunSettings } from './area.ts';
import { fullSettings, quickSettings } from './area.ts';
import type { Command } from './command-line.ts';
import { compileLanes } from './compile.ts';
import { type Document, judgedRowsOf, rowsOf } from './json-document.ts';
import { writeDocument, writingProblem } from './json-file.ts';
import { currentCommit, observeConditions, thisMachine, versionsOf } from './machine.ts';
import { numberText } from './number-text.ts';
import { startProgress } from './progress.ts';
import type { ComparisonResult } from './results.ts';
import { runComparison } from './run-comparison.ts';
import { comparisonText, type Paint, paintFor } from './table.ts';

/** A stream for people; a terminal where `isTTY` says so. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

export interface Surroundings {
  readonly out: Output;
  readonly err: Output;
  /** Aborted by Ctrl-C: what is complete by then is shown. */
  readonly signal: AbortSignal;
  /** @default what the command line says */
  readonly settings?: RunSettings;
}

/** @returns the exit code. */
export async function runAreas(
  command: Command,
  { out, err, signal, settings = settingsOf(command) }: Surroundings,
): Promise<number> {
  const problem = command.json === undefined ? undefined : writingProblem(command.json);
  if (problem !== undefined) return refuse(err, problem);
  const { areas } = command;
  const head = { machine: thisMachine(), versions: versionsOf(packagesOf(areas)), settings };
  const startedAt = new Date().toISOString();
  const commit = currentCommit();
  const conditions = observeConditions();
  const paint = paintFor(command.color && out.isTTY === true && (process.env.NO_COLOR ?? '') === '');
  out.write(`${headText({ ...head, startedAt, commit })}\n\n`);

  const results = await runAll({ areas, settings, signal, out, err, paint });

  const document: Document = {
    ...head,
    conditions: conditions(),
    startedAt,
    commit,
    partial: signal.aborted,
    rows: rowsOf(results),
    findings: judgedRowsOf(results),
    sentences: results.flatMap(({ sentences }) => sentences),
    failures: results.flatMap(({ failures }) => failures),
  };
  const unwritten = command.json === undefined ? undefined : writeDocument(command.json, document);
  out.write(`${summaryText(document, paint)}\n`);
  if (unwritten !== undefined) err.write(`${unwritten}\n`);
  return unwritten === undefined ? exitCode(document, command.check) : 1;
}

interface Everything {
  readonly areas: readonly Area[];
  readonly settings: RunSettings;
  readonly signal: AbortSignal;
  readonly out: Output;
  readonly err: Output;
  readonly paint: Paint;
}

async function runAll({ areas, settings, signal, out, err, paint }: Everything): Promise<readonly ComparisonResult[]> {
  const results: ComparisonResult[] = [];
  const progress = startProgress(err);
  const onProgress = (text: string): void => progress.show(text);
  const compiled = await compileLanes(areas.map(({ module }) => module));
  try {
    for (const area of areas) {
      for (const comparison of area.comparisons) {
        if (signal.aborted) break;
        const result = await runComparison({ area, comparison, settings, compiled, signal, onProgress });
        results.push(result);
        progress.pause();
        out.write(`${comparisonText(result, paint)}\n`);
      }
    }
  } finally {
    progress.pause();
    compiled.remove();
  }
  return results;
}

function settingsOf({ quick, seed }: Command): RunSettings {
  const settings = quick ? quickSettings : fullSettings;
  return seed === undefined ? settings : { ...settings, seed };
}

function packagesOf(areas: readonly Area[]): ReadonlySet<string> {
  const contenders = areas.flatMap(({ comparisons }) => comparisons.flatMap((comparison) => comparison.contenders));
  return new Set(contenders.flatMap(({ packageName }) => packageName ?? []));
}

function headText({
  machine,
  versions,
  settings,
  startedAt,
  commit,
}: Omit<Document, 'conditions' | 'partial' | 'rows' | 'findings' | 'sentences' | 'failures'>): string {
  const { processor, cores, memoryGiB, system, node } = machine;
  return [
    `${processor}, ${cores} cores, ${memoryGiB} GiB; ${system}; Node ${node}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    `commit ${commit}, ${startedAt}; ${settings.rounds} rounds of ${settings.measureMs} ms, seed ${settings.seed}`,
    'Figures are medians over interleaved rounds, with their range; ratios are formed within a round.',
  ].join('\n');
}

function summaryText({ partial, conditions, findings, failures }: Document, paint: Paint): string {
  const count = (wanted: string): number => findings.filter(({ verdict }) => verdict === wanted).length;
  const open = findings.filter(({ verdict }) => verdict === 'missed' || verdict === 'inconclusive');
  const stolen = conditions.stolenShare ?? 0;
  return [
    `Processors were ${numberText(conditions.busyShare * 100)} % busy, this run included; ${numberText(stolen * 100)} % were taken by the host.`,
    ...open.map(({ area, name, verdict }) =>
      paint(verdict === 'missed' ? 'red' : 'yellow', `${verdict}: ${area}, ${name}`),
    ),
    ...(failures.length === 0 ? [] : [paint('red', `${failures.length} could not be measured`)]),
    ...(partial ? [paint('yellow', 'Interrupted: these results are partial.')] : []),
    `${count('met')} targets met, ${count('missed')} missed, ${count('inconclusive')} inconclusive`,
  ].join('\n');
}

/** 0 done, 1 missed or not measured, 3 inconclusive, 130 interrupted. */
export function exitCode(
  { partial, findings, failures }: Pick<Document, 'partial' | 'findings' | 'failures'>,
  check: boolean,
): number {
  if (partial) return 130;
  if (failures.length > 0) return 1;
  if (!check) return 0;
  if (findings.some(({ verdict }) => verdict === 'missed')) return 1;
  return findings.some(({ verdict }) => verdict === 'inconclusive') ? 3 : 0;
}

function refuse(err: Output, problem: string): number {
  err.write(`${problem}\n`);
  return 2;
}
