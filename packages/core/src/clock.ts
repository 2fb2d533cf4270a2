// The clock port: monotonic time for durations, wall time for logs and stored expiries, one way to be called later.

/** A pending call made by {@link Clock.setTimer}. */
export interface Timer {
  /** Forgets the call; harmless when it has already run. */
  cancel(): void;
}

export interface Clock {
  /** Monotonic milliseconds; only differences mean anything. */
  now(): number;
  /** Wall time in milliseconds since 1970; for logs and stored expiries, never for durations. */
  wall(): number;
  /**
   * Calls back once, after `delayMs`. A platform's timer may be up to a millisecond early against `now()`: compare again
   * where that matters.
   *
   * @param delayMs milliseconds, rounded up; below 0 counts as 0, above 2^31−1 as 2^31−1 (a longer delay would fire at once in Node).
   * @param keepAlive whether the pending call keeps a Node process running. @default true
   */
  setTimer(callback: () => void, delayMs: number, keepAlive?: boolean): Timer;
}

const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The clock of the platform: `performance.now`, `Date.now` and `setTimeout`. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimer(callback, delayMs, keepAlive = true) {
    // The platform takes a delay below 0 as none.
    const handle = setTimeout(callback, Math.min(Math.ceil(delayMs), LONGEST_DELAY_MS));
    // A number in browsers.
    if (!keepAlive) (handle as Partial<NodeTimer>).unref?.();
    return { cancel: () => clearTimeout(handle) };
  },
};

interface NodeTimer {
  unref(): void;
}
