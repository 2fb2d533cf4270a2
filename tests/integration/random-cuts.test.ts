// Ten clients behind a proxy that cuts them at seeded random moments; the full size is in tests/full.

import { withSeed } from '@ws-stability/testing';
import { expect, test } from 'vitest';
import { storm } from '../harness/storm.ts';

test('ten clients, cut at random moments: nothing lost, twice or out of order', async () => {
  await withSeed(async (seed) => {
    const { report, cuts, gaps } = await storm({
      seed,
      clients: 10,
      upEach: 60,
      downToAll: 60,
      betweenCutsMs: [2, 15],
    });
    expect(report.ok, report.describe()).toBe(true);
    expect(report.counts).toMatchObject({ acknowledged: 660, delivered: 1200 });
    expect(gaps).toBe(0);
    expect(cuts).toBeGreaterThan(10);
  });
});
