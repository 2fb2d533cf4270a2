import { expect, test } from 'vitest';
import { nextEpoch } from './next-epoch.ts';

test('epochs grow with the wall clock, when it stands still, when it goes back, and over one to follow', () => {
  // Above every epoch that this process has given so far.
  const wall = nextEpoch(Date.UTC(2030, 0, 1)) + 1;
  const first = nextEpoch(wall);
  expect(first).toBeGreaterThanOrEqual(wall);
  const second = nextEpoch(wall);
  const third = nextEpoch(wall - 1_000_000);
  const fourth = nextEpoch(wall, third + 1000);
  expect(second).toBeGreaterThan(first);
  expect(third).toBeGreaterThan(second);
  expect(fourth).toBe(third + 1001);
  expect(nextEpoch(wall + 10_000_000.5)).toBe(wall + 10_000_000);
});
