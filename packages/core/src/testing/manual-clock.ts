// A clock that only moves when a test says so; timers run in order of their time, at their own time.
import type { Clock, Timer } from '../clock.ts';

interface Pending {
  readonly at: number;
  readonly callback: () => void;
}

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
    return { cancel: () => void (this.#pending = this.#pending.filter((other) => other !== pending)) };
  }

  /** Timers that wait. */
  get pendingTimers(): number {
    return this.#pending.length;
  }

  /** Moves time on and runs what falls due, in order, including what those calls schedule. @param ms milliseconds. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let due = this.#earliest(end); due !== undefined; due = this.#earliest(end)) {
      const next = due;
      this.#pending = this.#pending.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }

  /** Moves time on with a pause for promises after each step, for code between timers and promises. */
  async advanceAsync(ms: number, stepMs = ms): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.advance(Math.min(stepMs, left));
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
    }
  }

  /** Sets the wall clock forward or back without any time passing. @param ms milliseconds. */
  jumpWall(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Sleeps as a frozen process does: time passes, overdue timers run only afterwards. */
  freeze(ms: number): void {
    this.#now += ms;
    this.advance(0);
  }

  #earliest(until: number): Pending | undefined {
    let first: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.at <= until && (first === undefined || pending.at < first.at)) first = pending;
    }
    return first;
  }
}
