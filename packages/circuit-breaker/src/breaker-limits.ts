// The numbers of a breaker and of a group: default, least and most of each. Their words are in options.ts, which a breaker at
// work does not load; the unit is at the end of the name.
import { StabilityError } from '@ws-stability/core';

/** Default, least, most. What may be at most 1 is a ratio; all else is whole. */
export type Limit = readonly [preset: number, min: number, max: number];
export type Limits = { readonly [name: string]: Limit };

const DAY_MS = 864e5;
const MANY = 1e6;

export const breakerLimits = {
  consecutiveFailures: [5, 0, MANY],
  failureRate: [0, 0, 1],
  slowCallRate: [0, 0, 1],
  slowCallMs: [10_000, 1, DAY_MS],
  minimumCalls: [20, 1, MANY],
  windowCalls: [100, 1, MANY],
  windowMs: [0, 0, DAY_MS],
  openMs: [60_000, 1, DAY_MS],
  maxOpenMs: [0, 0, DAY_MS],
  healthyMs: [60_000, 0, DAY_MS],
  trials: [3, 1, MANY],
  concurrentTrials: [3, 1, MANY],
  trialSuccesses: [2, 1, MANY],
  trialFailures: [1, 1, MANY],
  trialLeaseMs: [30_000, 1, DAY_MS],
} as const satisfies Limits;

export const groupLimits = {
  ...breakerLimits,
  maxMembers: [10_000, 1, MANY],
  maxOpenShare: [1, 0, 1],
  idleMs: [600_000, 1, DAY_MS],
} as const satisfies Limits;

/** A number for each limit. */
export type NumbersOf<Table extends Limits> = { readonly [Name in keyof Table]: number };
export type BreakerNumbers = NumbersOf<typeof breakerLimits>;
export type GroupNumbers = NumbersOf<typeof groupLimits>;

/** @throws StabilityError `ERR_OPTION` with every number that is out of its range. */
export function checkNumbers<Table extends Limits>(
  limits: Table,
  input: Readonly<Record<string, unknown>>,
): NumbersOf<Table> {
  const numbers: Record<string, unknown> = {};
  const problems: { readonly path: string; readonly value: unknown; readonly allowed: string }[] = [];
  for (const name of Object.keys({ ...limits, ...input })) {
    const [preset, min, max] = limits[name] ?? [undefined, 0, 0];
    const value = input[name] ?? preset;
    // What cannot be reached would keep a circuit half-open for ever.
    const most = name === 'trialSuccesses' ? Math.min(max, Number(numbers.trials)) : max;
    numbers[name] = value;
    if (value === undefined) continue;
    if (typeof value === 'number' && value >= min && value <= most && (max === 1 || value % 1 === 0) && max > 0)
      continue;
    problems.push({ path: `breaker.${name}`, value, allowed: max > 0 ? `${min} to ${most}` : 'nothing' });
  }
  if (problems.length > 0) {
    const lines = problems.map(({ path, allowed }) => `${path} allows ${allowed}`);
    throw new StabilityError('ERR_OPTION', `Correct these settings: ${lines.join(', ')}.`, { details: { problems } });
  }
  return numbers as NumbersOf<Table>;
}
