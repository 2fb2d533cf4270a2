// One breaker: asks the machine, counts results by its rules, tells listeners. It holds no timer; time passes when somebody looks.
import { Emitter, isPromise, type Listener, type MaybePromise, type Observable } from '@ws-stability/core';
import {
  admit,
  type BreakerState,
  type Lease,
  look,
  retryAfter,
  settle,
  startClosed,
  trip,
} from './breaker.machine.ts';
import { type BreakerDependencies, BreakerPolicy, type BreakerSettings } from './breaker-policy.ts';
import { refuse } from './circuit-open-error.ts';
import type { Outcome, Permit, Rejection } from './permit.ts';
import { restoreState, type SavedBreaker, saveState } from './saved-breaker.ts';
import type { TripWindow } from './trip-rule.ts';

export type BreakerStateName = BreakerState['name'];

/** A change of state, and why. */
export interface BreakerChange {
  readonly name: string;
  readonly from: BreakerStateName;
  readonly to: BreakerStateName;
  /** What the rule that tripped said, or `openTimeOver`, `trialFailed`, `trialHung`, `trialsSucceeded`. */
  readonly reason: string;
  /** How many changes there have been. */
  readonly generation: number;
  /** For how long it opened, in milliseconds; 0 when it did not. */
  readonly openMs: number;
  /** What the deciding `failure(error)` was given. */
  readonly error: unknown;
}

export type BreakerEvents = {
  readonly transition: readonly [change: BreakerChange];
  readonly rejected: readonly [rejection: Rejection];
  /** A permit of an earlier generation, or a trial whose lease was over, was settled. */
  readonly lateResult: readonly [
    late: { readonly name: string; readonly generation: number; readonly failed: boolean },
  ];
  /** It was isolated once more or released once; the reasons that hold now. */
  readonly isolation: readonly [reasons: readonly string[]];
};

export interface BreakerSnapshot extends SavedBreaker {
  readonly name: string;
  readonly generation: number;
  /** As a rejection would say now, in milliseconds; 0 when calls are let through. */
  readonly retryAfterMs: number;
  /** The reasons for which it is isolated. */
  readonly isolated: readonly string[];
  readonly successes: number;
  readonly failures: number;
  readonly ignored: number;
  readonly rejected: number;
  readonly lateResults: number;
  /** How often it opened. */
  readonly opened: number;
}

export interface CircuitBreakerSettings extends BreakerSettings {
  /** For events and errors. @default 'breaker' */
  readonly name?: string | undefined;
  /** A snapshot of an earlier process, to go on where it was; calls and isolations are not restored. */
  readonly restore?: Partial<SavedBreaker> | undefined;
}

/** A place in a group: the policy of all members, and who hears of their changes. */
export interface Seat {
  readonly policy: BreakerPolicy;
  readonly watcher: MemberWatcher;
}

/** What a group does about its members. */
export interface MemberWatcher {
  mayTrip(breaker: CircuitBreaker): boolean;
  changed(breaker: CircuitBreaker, change: BreakerChange): void;
}

/** What permits and groups may do inside a breaker. Not part of the package's surface. */
export interface Inside {
  settle(breaker: CircuitBreaker, permit: IssuedPermit, outcome: Outcome, durationMs: number, error: unknown): void;
  /** Whether anyone asked it since the last time this was called. */
  wasUsed(breaker: CircuitBreaker): boolean;
}

export let inside: Inside;

const NONE: readonly string[] = [];

/**
 * Refuses calls while the other side fails, and lets a few trials find out when it is back.
 *
 * @throws StabilityError `ERR_OPTION`, from the constructor, for settings out of their range.
 */
export class CircuitBreaker implements Observable<BreakerEvents> {
  readonly name: string;
  readonly #policy: BreakerPolicy;
  readonly #watcher: MemberWatcher | undefined;
  #state: BreakerState = startClosed;
  #generation = 0;
  /** The one permit of this closed period; none while calls are not simply let through. */
  #shared: IssuedPermit | undefined;
  #window: TripWindow | undefined;
  #events: Emitter<BreakerEvents> | undefined;
  #isolations = NONE;
  #used = false;
  #successes = 0;
  #failures = 0;
  #ignored = 0;
  #rejected = 0;
  #lateResults = 0;
  #opened = 0;

  static {
    inside = {
      settle: (breaker, permit, outcome, durationMs, error) => breaker.#settle(permit, outcome, durationMs, error),
      wasUsed: (breaker) => {
        const used = breaker.#used;
        breaker.#used = false;
        return used;
      },
    };
  }

