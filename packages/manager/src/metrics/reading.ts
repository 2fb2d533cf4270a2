// One snapshot of the manager for all that is read in one turn, and what only its events tell.
import { type Observable, StabilityError } from '@ws-stability/core';
import type { ManagerEvents } from '../events.ts';
import type { ManagerSnapshot } from '../snapshot.ts';

/** What is measured: a `ConnectionManager`. */
export interface MeasuredManager extends Observable<Pick<ManagerEvents, 'breaker'>> {
  snapshot(): ManagerSnapshot;
}

/** Changes of breakers by the state that they led to. */
export type Transitions = Record<'closed' | 'open' | 'halfOpen', number>;

export class Reading {
  /** Of the breakers of what the manager depends on. */
  readonly dependencies: Transitions = { closed: 0, open: 0, halfOpen: 0 };
  /** Of the breakers of sessions. */
  readonly sessions: Transitions = { closed: 0, open: 0, halfOpen: 0 };
  /** The most messages that were seen to lag at once. */
  maxLagging = 0;
  #manager: MeasuredManager | undefined;
  #current: ManagerSnapshot | undefined;
  #cancel: (() => void) | undefined;

  watch(manager: MeasuredManager): void {
    this.#cancel?.();
    this.#manager = manager;
    this.#cancel = manager.on('breaker', ({ name, to }) => {
      this[name === 'session' ? 'sessions' : 'dependencies'][to]++;
    });
  }

  /**
   * The manager's numbers, taken once a turn: every metric of a scrape speaks of the same moment.
   *
   * @throws StabilityError `ERR_METRIC_SOURCE` before there is a manager
   */
  snapshot(): ManagerSnapshot {
    if (this.#manager === undefined) {
      throw new StabilityError('ERR_METRIC_SOURCE', 'There is no manager to read from yet; call watch(manager) first.');
    }
    if (this.#current === undefined) {
      this.#current = this.#manager.snapshot();
      this.maxLagging = Math.max(this.maxLagging, this.#current.delivery.lagging);
      queueMicrotask(() => {
        this.#current = undefined;
      });
    }
    return this.#current;
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
