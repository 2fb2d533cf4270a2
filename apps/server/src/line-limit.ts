// Keeps a log readable when the same thing happens thousands of times: so many lines a second of a kind, the rest counted.
import type { Clock } from '@ws-stability/core';

interface Window {
  startedAt: number;
  lines: number;
  held: number;
}

export class LineLimit {
  readonly #perSecond: number;
  readonly #clock: Pick<Clock, 'now'>;
  // One entry for each kind of event, and those are named in the source.
  readonly #windows = new Map<string, Window>();

  constructor(perSecond: number, clock: Pick<Clock, 'now'>) {
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  /** @returns how many lines of the kind were held back since the last that passed; undefined to hold this one back too */
  pass(kind: string): number | undefined {
    const now = this.#clock.now();
    let window = this.#windows.get(kind);
    if (window === undefined) {
      window = { startedAt: now, lines: 0, held: 0 };
      this.#windows.set(kind, window);
    }
    if (now - window.startedAt >= 1_000) {
      window.startedAt = now;
      window.lines = 0;
    }
    if (window.lines >= this.#perSecond) {
      window.held++;
      return undefined;
    }
    window.lines++;
    const { held } = window;
    window.held = 0;
    return held;
  }
}
