// What many breakers share: the checked settings, the rules made of them, clock and randomness.
import { type Clock, type Random, systemClock, systemRandom } from '@ws-stability/core';
import {
  type BreakerNumbers,
  type GroupNumbers,
  type PartialBreakerNumbers,
  resolveNumbers,
} from './breaker-limits.ts';
import type { Outcome } from './permit.ts';
import { consecutiveFailures } from './rules/consecutive-failures.ts';
import { failureRate } from './rules/failure-rate.ts';
import { slowCallRate } from './rules/slow-call-rate.ts';
import type { TripRule, TripWindow } from './trip-rule.ts';

/** What a breaker can be told, all of it optional; the numbers are in `@ws-stability/circuit-breaker/options`. */
export interface BreakerSettings extends PartialBreakerNumbers {
  /** Rules beside those of the numbers; any one opens the circuit. @default none */
  readonly trip?: readonly TripRule[] | undefined;
  /** What an error that `execute` caught says about the other side. @default every error is a failure */
  readonly judgeError?: ((error: unknown) => Outcome) | undefined;
  /** What a value that `execute` got says about the other side. @default every value is a success */
  readonly judgeValue?: ((value: unknown) => Outcome) | undefined;
}

export interface BreakerDependencies {
  /** @default the platform's */
  readonly clock?: Pick<Clock, 'now' | 'wall'>;
  /** @default the platform's */
  readonly random?: Pick<Random, 'next'>;
  /** Told of what listeners, rules and judges throw. @default rethrown from a microtask */
  readonly onError?: (error: unknown) => void;
}

export class BreakerPolicy {
  readonly numbers: BreakerNumbers & GroupNumbers;
  readonly judgeError: (error: unknown) => Outcome;
  readonly judgeValue: (value: unknown) => Outcome;
  readonly clock: Pick<Clock, 'now' | 'wall'>;
  readonly random: Pick<Random, 'next'>;
  readonly onError: (error: unknown) => void;
  /** Whether a rule needs durations and the time. */
  readonly timed: boolean;
  readonly #rules: readonly TripRule[];

  constructor(
    { trip = [], judgeError = () => 'failure', judgeValue = () => 'success', ...numbers }: BreakerSettings,
    { clock = systemClock, random = systemRandom, onError = rethrowLater }: BreakerDependencies,
    group = false,
  ) {
    this.numbers = resolveNumbers(numbers, group);
    this.judgeError = judgeError;
    this.judgeValue = judgeValue;
    this.clock = clock;
    this.random = random;
    this.onError = onError;
    const own = this.numbers;
    this.#rules = [
      ...(own.consecutiveFailures > 0 ? [consecutiveFailures(own.consecutiveFailures)] : []),
      ...(own.failureRate > 0 ? [failureRate(own.failureRate, own)] : []),
      ...(own.slowCallRate > 0 ? [slowCallRate(own.slowCallRate, own.slowCallMs, own)] : []),
      ...trip,
    ];
    this.timed = this.#rules.some(({ timed }) => timed === true);
  }

  /** An empty window of all rules together. */
  window(): TripWindow {
    const [first, ...others] = this.#rules.map((rule) => rule.window());
    return first !== undefined && others.length === 0
      ? first
      : new AnyOf(first === undefined ? [] : [first, ...others]);
  }
}

// Every rule sees every result, also when one before it opens the circuit.
class AnyOf implements TripWindow {
  readonly #windows: readonly TripWindow[];

  constructor(windows: readonly TripWindow[]) {
    this.#windows = windows;
  }

  record(failed: boolean, durationMs: number, now: number): string | undefined {
    let reason: string | undefined;
    for (const window of this.#windows) reason = window.record(failed, durationMs, now) ?? reason;
    return reason;
  }
}

function rethrowLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
