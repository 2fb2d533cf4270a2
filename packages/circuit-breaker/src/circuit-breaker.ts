// One breaker: asks the machine, counts results by its rules, tells listeners. It holds no timer; time passes when somebody looks.
import { Emitter, type Listener, type MaybePromise, type Observable } from '@ws-stability/core';
import { ask, type BreakerState, type Lease, retryAfter, settle, trip } from './breaker.machine.ts';
import {
  type BreakerDependencies,
  type BreakerPolicy,
  type BreakerSettings,
  makeWindow,
  policyOf,
} from './breaker-policy.ts';
import { type Ends, guard } from './guard.ts';
import type { Outcome, Permit, Rejection } from './permit.ts';
import { restoreState, type SavedBreaker } from './saved-breaker.ts';
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
  /** What the `failure(error)` that decided was given. */
  readonly error: unknown;
}

export type BreakerEvents = {
  readonly transition: readonly [change: BreakerChange];
  readonly rejected: readonly [rejection: Rejection];
  /** A permit of an earlier generation, or a trial whose lease was over, was settled. */
  readonly lateResult: readonly [generation: number, failed: boolean];
  /** It was isolated once more, or let go once; all reasons that hold now. */
  readonly isolation: readonly [reasons: readonly string[]];
};

export interface BreakerSnapshot extends SavedBreaker {
  readonly name: string;
  readonly generation: number;
  /** As a rejection would say now, in milliseconds; 0 when a call may be let through. */
  readonly retryAfterMs: number;
  /** The reasons for which it is isolated. */
  readonly isolated: readonly string[];
  /** What was settled in time, in this process. */
  readonly successes: number;
  readonly failures: number;
  readonly ignored: number;
  /** What was settled too late to change anything. */
  readonly lateResults: number;
  readonly rejected: number;
  /** How often it opened. */
  readonly opened: number;
}

export interface CircuitBreakerSettings extends BreakerSettings {
  /** For events and errors. @default 'breaker' */
  readonly name?: string;
  /** A snapshot of an earlier process, to go on where it was. What it counted and who isolated it is not restored. */
  readonly restore?: Partial<SavedBreaker>;
}

/** What the members of a group share. */
export interface SharedPolicy extends BreakerPolicy {
  mayTrip(breaker: CircuitBreaker): boolean;
  changed(breaker: CircuitBreaker, change: BreakerChange): void;
}

const FIRST: BreakerState = { name: 'closed', since: 0, reason: 'started', rounds: 0 };
const NONE: readonly Isolation[] = [];

interface Isolation {
  readonly reason: string;
}

/** Refuses calls while the other side fails, and lets a few trials find out when it is back. */
export class CircuitBreaker implements Observable<BreakerEvents> {
  readonly name: string;
  readonly #policy: BreakerPolicy & Partial<SharedPolicy>;
  #state = FIRST;
  #generation = 0;
  /** The one permit of this closed period; none while calls are not simply let through. */
  #shared: Permit | undefined;
  #window: TripWindow | undefined;
  #events: Emitter<BreakerEvents> | undefined;
  #isolations = NONE;
  #successes = 0;
  #failures = 0;
  #ignored = 0;
  #rejected = 0;
  #lateResults = 0;
  #opened = 0;

  /** @throws StabilityError `ERR_OPTION` for settings out of their range. */
  constructor(settings?: CircuitBreakerSettings, dependencies?: BreakerDependencies);
  /** As a group makes its members. */
  constructor(settings: { readonly name: string }, dependencies: undefined, policy: SharedPolicy);
  constructor(
    { name = 'breaker', restore, ...settings }: CircuitBreakerSettings = {},
    dependencies: BreakerDependencies = {},
    policy: BreakerPolicy = policyOf(settings, dependencies),
  ) {
    this.name = name;
    this.#policy = policy;
    if (restore) this.#state = restoreState(restore, policy);
  }

  /** As it was when somebody last asked: an open circuit becomes half-open by the next call that asks, not by itself. */
  get state(): BreakerStateName {
    return this.#state.name;
  }

  on<Name extends keyof BreakerEvents>(name: Name, listener: Listener<BreakerEvents[Name]>): () => void {
    this.#events ??= new Emitter(this.#policy.onError);
    return this.#events.on(name, listener);
  }

  /** Asks for leave to make one call. A permit is to be settled; a call that is refused must not be made. */
  tryAcquire(): Permit | Rejection {
    return this.#shared ?? this.#ask();
  }

