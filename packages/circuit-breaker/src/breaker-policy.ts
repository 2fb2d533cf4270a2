// What many breakers share: the checked settings, the rules made of them, clock and randomness.
import type { Clock, Random } from '@ws-stability/core';
import { type BreakerNumbers, breakerLimits, checkNumbers, type NumbersOf } from './breaker-limits.ts';
import type { Outcome } from './permit.ts';
import { consecutiveFailures } from './rules/consecutive-failures.ts';
import { failureRate } from './rules/failure-rate.ts';
import { slowCallRate } from './rules/slow-call-rate.ts';
import type { TripRule, TripWindow } from './trip-rule.ts';

/** What a breaker can be told. All of it is optional; `@ws-stability/circuit-breaker/options` has the numbers with their words. */
export interface BreakerSettings extends Partial<BreakerNumbers> {
  /** Rules beside those of the numbers; any one opens the circuit. @default none */
  readonly trip?: readonly TripRule[];
  /** What an error says about the other side, for `execute`. @default every error is a failure */
  readonly judgeError?: (error: unknown) => Outcome;
  /** What a value says about the other side, for `execute`. @default every value is a success */
  readonly judgeValue?: (value: unknown) => Outcome;
}

export interface BreakerDependencies {
  /** @default the platform's */
  readonly clock?: Pick<Clock, 'now' | 'wall'>;
  /** @default the platform's */
  readonly random?: Pick<Random, 'next'>;
  /** Told of what listeners, judges and rules throw. @default rethrown from a microtask, so that it is never lost */
  readonly onError?: (error: unknown) => void;
}

export interface BreakerPolicy extends BreakerNumbers {
  readonly judgeError: (error: unknown) => Outcome;
  readonly judgeValue: (value: unknown) => Outcome;
  readonly clock: Pick<Clock, 'now' | 'wall'>;
  readonly random: Pick<Random, 'next'>;
  readonly onError: (error: unknown) => void;
  readonly rules: readonly TripRule[];
  /** Whether a rule needs durations and the time. */
  readonly timed: boolean;
}

// The platform's; core's have more, which a breaker would carry for nothing.
// Looked up once: in the global object it costs a tenth of a refusal each time (measured on Node 20).
const { performance } = globalThis;
const platformClock = { now: () => performance.now(), wall: () => Date.now() };
const platformRandom = { next: () => Math.random() };
const rethrowLater = (error: unknown): void =>
  queueMicrotask(() => {
    throw error;
  });

/** @throws StabilityError `ERR_OPTION` for settings out of their range. */
export function makePolicy<Table extends typeof breakerLimits>(
  limits: Table,
  { trip = [], judgeError = () => 'failure', judgeValue = () => 'success', ...input }: BreakerSettings,
  { clock = platformClock, random = platformRandom, onError = rethrowLater }: BreakerDependencies,
): BreakerPolicy & NumbersOf<Table> {
  const numbers = checkNumbers(limits, input);
  const rules = [...trip];
  if (numbers.consecutiveFailures > 0) rules.push(consecutiveFailures(numbers.consecutiveFailures));
  if (numbers.failureRate > 0) rules.push(failureRate(numbers));
  if (numbers.slowCallRate > 0) rules.push(slowCallRate(numbers));
  const timed = rules.some((rule) => rule.timed);
  // What it throws itself stops nothing.
  const report = (error: unknown): void => {
    try {
      onError(error);
    } catch (second) {
      rethrowLater(second);
    }
  };
  return { ...numbers, judgeError, judgeValue, clock, random, onError: report, rules, timed };
}

let last: { readonly given: object; readonly policy: BreakerPolicy } | undefined;

/** The policy of one breaker. Breakers made one after the other with the same settings share it, as it never changes. */
export function policyOf(settings: BreakerSettings, dependencies: BreakerDependencies): BreakerPolicy {
  const given = { ...settings, ...dependencies };
  if (last === undefined || !isSame(given, last.given)) {
    last = { given, policy: makePolicy(breakerLimits, settings, dependencies) };
  }
  return last.policy;
}

// A list of rules may have been changed since.
function isSame(given: object, other: object): boolean {
  const entries = Object.entries(given);
  const isAsBefore = ([name, value]: [string, unknown]): boolean =>
    name !== 'trip' && Reflect.get(other, name) === value;
  return entries.length === Object.keys(other).length && entries.every(isAsBefore);
}

/** An empty window of all rules together. */
export function makeWindow(policy: BreakerPolicy): TripWindow {
  const windows = policy.rules.map((rule) => rule.window());
  const [only] = windows;
  if (only && windows.length < 2) return only;
  return {
    record(failed, durationMs, now) {
      let reason: string | undefined;
      // Every rule sees every result, also when one before it opens the circuit, or throws.
      for (const window of windows) {
        try {
          reason = window.record(failed, durationMs, now) ?? reason;
        } catch (thrown) {
          policy.onError(thrown);
        }
      }
      return reason;
    },
  };
}
