// Cleanup passes that start by themselves: one wheel entry, slices with a tick between them, and a stop that means it.
import { type Clock, type TimerWheel, WheelEntry } from '@ws-stability/core';
import type { CleanupSnapshot } from './client-snapshot.ts';

/** What a pass has done. */
export interface SweepReport {
  readonly removed: number;
  readonly freedBytes: number;
  /** False when it was stopped or failed before its end. */
  readonly complete: boolean;
}

/** What one slice did; `more` when there is work left for this pass. */
export interface Slice {
  readonly removed: number;
  readonly freedBytes: number;
  readonly more: boolean;
}

export interface SweeperDependencies {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  /** Does some of the work; asks `goOn` after each piece, which says no once the pass was stopped. */
  readonly slice: (goOn: () => boolean) => Slice;
  readonly onError: (error: unknown) => void;
}

interface Pass {
  removed: number;
  freedBytes: number;
  workMs: number;
  longestMs: number;
  readonly waiting: ((report: SweepReport) => void)[];
}

export class Sweeper {
  readonly #everyMs: number;
  readonly #dependencies: SweeperDependencies;
  readonly #entry = new WheelEntry(() => this.#onTime());
  #running = false;
  #pass: Pass | undefined;
  #passes = 0;
  #failedPasses = 0;
  #removedTotal = 0;
  #freedBytesTotal = 0;
  #last: Pick<Pass, 'removed' | 'freedBytes' | 'workMs' | 'longestMs'> | undefined;
  #lastAt: number | null = null;

  constructor(everyMs: number, dependencies: SweeperDependencies) {
    this.#everyMs = everyMs;
    this.#dependencies = dependencies;
  }

  /** Starts a pass every `everyMs`; again is no different from once. */
  async start(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    if (this.#pass === undefined) this.#dependencies.wheel.schedule(this.#entry, this.#everyMs);
  }

  /** Ends passes, also one that is under way: nothing is removed any more once this returned. Again is harmless. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#dependencies.wheel.cancel(this.#entry);
    if (this.#pass !== undefined) this.#end(this.#pass, false);
  }

  /** Does a pass now, or waits for the one under way. The first slice is done at once. */
  sweep(): Promise<SweepReport> {
    return new Promise((resolve) => {
      if (this.#pass !== undefined) {
        this.#pass.waiting.push(resolve);
        return;
      }
      this.#pass = { removed: 0, freedBytes: 0, workMs: 0, longestMs: 0, waiting: [resolve] };
      this.#work(this.#pass);
    });
  }

  snapshot(): CleanupSnapshot {
    return {
      running: this.#running,
      inPass: this.#pass !== undefined,
      passes: this.#passes,
      failedPasses: this.#failedPasses,
      removedTotal: this.#removedTotal,
      removedLast: this.#last?.removed ?? 0,
      freedBytesTotal: this.#freedBytesTotal,
      freedBytesLast: this.#last?.freedBytes ?? 0,
      lastAt: this.#lastAt,
      lastDurationMs: this.#last?.workMs ?? 0,
      lastSliceMs: this.#last?.longestMs ?? 0,
    };
  }

  #onTime(): void {
    this.#pass ??= { removed: 0, freedBytes: 0, workMs: 0, longestMs: 0, waiting: [] };
    this.#work(this.#pass);
  }

  #work(pass: Pass): void {
    const { clock, wheel, slice, onError } = this.#dependencies;
    try {
      const startedAt = clock.now();
      const { removed, freedBytes, more } = slice(() => this.#pass === pass);
      pass.removed += removed;
      pass.freedBytes += freedBytes;
      this.#removedTotal += removed;
      this.#freedBytesTotal += freedBytes;
      const tookMs = clock.now() - startedAt;
      pass.workMs += tookMs;
      pass.longestMs = Math.max(pass.longestMs, tookMs);
      // Stopped by what the slice called: the end was told then.
      if (this.#pass !== pass) return;
      if (more) wheel.schedule(this.#entry, 0);
      else this.#end(pass, true);
    } catch (error) {
      this.#failedPasses++;
      if (this.#pass === pass) this.#end(pass, false);
      onError(error);
    }
  }

  #end(pass: Pass, complete: boolean): void {
    this.#pass = undefined;
    this.#last = pass;
    this.#lastAt = this.#dependencies.clock.wall();
    if (complete) this.#passes++;
    for (const resolve of pass.waiting) resolve({ removed: pass.removed, freedBytes: pass.freedBytes, complete });
    if (this.#running) this.#dependencies.wheel.schedule(this.#entry, this.#everyMs);
  }
}