  constructor(settings?: CircuitBreakerSettings, dependencies?: BreakerDependencies);
  /** As a group makes its members. */
  constructor(settings: { readonly name: string }, dependencies: BreakerDependencies, seat: Seat);
  constructor(
    { name = 'breaker', restore, ...settings }: CircuitBreakerSettings = {},
    dependencies: BreakerDependencies = {},
    seat?: Seat,
  ) {
    const policy = seat?.policy ?? new BreakerPolicy(settings, dependencies);
    this.name = name;
    this.#policy = policy;
    this.#watcher = seat?.watcher;
    if (restore !== undefined) {
      const { clock, numbers } = policy;
      this.#state = restoreState(restore, clock.now(), clock.wall(), Math.max(numbers.openMs, numbers.maxOpenMs));
    }
  }

  /** As it was when somebody last asked: an open circuit becomes half-open by the next call that asks, not by itself. */
  get state(): BreakerStateName {
    return this.#state.name;
  }

  on<Name extends keyof BreakerEvents>(name: Name, listener: Listener<BreakerEvents[Name]>): () => void {
    this.#events ??= new Emitter(this.#policy.onError);
    return this.#events.on(name, listener);
  }

  /** Asks for leave to make one call. Every permit must be settled; a refused call must not be made. */
  tryAcquire(): Permit | Rejection {
    this.#used = true;
    return this.#shared ?? this.#ask();
  }

  /**
   * Makes a call if it may be made, and judges how it ends.
   *
   * @param call gives a value or a promise; it gets the signal. What it throws is rejected.
   * @param signal ends the wait with its reason; the call then counts as ignored.
   * @returns what the call gives; rejects with `ERR_CIRCUIT_OPEN` when it was refused.
   */
  execute<Value>(
    call: (signal: AbortSignal | undefined) => MaybePromise<Value>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Value> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const permit = this.tryAcquire();
    if (!permit.acquired) return refuse(this.name, permit);
    const startedAt = this.#now();
    let value: MaybePromise<Value>;
    try {
      value = call(signal);
    } catch (error) {
      this.#failed(permit, error, startedAt);
      return Promise.reject(error);
    }
    if (!isPromise(value)) {
      this.#succeeded(permit, value, startedAt);
      return Promise.resolve(value);
    }
    // Adopts what merely has a `then` once, since its `then` may do the work each time; a native promise stays itself.
    const promise = Promise.resolve(value);
    if (signal !== undefined) return this.#abortable(permit, promise, signal, startedAt);
    void promise.then(
      (result) => this.#succeeded(permit, result, startedAt),
      (error) => this.#failed(permit, error, startedAt),
    );
    return promise;
  }

