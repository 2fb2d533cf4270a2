// A long history of a breaker against the plain reference: late results, hung trials, clocks that jump, restarts.
// WS_STABILITY_BREAKER_OPERATIONS says how many operations (1,000,000), WS_STABILITY_BREAKER_SEED repeats one history.
import { compareHistory } from '@ws-stability/circuit-breaker/testing';
import { expect, it } from 'vitest';

const OPERATIONS = Number(process.env.WS_STABILITY_BREAKER_OPERATIONS ?? 1_000_000);
const SEED = Number(process.env.WS_STABILITY_BREAKER_SEED ?? Math.floor(Math.random() * 2 ** 32));

it('a breaker says what the plain reference says, a million operations long', () => {
  const { operations, seen } = compareHistory(SEED, OPERATIONS, (message) => expect.fail(message));
  process.stdout.write(`${operations} operations, seed ${SEED}: ${JSON.stringify(seen)}\n`);
  for (const name of ['late result', 'trial', 'trialsBusy', 'lost call', 'wall clock jump', 'restart', 'isolated']) {
    expect(seen[name] ?? 0, name).toBeGreaterThan(OPERATIONS / 10_000);
  }
}, 600_000);
