// The way to a store in another process, simulated: calls arrive in order but late, answers come in order but later still.
import { type Clock, isPromise, type MaybePromise, type Random, StabilityError, type Timer } from '@ws-stability/core';

interface Call {
  execute(): void;
  fail(error: StabilityError): void;
}

const NOT_REACHED = 'The store cannot be reached; nothing was done. Try again later.';
const NO_ANSWER = 'The store did not answer; it may have done it or not.';

export class RemoteLink {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #delayMs: number;
  /** One timer for each call and each answer; the n-th to go off serves the n-th in line, so that nothing overtakes. */
  readonly #calls: Call[] = [];
  readonly #answers: (() => void)[] = [];
  readonly #timers = new Set<Timer>();
  readonly #waiting = new Set<(error: StabilityError) => void>();
  #callDueAt = 0;
  #answerDueAt = 0;
  #downUntil = Number.NEGATIVE_INFINITY;
  #closed = false;

  /** @param delayMs the longest a call with its answer takes, in milliseconds. */
  constructor(clock: Clock, random: Random, delayMs: number) {
    this.#clock = clock;
    this.#random = random;
    this.#delayMs = delayMs;
  }

  get isDown(): boolean {
    return this.#clock.now() < this.#downUntil;
  }

  /** Nothing gets through for so long, in either direction. */
  down(ms: number): void {
    this.#downUntil = Math.max(this.#downUntil, this.#clock.now() + ms);
  }

  /**
   * Calls and answers.
   *
   * @param unknown the code for when it was executed but the answer did not get through.
   */
  call<Value>(execute: () => MaybePromise<Value>, unknown: `ERR_${string}` = 'ERR_STORE'): Promise<Value> {
    return this.#inFlight<Value>((resolve, reject) => {
      const answer = (deliver: () => void) => {
        this.#answerLater(() => (this.isDown ? reject(storeError(unknown, NO_ANSWER)) : deliver()));
      };
      this.#callLater({
        execute: () => {
          settle(
            execute,
            (value) => answer(() => resolve(value)),
            (error) => answer(() => reject(error)),
          );
        },
        fail: (error) => this.#answerLater(() => reject(error)),
      });
    });
  }

  /** Says something without waiting for an answer; lost while the store is down. */
  send(execute: () => void): void {
    if (!this.#closed) this.#callLater({ execute, fail: () => undefined });
  }

  /** A call whose answer never comes. @param execute undefined when the call itself is lost. */
  lose(execute: (() => unknown) | undefined, timeoutMs: number, code: `ERR_${string}`): Promise<never> {
    return this.#inFlight<never>((_resolve, reject) => {
      if (execute !== undefined) {
        const ignore = () => undefined;
        this.#callLater({ execute: () => settle(execute, ignore, ignore), fail: ignore });
      }
      this.later(() => reject(storeError(code, NO_ANSWER)), timeoutMs);
    });
  }

  /** Calls back, unless it is closed before. @param delayMs milliseconds */
  later(callback: () => void, delayMs: number): void {
    const timer = this.#clock.setTimer(() => {
      this.#timers.delete(timer);
      callback();
    }, delayMs);
    this.#timers.add(timer);
  }

  /** A random part of so many milliseconds. */
  upTo(ms: number): number {
    return this.#random.next() * ms;
  }

  chance(rate: number): boolean {
    return this.#random.next() < rate;
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#calls.length = 0;
    this.#answers.length = 0;
    for (const fail of [...this.#waiting]) fail(closedError());
  }

  #inFlight<Value>(start: (resolve: (value: Value) => void, reject: (error: unknown) => void) => void): Promise<Value> {
    if (this.#closed) return Promise.reject(closedError());
    return new Promise<Value>((resolve, reject) => {
      const fail = (error: unknown) => {
        this.#waiting.delete(fail);
        reject(error);
      };
      this.#waiting.add(fail);
      start((value) => {
        this.#waiting.delete(fail);
        resolve(value);
      }, fail);
    });
  }

  #callLater(call: Call): void {
    this.#calls.push(call);
    this.#callDueAt = this.#after(this.#callDueAt);
    this.later(() => {
      const next = this.#calls.shift();
      if (this.isDown) next?.fail(storeError('ERR_STORE', NOT_REACHED));
      else next?.execute();
    }, this.#callDueAt - this.#clock.now());
  }

  #answerLater(deliver: () => void): void {
    this.#answers.push(deliver);
    this.#answerDueAt = this.#after(this.#answerDueAt);
    this.later(() => this.#answers.shift()?.(), this.#answerDueAt - this.#clock.now());
  }

  #after(previous: number): number {
    return Math.max(previous, this.#clock.now() + this.upTo(this.#delayMs / 2));
  }
}

/** Whatever becomes of a call, thrown, rejected or answered, is handed on. */
function settle<Value>(
  execute: () => MaybePromise<Value>,
  onValue: (value: Value) => void,
  onError: (error: unknown) => void,
): void {
  let value: MaybePromise<Value>;
  try {
    value = execute();
  } catch (error) {
    onError(error);
    return;
  }
  if (isPromise(value)) value.then(onValue, onError);
  else onValue(value);
}

function storeError(code: `ERR_${string}`, message: string): StabilityError {
  return new StabilityError(code, message, { retryable: true });
}

function closedError(): StabilityError {
  return new StabilityError('ERR_STORE_CLOSED', 'The store is closed; stop its users before you close it.');
}
