// A hundred clients and 20,000 messages, half up and half down, through a proxy that cuts at random moments.
import { withSeed } from '@ws-stability/testing';
import { expect, test } from 'vitest';
import { storm } from '../harness/storm.ts';

test('a hundred clients, 20,000 messages, cuts at random moments: nothing lost, twice or out of order', async () => {
  await withSeed(async (seed) => {
    const { report, cuts, gaps } = await storm({
      seed,
      clients: 100,
      upEach: 100,
      downToAll: 100,
      betweenCutsMs: [1, 10],
      patienceMs: 60_000,
    });
    expect(report.ok, report.describe()).toBe(true);
    // Each client hears its own hundred and everyone's hundred.
    expect(report.counts).toMatchObject({ acknowledged: 10_100, delivered: 20_000 });
    expect(gaps).toBe(0);
    expect(cuts).toBeGreaterThan(100);
  });
}, 300_000);
