import { expect, test } from 'vitest';
import { comparePositions, MAX_OFFSET, type Position } from './position.ts';

test('positions are ordered by epoch, then by offset', () => {
  const ordered: readonly Position[] = [
    [1, 0],
    [1, 5],
    [1, MAX_OFFSET],
    [2, 0],
    [MAX_OFFSET, 1],
  ];
  expect([...ordered].reverse().sort(comparePositions)).toStrictEqual(ordered);
  expect(comparePositions([3, 4], [3, 4])).toBe(0);
});
