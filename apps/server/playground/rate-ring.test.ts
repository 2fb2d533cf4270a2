import { describe, expect, it } from 'vitest';
import { RateRing, SLICE_MS, SLICES } from './rate-ring.ts';

describe('a rate ring', () => {
  it('counts by slices of 100 ms, the newest last', () => {
    const ring = new RateRing();
    for (const now of [10_000, 10_050, 10_099, 10_100]) ring.add(now);
    expect(ring.counts(10_150).slice(-3)).toEqual([0, 3, 1]);
  });

  it('forgets what is older than 30 s', () => {
    const ring = new RateRing();
    ring.add(1_000);
    expect(ring.counts(1_000 + (SLICES - 1) * SLICE_MS)[0]).toBe(1);
    expect(ring.counts(1_000 + SLICES * SLICE_MS).every((count) => count === 0)).toBe(true);
  });

  it('forgets everything after a long sleep', () => {
    const ring = new RateRing();
    for (let now = 0; now < 60_000; now += 10) ring.add(now);
    expect(ring.counts(9e9).every((count) => count === 0)).toBe(true);
  });

  it('places marks among the slices and keeps the newest one after it has left the view', () => {
    const ring = new RateRing();
    ring.mark('cut', 1_000);
    ring.mark('back', 1_500);
    expect(ring.marks(1_500)).toEqual([
      { mark: 'cut', at: SLICES - 6 },
      { mark: 'back', at: SLICES - 1 },
    ]);
    expect(ring.marks(1_500 + 2 * SLICES * SLICE_MS).map(({ mark }) => mark)).toEqual(['back']);
  });
});
