// One breaker around one thing that the manager depends on: asks before each call, tells how the call ended.
import { type CircuitBreaker, circuitOpenError } from '@ws-stability/circuit-breaker';
import {
  isPromise,
  isStabilityError,
  type MaybePromise,
  type StabilityError,
  type TimerWheel,
  WheelEntry,
} from '@ws-stability/core';

/** What has a breaker of its own. */
export type GuardedName = 'log' | 'sessionStore' | 'onUpgrade' | 'onHello' | 'authorize';

/** A limit on how long a call may take. */
export interface Patience {
  readonly wheel: TimerWheel;
  /** Milliseconds. */
  readonly ms: number;
  /** What the caller is told when it is over. */
  readonly late: () => StabilityError;
}

/** What holds for one call. */
export interface CallTerms {
  /** @default as long as it takes */
  readonly patience?: Patience;
  /** Whether nobody waits for it any more, so that how it ends says nothing. */
  readonly isCancelled?: () => boolean;
}

export class Guard {
  readonly #name: GuardedName;
  readonly #breaker: CircuitBreaker | undefined;
  readonly #onRefused: () => void;

  /**
   * @param breaker none where the application wants none
   * @param onRefused a call was not made
   */
  constructor(name: GuardedName, breaker: CircuitBreaker | undefined, onRefused: () => void) {
    this.#name = name;
    this.#breaker = breaker;
    this.#onRefused = onRefused;
  }

  /**
   * Makes a call, if its breaker lets it. A value that is there at once is handed on at once.
   *
   * @returns what the call returns, or a rejection `ERR_CIRCUIT_OPEN` with `details.retryAfterMs`
   */
  run<Value>(call: () => MaybePromise<Value>, { patience, isCancelled }: CallTerms = {}): MaybePromise<Value> {
    const permit = this.#breaker?.tryAcquire();
    if (permit?.acquired === false) {
      this.#onRefused();
      return Promise.reject(circuitOpenError(this.#name, permit));
    }
    const fail = (error: unknown): void => {
      if (isRefusal(error) || isCancelled?.() === true) permit?.ignore();
      else permit?.failure(error);
    };
    let value: MaybePromise<Value>;
    try {
      value = call();
    } catch (error) {
      fail(error);
      throw error;
    }
    if (!isPromise(value)) {
      permit?.success();
      return value;
    }
    return (patience === undefined ? Promise.resolve(value) : inTime(value, patience)).then(
      (settled) => {
        permit?.success();
        return settled;
      },
      (error: unknown) => {
        fail(error);
        throw error;
      },
    );
  }
}

export function isOpenError(error: unknown): error is StabilityError {
  return isStabilityError(error) && error.code === 'ERR_CIRCUIT_OPEN';
}

/** Trials that are under way decide in a moment, most of them; only hung ones take as long as their leases. */
const TRIAL_MS = 1_000;

/** When asking again may help, in milliseconds. */
export function retryAfterMs(error: unknown): number | undefined {
  if (!isOpenError(error)) return undefined;
  const { reason, retryAfterMs: ms } = error.details;
  if (typeof ms !== 'number') return undefined;
  return reason === 'trialsBusy' ? Math.min(ms, TRIAL_MS) : ms;
}

/** A refusal of what was asked says nothing about who was asked. */
function isRefusal(error: unknown): boolean {
  return isStabilityError(error) && !error.retryable;
}

function inTime<Value>(promise: PromiseLike<Value>, { wheel, ms, late }: Patience): Promise<Value> {
  return new Promise((resolve, reject) => {
    const entry = new WheelEntry(() => reject(late()));
    wheel.schedule(entry, ms);
    promise.then(
      (value) => {
        wheel.cancel(entry);
        resolve(value);
      },
      (error: unknown) => {
        wheel.cancel(entry);
        reject(error);
      },
    );
  });
}
