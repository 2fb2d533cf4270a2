// A clock that only moves when a test says so; timers run in order of their time, at their own time.
import type { Clock, Timer } from '../clock.ts';
import { StabilityError } from '../stability-error.ts';

interface Pending {
  readonly at: number;
  readonly callback: () => void;
}

// More calls than this without time moving are a timer that sets itself again with no delay.
const MOST_CALLS_AT_ONE_TIME = 100_000;

export class ManualClock implements Clock {
  #now = 0;
  #wallOffset: number;
  #pending: Pending[] = [];

  /** @param wallMs wall time at the start, in milliseconds since 1970. @default 2026-01-01T00:00:00Z */
  constructor(wallMs: number = Date.UTC(2026, 0, 1)) {
    this.#wallOffset = wallMs;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#wallOffset + this.#now;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const pending: Pending = { at: this.#now + Math.max(delayMs, 0), callback };
    this.#pending.push(pending);
    return { cancel: () => this.#forget(pending) };
  }

  /** Timers that wait. */
  get pendingTimers(): number {
    return this.#pending.length;
  }

  /**
   * Moves time on and runs what falls due, in order, including what those calls schedule.
   *
   * @param ms milliseconds, 0 or more.
   * @throws StabilityError `ERR_TEST_CLOCK` for time that would go back, or a timer that sets itself again without delay.
   */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new StabilityError('ERR_TEST_CLOCK', `Time moves forward only; ${ms} ms is not 0 or more.`);
    const end = this.#now + ms;
    let callsAtOneTime = 0;
    for (let due = this.#earliest(end); due !== undefined; due = this.#earliest(end)) {
      this.#forget(due);
      callsAtOneTime = due.at > this.#now ? 0 : callsAtOneTime + 1;
      if (callsAtOneTime > MOST_CALLS_AT_ONE_TIME) {
        throw new StabilityError('ERR_TEST_CLOCK', 'A timer sets itself again without delay; give it one above 0 ms.');
      }
      this.#now = Math.max(this.#now, due.at);
      due.callback();
    }
    // A callback may have moved the time itself, further than this call would.
    this.#now = Math.max(this.#now, end);
  }

  /**
   * Moves time on with a pause for promises after each step, for code between timers and promises.
   *
   * @param ms milliseconds, 0 or more; 0 is a pause only.
   * @param stepMs milliseconds a step, above 0.
   */
  async advanceAsync(ms: number, stepMs: number = ms): Promise<void> {
    let left = ms;
    do {
      const step = stepMs > 0 ? Math.min(stepMs, left) : left;
      this.advance(step);
      left -= step;
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
    } while (left > 0);
  }

  /** Sets the wall clock forward or back without any time passing. @param ms milliseconds. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Sleeps as a frozen process does: time passes, overdue timers run only afterwards, late. @param ms milliseconds. */
  freeze(ms: number): void {
    this.#now += Math.max(ms, 0);
    this.advance(0);
  }

  #forget(pending: Pending): void {
    this.#pending = this.#pending.filter((other) => other !== pending);
  }

  #earliest(until: number): Pending | undefined {
    let first: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.at <= until && (first === undefined || pending.at < first.at)) first = pending;
    }
    return first;
  }
}
