// A log store behind its breaker: what is asked of a store that does not answer is refused at once, and comes to an end.
import { type MaybePromise, StabilityError, type TimerWheel } from '@ws-stability/core';
import type { Position } from '@ws-stability/protocol';
import type {
  AppendOutcome,
  AppendRequest,
  LogSnapshot,
  LogStore,
  Page,
  PageLimit,
  TailEvent,
  TopicHead,
} from '@ws-stability/store';
import type { CallTerms, Guard } from './guard.ts';

export class GuardedLogStore implements LogStore {
  readonly #store: LogStore;
  readonly #guard: Guard;
  readonly #appends: CallTerms;
  readonly #reads: CallTerms;

  /** @param timeoutMs how long an answer may take, in milliseconds */
  constructor(store: LogStore, guard: Guard, wheel: TimerWheel, timeoutMs: number) {
    this.#store = store;
    this.#guard = guard;
    this.#appends = { patience: { wheel, ms: timeoutMs, late: () => appendUnknown(timeoutMs) } };
    this.#reads = { patience: { wheel, ms: timeoutMs, late: () => tooLate(timeoutMs) } };
  }

  get durability(): LogStore['durability'] {
    return this.#store.durability;
  }

  append(request: AppendRequest): MaybePromise<AppendOutcome> {
    return this.#guard.run(() => this.#store.append(request), this.#appends);
  }

  read(topic: string, after: Position, limit: PageLimit): MaybePromise<Page> {
    return this.#guard.run(() => this.#store.read(topic, after, limit), this.#reads);
  }

  heads(topics: readonly string[]): MaybePromise<readonly TopicHead[]> {
    return this.#guard.run(() => this.#store.heads(topics), this.#reads);
  }

  tail(listener: (event: TailEvent) => void): () => void {
    return this.#store.tail(listener);
  }

  hold(topic: string): () => void {
    return this.#store.hold(topic);
  }

  trim(topic: string, upTo: Position): void {
    this.#store.trim(topic, upTo);
  }

  remove(topic: string): void {
    this.#store.remove(topic);
  }

  sweep(): void {
    this.#store.sweep();
  }

  snapshot(): LogSnapshot {
    return this.#store.snapshot();
  }

  close(): MaybePromise<void> {
    return this.#store.close();
  }
}

function appendUnknown(ms: number): StabilityError {
  const message = `The log took longer than ${ms} ms (storeTimeoutMs); whether it has the message is not known.`;
  return new StabilityError('ERR_APPEND_UNKNOWN', message, { retryable: true });
}

function tooLate(ms: number): StabilityError {
  return new StabilityError('ERR_STORE', `The store took longer than ${ms} ms (storeTimeoutMs).`, { retryable: true });
}
