import { expect, it } from 'vitest';
import { claim } from './fingerprints.ts';

const ratios = (...medians: readonly number[]) => {
  const bySize = new Map(medians.map((median, at) => [['100 B', '1 KB', '10 KB', '100 KB'][at], median]));
  return (size: string) => {
    const median = bySize.get(size);
    return median === undefined ? undefined : { median, min: median, max: median };
  };
};

it.each([
  ['holds at none of these sizes', ratios(4, 4, 4, 4)],
  ['holds at every size', ratios(10, 20, 50, 100)],
  ['holds at 100 B, 1 KB only', ratios(12, 11, 9, 101)],
  ['not measured', ratios()],
])('the claim %s, said from the measured ratios', (words, ratioAt) => {
  expect(claim('here', ratioAt)).toContain(words);
});

it('names every ratio', () => {
  expect(claim('here', ratios(3.95, 4))).toBe(
    '- here: it holds at none of these sizes (3.95 times at 100 B, 4 times at 1 KB).',
  );
});