  /**
   * Makes a call if it may be made, and judges how it ends.
   *
   * @param call gives a value or a promise; it gets the signal.
   * @param options with a signal: a call that rejects once it is aborted counts as ignored.
   * @returns what the call gives; rejects with what it throws, or with `ERR_CIRCUIT_OPEN` when it was not made.
   */
  execute<Value>(
    call: (signal?: AbortSignal) => MaybePromise<Value>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Value> {
    return guard(this, this.#policy, call, options?.signal);
  }

  /**
   * Refuses every call until released, whatever the state is; meanwhile an open time goes on.
   *
   * @returns releases; calls are let through when everyone who isolated it has done so.
   */
  isolate(reason: string): () => void {
    const isolation = { reason };
    this.#isolate([...this.#isolations, isolation]);
    return () => this.#isolate(this.#isolations.filter((other) => other !== isolation));
  }

  snapshot(): BreakerSnapshot {
    const policy = this.#policy;
    const now = policy.clock.now();
    const { name: state, reason, since, rounds } = this.#state;
    return {
      name: this.name,
      state,
      reason,
      ageMs: now - since,
      openMs: this.#state.name === 'open' ? this.#state.openMs : 0,
      rounds,
      savedAt: policy.clock.wall(),
      generation: this.#generation,
      retryAfterMs: this.#isolations[0] ? policy.openMs : retryAfter(this.#state, now, policy),
      isolated: this.#isolations.map((isolation) => isolation.reason),
      successes: this.#successes,
      failures: this.#failures,
      ignored: this.#ignored,
      lateResults: this.#lateResults,
      rejected: this.#rejected,
      opened: this.#opened,
    };
  }

  #ask(): Permit | Rejection {
    const policy = this.#policy;
    let reason: Rejection['reason'] = 'isolated';
    let retryAfterMs = policy.openMs;
    if (!this.#isolations[0]) {
      const now = policy.clock.now();
      let state = this.#state;
      let lease: Lease | undefined;
      retryAfterMs = retryAfter(state, now, policy);
      if (retryAfterMs === 0 || state.name === 'halfOpen') {
        [state, lease] = ask(state, now, policy, policy.random.next());
        this.#move(state);
        if (state.name === 'closed' || lease !== undefined) return this.#permit(lease);
        retryAfterMs = retryAfter(state, now, policy);
      }
      reason = state.name === 'open' ? 'open' : 'trialsBusy';
    }
    const rejection: Rejection = { acquired: false, reason, retryAfterMs };
    this.#rejected++;
    this.#events?.emit('rejected', rejection);
    return rejection;
  }

  #permit(lease: Lease | undefined): Permit {
    const permit = new CircuitBreaker.#Permit(this, this.#generation, lease);
    if (lease === undefined) this.#shared = permit;
    return permit;
  }

  /** A call of a closed state has ended. */
  #record(generation: number, failed: boolean, durationMs: number, error: unknown): void {
    if (generation !== this.#generation) return this.#late(generation, failed);
    if (failed) this.#failures++;
    else this.#successes++;
    const policy = this.#policy;
    let reason: string | undefined;
    try {
      this.#window ??= makeWindow(policy);
      reason = this.#window.record(failed, durationMs, policy.timed ? policy.clock.now() : 0);
    } catch (thrown) {
      policy.onError(thrown);
    }
    if (reason !== undefined) this.#trip(reason, error);
  }

  #trip(reason: string, error: unknown): void {
    const policy = this.#policy;
    this.#window = undefined;
    if (policy.mayTrip?.(this) === false) return;
    this.#move(trip(this.#state, reason, policy.clock.now(), policy, policy.random.next()), error);
  }

  /** A trial has ended. */
  #settle(generation: number, lease: Lease, outcome: Outcome, durationMs: number, error: unknown): void {
    const policy = this.#policy;
    const now = policy.clock.now();
    // Slow calls may be what opened it, so a slow trial is no reason to close it.
    const slow = policy.slowCallRate > 0 && (durationMs || now - lease.since) >= policy.slowCallMs;
    const judged = slow && outcome === 'success' ? 'failure' : outcome;
    const [state, inTime] = settle(this.#state, lease, judged, now, policy, policy.random.next());
    if (inTime) this.#count(judged);
    // Before listeners hear of anything, since they may ask again.
    this.#move(state, error);
    if (!inTime) this.#late(generation, judged === 'failure');
  }

  #count(outcome: Outcome): void {
    if (outcome === 'success') this.#successes++;
    else if (outcome === 'failure') this.#failures++;
    else this.#ignored++;
  }

  #late(generation: number, failed: boolean): void {
    this.#lateResults++;
    this.#events?.emit('lateResult', generation, failed);
  }

  #move(state: BreakerState, error?: unknown): void {
    const from = this.#state.name;
    const to = state.name;
    this.#state = state;
    if (to === from) return;
    this.#shared = undefined;
    if (to === 'open') this.#opened++;
    const change = { name: this.name, from, to, reason: state.reason, generation: ++this.#generation, error };
    this.#policy.changed?.(this, change);
    this.#events?.emit('transition', change);
  }

  #isolate(isolations: readonly Isolation[]): void {
    this.#isolations = isolations;
    this.#shared = undefined;
    this.#events?.emit(
      'isolation',
      isolations.map(({ reason }) => reason),
    );
  }

  // Inside, because only the breaker makes permits and only its permits may settle.
  static readonly #Permit = class implements Permit {
    readonly generation: number;
    /** Of `execute`, kept for the next call. */
    ends: Ends | undefined;
    readonly #breaker: CircuitBreaker;
    /** Of a trial, until it is settled. The permit of the closed state has none. */
    #lease: Lease | undefined | null;

    constructor(breaker: CircuitBreaker, generation: number, lease: Lease | undefined) {
      this.#breaker = breaker;
      this.generation = generation;
      this.#lease = lease;
    }

    get acquired(): true {
      return true;
    }

    success(durationMs = 0): void {
      if (this.#lease === undefined) this.#breaker.#record(this.generation, false, durationMs, undefined);
      else this.#endTrial('success', durationMs, undefined);
    }

    failure(error?: unknown, durationMs = 0): void {
      if (this.#lease === undefined) this.#breaker.#record(this.generation, true, durationMs, error);
      else this.#endTrial('failure', durationMs, error);
    }

    ignore(): void {
      if (this.#lease === undefined) this.#breaker.#count('ignored');
      else this.#endTrial('ignored', 0, undefined);
    }

    #endTrial(outcome: Outcome, durationMs: number, error: unknown): void {
      const lease = this.#lease;
      this.#lease = null;
      if (lease) this.#breaker.#settle(this.generation, lease, outcome, durationMs, error);
    }
  };
}
