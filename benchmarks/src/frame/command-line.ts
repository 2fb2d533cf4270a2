// Reads the command line of `pnpm bench`.
import { parseArgs } from 'node:util';
import type { Area } from './area.ts';
import { nearestName } from './nearest-name.ts';

export interface Command {
  readonly action: 'run' | 'list' | 'help';
  readonly quick: boolean;
  readonly check: boolean;
  readonly color: boolean;
  readonly json: string | undefined;
  readonly seed: number | undefined;
  /** The areas to run, each with only the comparisons that were named. */
  readonly areas: readonly Area[];
}

/** What is wrong with the command line, in a sentence; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const options = {
  quick: { type: 'boolean' },
  json: { type: 'string' },
  check: { type: 'boolean' },
  seed: { type: 'string' },
  list: { type: 'boolean' },
  'no-color': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const help = `Usage: pnpm bench [area …] [--quick] [--json FILE] [--check]

Compares the built packages with what one would use instead, in interleaved rounds.

  area             an area, or one comparison of it as area/comparison; without any, all are run
  --quick          fewer and shorter rounds: under a minute for everything
  --json FILE      writes machine, versions, settings and one row per figure to FILE as well
  --check          exit code 1 when a target is missed, 3 when none is but one is inconclusive
  --seed N         of the order within the rounds, 0 to 4294967295 (default 1)
  --list           lists areas, comparisons and contenders, and runs nothing
  --no-color       no colours (as does the variable NO_COLOR)
  -h, --help       this

Exit codes: 0 done; 1 something could not be measured or written, or --check found a target missed;
2 wrong usage; 3 --check found none missed, but one inconclusive; 130 interrupted, the results are partial.
`;

/**
 * @param words as typed after the command; a bare `--`, which pnpm passes on, is ignored.
 * @throws {UsageError}
 */
export function readCommandLine(words: readonly string[], areas: readonly Area[]): Command {
  const { values, positionals, tokens } = parseArgs({
    args: words.filter((word) => word !== '--'),
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) if (token.kind === 'option') checkOption(token);
  const { quick = false, check = false, list = false, help: helped = false, json, seed, 'no-color': noColor } = values;
  return {
    action: helped ? 'help' : list ? 'list' : 'run',
    quick: quick === true,
    check: check === true,
    color: noColor !== true,
    json: typeof json === 'string' ? json : undefined,
    seed: typeof seed === 'string' ? readSeed(seed) : undefined,
    areas: chooseAreas(positionals, areas),
  };
}

function checkOption({ name, rawName, value }: { name: string; rawName: string; value: string | undefined }): void {
  const known = Object.entries(options).find(([option]) => option === name)?.[1];
  if (known === undefined)
    throw new UsageError(
      unknown(
        `option ${rawName}`,
        rawName,
        Object.keys(options).map((option) => `--${option}`),
      ),
    );
  if (known.type === 'boolean' && value !== undefined) throw new UsageError(`${rawName} takes no value.`);
  if (known.type === 'string' && (value === undefined || value === '' || value.startsWith('--'))) {
    throw new UsageError(`${rawName} needs a value, e.g. ${name === 'json' ? '--json results.json' : '--seed 7'}.`);
  }
}

const LARGEST_SEED = 2 ** 32 - 1;

function readSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= LARGEST_SEED) return seed;
  throw new UsageError(`--seed is "${text}", but must be a whole number from 0 to ${LARGEST_SEED}.`);
}

function chooseAreas(wanted: readonly string[], areas: readonly Area[]): readonly Area[] {
  if (wanted.length === 0) return areas;
  const known = areas.flatMap(({ name, comparisons }) => [name, ...comparisons.map(({ id }) => `${name}/${id}`)]);
  for (const word of wanted) {
    if (!known.includes(word)) throw new UsageError(unknown(`area "${word}"`, word, known));
  }
  return areas.flatMap((area) => {
    if (wanted.includes(area.name)) return area;
    const comparisons = area.comparisons.filter(({ id }) => wanted.includes(`${area.name}/${id}`));
    return comparisons.length === 0 ? [] : { ...area, comparisons };
  });
}

function unknown(what: string, word: string, known: readonly string[]): string {
  const nearest = nearestName(word, known);
  const remedy = nearest === undefined ? '--list shows the areas, --help the options' : `did you mean ${nearest}`;
  return `There is no ${what}; ${remedy}${nearest === undefined ? '.' : '?'}`;
}
