// The settings of a breaker and of a group: default, least and most of each, and what must hold between them.
// Their words are in options.ts, which a breaker at work does not load.
import {
  checkOptions,
  type NumberOption,
  optionError,
  type PartialOptions,
  type ResolvedOptions,
} from '@ws-stability/core';

const number = (value: number, min: number, max: number, unit: NumberOption['unit'] = 'count'): NumberOption => ({
  kind: 'number',
  default: value,
  min,
  max,
  unit,
  integer: unit !== 'ratio',
  description: '',
});
const ms = (value: number, min = 1): NumberOption => number(value, min, 864e5, 'ms');
const ratio = (value: number): NumberOption => number(value, 0, 1, 'ratio');
const count = (value: number, min = 1): NumberOption => number(value, min, 1e6);

export const breakerLimits = {
  consecutiveFailures: count(5, 0),
  failureRate: ratio(0),
  slowCallRate: ratio(0),
  slowCallMs: ms(10_000),
  minimumCalls: count(20),
  windowCalls: count(100),
  windowMs: ms(0, 0),
  openMs: ms(60_000),
  maxOpenMs: ms(0, 0),
  healthyMs: ms(60_000, 0),
  trials: count(3),
  concurrentTrials: count(3),
  trialSuccesses: count(2),
  trialFailures: count(1),
  trialLeaseMs: ms(30_000),
} as const;

export const groupLimits = {
  maxMembers: count(10_000),
  maxOpenShare: ratio(1),
  idleMs: ms(600_000),
} as const;

const allLimits = { ...breakerLimits, ...groupLimits };

export type BreakerNumbers = ResolvedOptions<typeof breakerLimits>;
export type GroupNumbers = ResolvedOptions<typeof groupLimits>;
export type PartialBreakerNumbers = PartialOptions<typeof breakerLimits>;
export type PartialGroupNumbers = PartialOptions<typeof groupLimits>;

/** @throws StabilityError `ERR_OPTION` with every setting that is out of its range or contradicts another. */
export function resolveNumbers(input: object, group: boolean): BreakerNumbers & GroupNumbers {
  const { options, problems } = checkOptions(group ? allLimits : breakerLimits, input, 'breaker');
  const numbers = options as BreakerNumbers & GroupNumbers;
  const contradictions = [
    [numbers.trialSuccesses > numbers.trials, 'trialSuccesses', 'at most trials'],
    [numbers.maxOpenMs > 0 && numbers.maxOpenMs < numbers.openMs, 'maxOpenMs', 'at least openMs, or 0'],
  ] as const;
  const found = contradictions.flatMap(([wrong, name, allowed]) =>
    wrong ? [{ path: `breaker.${name}`, value: numbers[name], allowed }] : [],
  );
  if (problems.length + found.length > 0) throw optionError([...problems, ...found]);
  return numbers;
}
