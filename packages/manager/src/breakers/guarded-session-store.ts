// A session store behind its breaker.
import { type MaybePromise, StabilityError, type TimerWheel } from '@ws-stability/core';
import type {
  CreateOutcome,
  LoadOutcome,
  SaveOutcome,
  SessionPatch,
  SessionRecord,
  SessionSnapshot,
  SessionStore,
  TakeOutcome,
} from '@ws-stability/store';
import type { CallTerms, Guard } from './guard.ts';

export class GuardedSessionStore implements SessionStore {
  readonly #store: SessionStore;
  readonly #guard: Guard;
  readonly #terms: CallTerms;

  /** @param timeoutMs how long an answer may take, in milliseconds */
  constructor(store: SessionStore, guard: Guard, wheel: TimerWheel, timeoutMs: number) {
    this.#store = store;
    this.#guard = guard;
    this.#terms = { patience: { wheel, ms: timeoutMs, late: () => tooLate(timeoutMs) } };
  }

  create(record: SessionRecord): MaybePromise<CreateOutcome> {
    return this.#guard.run(() => this.#store.create(record), this.#terms);
  }

  load(id: string): MaybePromise<LoadOutcome> {
    return this.#guard.run(() => this.#store.load(id), this.#terms);
  }

  take(id: string, generation: number, patch: SessionPatch): MaybePromise<TakeOutcome> {
    return this.#guard.run(() => this.#store.take(id, generation, patch), this.#terms);
  }

  save(id: string, generation: number, patch: SessionPatch): MaybePromise<SaveOutcome> {
    return this.#guard.run(() => this.#store.save(id, generation, patch), this.#terms);
  }

  remove(id: string, generation: number): MaybePromise<SaveOutcome> {
    return this.#guard.run(() => this.#store.remove(id, generation), this.#terms);
  }

  sweep(): void {
    this.#store.sweep();
  }

  snapshot(): SessionSnapshot {
    return this.#store.snapshot();
  }

  close(): MaybePromise<void> {
    return this.#store.close();
  }
}

function tooLate(ms: number): StabilityError {
  return new StabilityError('ERR_STORE', `The session store took longer than ${ms} ms (storeTimeoutMs).`, {
    retryable: true,
  });
}
