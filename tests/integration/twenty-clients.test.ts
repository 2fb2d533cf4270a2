// Twenty clients behind a proxy that cuts them at seeded random moments; a hundred of them in tests/full.
import { withSeed } from '@ws-stability/testing';
import { expect, test } from 'vitest';
import { storm } from '../harness/storm.ts';

test('twenty clients, cut at random moments: nothing lost, twice or out of order', async () => {
  await withSeed(async (seed) => {
    const { report, cuts, gaps } = await storm({
      seed,
      clients: 20,
      upEach: 50,
      downToAll: 50,
      betweenCutsMs: [1, 10],
    });
    expect(report.ok, report.describe()).toBe(true);
    // Each client hears its own fifty and everyone's fifty.
    expect(report.counts).toMatchObject({ acknowledged: 1050, delivered: 2000 });
    expect(gaps).toBe(0);
    expect(cuts).toBeGreaterThan(20);
  });
});
