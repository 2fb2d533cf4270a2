// The numbers of a breaker and of a group: default, least and most of each. Their words are in options.ts, which a breaker at
// work does not load; the unit is at the end of the name.
import { StabilityError } from '@ws-stability/core';

/** Default, least (1), most (one day in milliseconds). What may be at most 1 is a ratio; all else is whole. */
export type Limit = readonly [preset: number, min?: number, max?: number];
export type Limits = { readonly [name: string]: Limit };

/** For descriptors as for the check. */
export const filled = ([preset, min = 1, max = 86_400_000]: Limit): readonly [number, number, number] => [
  preset,
  min,
  max,
];

export const breakerLimits = {
  consecutiveFailures: [5, 0],
  failureRate: [0, 0, 1],
  slowCallRate: [0, 0, 1],
  slowCallMs: [10_000],
  minimumCalls: [20],
  // Each costs four bytes in a breaker that has seen failures.
  windowCalls: [100, 1, 1_000_000],
  windowMs: [0, 0],
  openMs: [60_000],
  maxOpenMs: [0, 0],
  healthyMs: [60_000, 0],
  trials: [3],
  concurrentTrials: [3],
  trialSuccesses: [2],
  trialFailures: [1],
  trialLeaseMs: [30_000],
} as const satisfies Limits;

export const groupLimits = {
  ...breakerLimits,
  maxMembers: [10_000],
  maxOpenShare: [1, 0, 1],
  idleMs: [600_000],
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
    // Nothing fits a setting that there is not.
    const [preset, min, max] = filled(limits[name] ?? [0, 0, -1]);
    const value = input[name] ?? preset;
    // What cannot be reached would open it again for ever.
    const most = name === 'trialSuccesses' ? Number(numbers.trials) : max;
    numbers[name] = value;
    if (typeof value === 'number' && value >= min && value <= most && (max === 1 || value % 1 === 0)) continue;
    problems.push({ path: `breaker.${name}`, value, allowed: max < 0 ? 'nothing' : `${min} to ${most}` });
  }
  if (problems.length > 0) {
    const lines = problems.map(({ path, allowed }) => `${path}: ${allowed}`);
    throw new StabilityError('ERR_OPTION', `Correct these settings. ${lines}`, { details: { problems } });
  }
  return numbers as NumbersOf<Table>;
}
