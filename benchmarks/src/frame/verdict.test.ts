import { describe, expect, it } from 'vitest';
import { spreadOf } from './statistics.ts';
import { verdictOf } from './verdict.ts';

describe('a verdict', () => {
  it.each([
    ['met', [1, 1, 1, 1, 9], { atMost: 2 }],
    ['missed', [1, 9, 9, 9, 9], { atMost: 2 }],
    ['inconclusive', [1, 1, 3, 3, 3], { atMost: 2 }],
    ['met', [1, 9, 9, 9, 9], { atLeast: 2 }],
    ['missed', [1, 1, 1, 1, 9], { atLeast: 2 }],
    ['inconclusive', [1, 1, 3, 3, 3], { atLeast: 2 }],
    ['met', [3, 3, 3], { atLeast: 2, atMost: 4 }],
    ['missed', [5, 5, 5], { atLeast: 2, atMost: 4 }],
    ['missed', [1, 1, 1], { atLeast: 2, atMost: 4 }],
  ] as const)('is %s where three quarters of %j say so about %j', (verdict, values, bounds) => {
    expect(verdictOf(spreadOf(values), bounds)).toBe(verdict);
  });

  it('counts a bound that is just reached as kept', () => {
    expect(verdictOf(spreadOf([0, 0, 0]), { atMost: 0 })).toBe('met');
  });

  it('is inconclusive with fewer than three rounds', () => {
    expect(verdictOf(spreadOf([1, 1]), { atMost: 2 })).toBe('inconclusive');
  });

  it('is absent where nothing is asked', () => {
    expect(verdictOf(spreadOf([1, 1, 1]), {})).toBeUndefined();
  });
});
