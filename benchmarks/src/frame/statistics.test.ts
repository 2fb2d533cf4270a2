import { describe, expect, it } from 'vitest';
import { type Round, ratiosOf, spreadOf, valuesOf } from './statistics.ts';

function round(values: Readonly<Record<string, number>>, disturbed = false): Round {
  return { value: (contender) => values[contender], disturbed: () => disturbed };
}

const ours = { contender: 'ours', against: 'theirs', figure: 'call' };

describe('a spread', () => {
  it('has median, quartiles and range, in whatever order the values come', () => {
    expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ rounds: 5, median: 3, min: 1, max: 5, low: 2, high: 4 });
  });

  it('lies between two values where no value is in the middle', () => {
    expect(spreadOf([1, 2, 3, 4])).toMatchObject({ median: 2.5, low: 1.75, high: 3.25 });
  });

  it('of a single value is that value', () => {
    expect(spreadOf([7])).toEqual({ rounds: 1, median: 7, min: 7, max: 7, low: 7, high: 7 });
  });

  it('of nothing is an error', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});

describe('ratios', () => {
  it('are formed within each round, so that what slows a whole round down does not count', () => {
    const rounds = [round({ ours: 1, theirs: 10 }), round({ ours: 5, theirs: 50 })];
    expect(ratiosOf(rounds, ours)).toEqual([0.1, 0.1]);
  });

  it('are left out of rounds in which one of the two is missing or zero', () => {
    const rounds = [
      round({ ours: 1 }),
      round({ theirs: 1 }),
      round({ ours: 1, theirs: 0 }),
      round({ ours: 1, theirs: 2 }),
    ];
    expect(ratiosOf(rounds, ours)).toEqual([0.5]);
  });
});

describe('disturbed rounds', () => {
  const [quiet, loud] = [round({ ours: 1 }), round({ ours: 9 }, true)];
  const counted = (...rounds: readonly Round[]): number => valuesOf(rounds, 'ours', 'call').length;

  it('do not count where at least half of the rounds are undisturbed', () => {
    expect(valuesOf([quiet, loud, quiet, loud, quiet, loud], 'ours', 'call')).toEqual([1, 1, 1]);
  });

  it('count where most are', () => {
    expect(counted(quiet, quiet, quiet, loud, loud, loud, loud)).toBe(7);
  });

  it('count where fewer than three rounds would be left', () => {
    expect(counted(quiet, quiet, loud)).toBe(3);
  });
});
