// Seeds for randomised tests: a failure says which seed repeats it, an environment variable repeats it.
import type { Random } from '@ws-stability/core';
import { seededRandom } from '@ws-stability/core/testing';

const VARIABLE = 'WS_STABILITY_SEED';

/** A seed from `WS_STABILITY_SEED` when that is a whole number, else a random one of 32 bits. */
export function randomSeed(): number {
  const given = process.env[VARIABLE];
  return given !== undefined && /^\d{1,10}$/.test(given) ? Number(given) : Math.floor(Math.random() * 2 ** 32);
}

/**
 * Runs a randomised test; what it throws is thrown on with the seed in its message.
 *
 * @param seed @default {@link randomSeed}
 */
export async function withSeed<Value>(
  run: (seed: number, random: Random) => Value | Promise<Value>,
  seed: number = randomSeed(),
): Promise<Value> {
  try {
    return await run(seed, seededRandom(seed));
  } catch (error) {
    if (error instanceof Error) error.message += `\n(seed ${seed}; repeat it with ${VARIABLE}=${seed})`;
    throw error;
  }
}