  /**
   * Refuses every call until released, whatever the state is; a state that is open goes on ageing.
   *
   * @returns releases; the circuit is let go when everyone who isolated it has done so.
   */
  isolate(reason: string): () => void {
    this.#isolated([...this.#isolations, reason]);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const at = this.#isolations.indexOf(reason);
      this.#isolated(this.#isolations.filter((_, index) => index !== at));
    };
  }

  snapshot(): BreakerSnapshot {
    const { clock, numbers } = this.#policy;
    const now = clock.now();
    return {
      name: this.name,
      ...saveState(this.#state, now, clock.wall()),
      generation: this.#generation,
      retryAfterMs: retryAfter(this.#state, now, numbers),
      isolated: this.#isolations,
      successes: this.#successes,
      failures: this.#failures,
      ignored: this.#ignored,
      rejected: this.#rejected,
      lateResults: this.#lateResults,
      opened: this.#opened,
    };
  }

  #ask(): Permit | Rejection {
    const { clock, numbers } = this.#policy;
    if (this.#isolations.length > 0) return this.#reject('isolated', numbers.openMs);
    if (this.#state.name === 'closed') {
      this.#shared = new IssuedPermit(this, this.#generation, undefined);
      return this.#shared;
    }
    const now = clock.now();
    const waitMs = retryAfter(this.#state, now, numbers);
    if (this.#state.name === 'open' && waitMs > 0) return this.#reject('open', waitMs);
    const state = this.#look(now);
    if (state.name !== 'halfOpen') {
      this.#move(state, 'trialHung', undefined);
      return this.#reject('open', retryAfter(state, now, numbers));
    }
    const trial = admit(state, now, numbers);
    this.#move(trial?.[0] ?? state, 'openTimeOver', undefined);
    if (trial === undefined) return this.#reject('trialsBusy', retryAfter(state, now, numbers));
    return new IssuedPermit(this, this.#generation, trial[1]);
  }

  #reject(reason: Rejection['reason'], retryAfterMs: number): Rejection {
    this.#rejected++;
    const rejection: Rejection = { acquired: false, reason, retryAfterMs };
    this.#events?.emit('rejected', rejection);
    return rejection;
  }

  #settle(permit: IssuedPermit, outcome: Outcome, durationMs: number, error: unknown): void {
    if (permit.lease !== undefined) return this.#settleTrial(permit, permit.lease, outcome, durationMs, error);
    if (outcome === 'ignored') {
      this.#ignored++;
      return;
    }
    const failed = outcome === 'failure';
    if (permit.generation !== this.#generation) return this.#late(permit, failed);
    if (failed) this.#failures++;
    else this.#successes++;
    const { onError } = this.#policy;
    let reason: string | undefined;
    try {
      this.#window ??= this.#policy.window();
      reason = this.#window.record(failed, durationMs, this.#now());
    } catch (thrown) {
      onError(thrown);
    }
    if (reason !== undefined) this.#trip(reason, error);
  }

  #trip(reason: string, error: unknown): void {
    const { clock, numbers, random } = this.#policy;
    if (this.#state.name !== 'closed') return;
    if (this.#watcher?.mayTrip(this) === false) this.#window = undefined;
    else this.#move(trip(this.#state, clock.now(), numbers, random.next()), reason, error);
  }

  #settleTrial(permit: IssuedPermit, lease: Lease, outcome: Outcome, durationMs: number, error: unknown): void {
    if (permit.settled) return;
    permit.settled = true;
    const { clock, numbers, random } = this.#policy;
    const now = clock.now();
    const slow = numbers.slowCallRate > 0 && (durationMs || now - lease.since) >= numbers.slowCallMs;
    const judged = slow && outcome === 'success' ? 'failure' : outcome;
    const looked = this.#look(now);
    const next = settle(looked, lease, judged, now, numbers, random.next());
    if (next === undefined) {
      this.#move(looked, 'trialHung', undefined);
      return this.#late(permit, judged === 'failure');
    }
    if (judged === 'success') this.#successes++;
    else if (judged === 'failure') this.#failures++;
    else this.#ignored++;
    this.#move(next, next.name === 'closed' ? 'trialsSucceeded' : 'trialFailed', error);
  }

  #look(now: number): BreakerState {
    return look(this.#state, now, this.#policy.numbers, this.#policy.random.next());
  }

  #late({ generation }: IssuedPermit, failed: boolean): void {
    this.#lateResults++;
    this.#events?.emit('lateResult', { name: this.name, generation, failed });
  }

  #move(next: BreakerState, reason: string, error: unknown): void {
    const from = this.#state.name;
    this.#state = next;
    if (next.name === from) return;
    this.#generation++;
    this.#shared = undefined;
    this.#window = undefined;
    const openMs = next.name === 'open' ? next.openMs : 0;
    if (next.name === 'open') this.#opened++;
    const generation = this.#generation;
    const change: BreakerChange = { name: this.name, from, to: next.name, reason, generation, openMs, error };
    this.#watcher?.changed(this, change);
    this.#events?.emit('transition', change);
  }

  #isolated(reasons: readonly string[]): void {
    this.#isolations = reasons;
    this.#shared = undefined;
    this.#events?.emit('isolation', reasons);
  }

  #now(): number {
    return this.#policy.timed ? this.#policy.clock.now() : 0;
  }

  #succeeded(permit: Permit, value: unknown, startedAt: number): void {
    this.#judged(permit, this.#policy.judgeValue, value, startedAt);
  }

  #failed(permit: Permit, error: unknown, startedAt: number): void {
    this.#judged(permit, this.#policy.judgeError, error, startedAt);
  }

  #judged(permit: Permit, judge: (what: unknown) => Outcome, what: unknown, startedAt: number): void {
    let outcome: Outcome = 'failure';
    try {
      outcome = judge(what);
    } catch (thrown) {
      this.#policy.onError(thrown);
    }
    if (outcome === 'success') permit.success(this.#now() - startedAt);
    else if (outcome === 'failure') permit.failure(what, this.#now() - startedAt);
    else permit.ignore();
  }

  #abortable<Value>(permit: Permit, promise: Promise<Value>, signal: AbortSignal, startedAt: number): Promise<Value> {
    return new Promise((resolve, reject) => {
      let over = false;
      const abort = (): void => {
        over = true;
        permit.ignore();
        reject(signal.reason);
      };
      const end = (): boolean => {
        signal.removeEventListener('abort', abort);
        return !over;
      };
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
      promise.then(
        (value) => {
          if (end()) this.#succeeded(permit, value, startedAt);
          resolve(value);
        },
        (error) => {
          if (end()) this.#failed(permit, error, startedAt);
          reject(error);
        },
      );
    });
  }
}

class IssuedPermit implements Permit {
  readonly generation: number;
  /** Of a trial; the permits of the closed state have none. */
  readonly lease: Lease | undefined;
  settled = false;
  readonly #breaker: CircuitBreaker;

  constructor(breaker: CircuitBreaker, generation: number, lease: Lease | undefined) {
    this.#breaker = breaker;
    this.generation = generation;
    this.lease = lease;
  }

  get acquired(): true {
    return true;
  }

  success(durationMs = 0): void {
    inside.settle(this.#breaker, this, 'success', durationMs, undefined);
  }

  failure(error?: unknown, durationMs = 0): void {
    inside.settle(this.#breaker, this, 'failure', durationMs, error);
  }

  ignore(): void {
    inside.settle(this.#breaker, this, 'ignored', 0, undefined);
  }
}
