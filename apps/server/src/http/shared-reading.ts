// One reading for everyone who asks for it: it goes over all sessions, so asking often must not cost often.
import type { Clock, MaybePromise } from '@ws-stability/core';

/** What was read is given to others for so many times as long as it took, so that readings take at most a twentieth of the time. */
const TIMES = 19;
/** However long it took, nobody gets what is older. */
const LONGEST_MS = 1_000;

/** Gives the reading that is under way, or one that was just made, before it makes another; what failed is not kept. */
export function sharedReading<Value>(read: () => MaybePromise<Value>, clock: Pick<Clock, 'now'>): () => Promise<Value> {
  let shared: Promise<Value> | undefined;
  let freshUntil = Number.POSITIVE_INFINITY;

  async function readNow(): Promise<Value> {
    const startedAt = clock.now();
    try {
      const value = await read();
      const endedAt = clock.now();
      freshUntil = endedAt + Math.min(LONGEST_MS, TIMES * (endedAt - startedAt));
      return value;
    } catch (error) {
      freshUntil = Number.NEGATIVE_INFINITY;
      throw error;
    }
  }

  return () => {
    if (shared !== undefined && clock.now() < freshUntil) return shared;
    freshUntil = Number.POSITIVE_INFINITY;
    shared = readNow();
    return shared;
  };
}
