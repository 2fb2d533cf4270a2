// A clock for stores that only simulate their delays: what waits is run in the order of its time, at once.
import type { Clock, Timer } from '@ws-stability/core';

interface Waiting {
  readonly at: number;
  readonly callback: () => void;
}

const LONGEST_QUIET_TURNS = 3;

export class HurriedClock implements Clock {
  #now = 0;
  #waiting: Waiting[] = [];
  #running = false;

  now(): number {
    return this.#now;
  }

  wall(): number {
    return Date.UTC(2026, 0, 1) + this.#now;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const waiting: Waiting = { at: this.#now + Math.max(delayMs, 0), callback };
    const later = this.#waiting.findIndex((other) => other.at > waiting.at);
    this.#waiting.splice(later < 0 ? this.#waiting.length : later, 0, waiting);
    this.#run();
    return {
      cancel: () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
      },
    };
  }

  /** Until nothing waits any more, nor is set by what was waited for. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < LONGEST_QUIET_TURNS; ) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      quiet = this.#waiting.length === 0 ? quiet + 1 : 0;
    }
  }

  /** One call a turn, so that promises between two calls have their say. */
  #run(): void {
    if (this.#running) return;
    this.#running = true;
    setImmediate(() => {
      this.#running = false;
      const first = this.#waiting.shift();
      if (first === undefined) return;
      this.#now = Math.max(this.#now, first.at);
      if (this.#waiting.length > 0) this.#run();
      first.callback();
    });
  }
}
