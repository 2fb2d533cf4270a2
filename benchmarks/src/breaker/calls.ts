// Batches of guarded calls. Every contender guards the same trivial call, and every batch counts what came of it.
import type { Batch } from '../frame/area.ts';

/** What is guarded where the guard takes a promise. */
export const asyncCall = async (): Promise<number> => 1;

/** What is guarded where the guard is synchronous; the argument keeps engines from doing it once for all. */
export const syncCall = (number: number): number => (number & 1) + 1;

/** Calls that are let through, one after the other. */
export function awaitedCalls(call: () => Promise<number>): Batch {
  return {
    run: async (times) => {
      let sum = 0;
      for (let i = 0; i < times; i++) sum += await call();
      return sum;
    },
  };
}

/** Calls that are refused, one after the other. */
export function awaitedRefusals(call: () => Promise<number>): Batch {
  return {
    run: async (times) => {
      let refused = 0;
      for (let i = 0; i < times; i++) {
        try {
          await call();
        } catch {
          refused++;
        }
      }
      if (refused !== times) throw new Error(`${times - refused} of ${times} calls were let through.`);
      return refused;
    },
  };
}
