import { describe, expect, it } from 'vitest';
import { judgedRowsOf, rowsOf } from './json-document.ts';
import { resultOf } from './results.ts';
import type { Round } from './statistics.ts';
import { area } from './testing/tiny-area.ts';

const [comparison] = area.comparisons;
if (comparison === undefined) throw new Error('The tiny area is empty.');

const rounds = [10, 20, 30].map(
  (one): Round => ({
    value: (contender, figure) => (figure !== 'add' ? undefined : { 'by one': one, 'by two': 2 * one }[contender]),
    disturbed: () => false,
  }),
);

function rowsWith(changes: Partial<typeof comparison>) {
  const result = resultOf({
    area,
    comparison: { ...comparison, ...changes } as typeof comparison & object,
    rounds,
    failures: [],
    tookMs: 1,
  });
  return { rows: rowsOf([result]), findings: judgedRowsOf([result]), result };
}

describe('the rows of the document', () => {
  it('are one for each figure of each contender that was measured, and one for each finding', () => {
    expect(rowsWith({}).rows).toEqual([
      { area: 'tiny', name: 'adding: by one, add', unit: 'ns/op', value: 20, median: 20, min: 10, max: 30 },
      { area: 'tiny', name: 'adding: by two, add', unit: 'ns/op', value: 40, median: 40, min: 20, max: 60 },
      {
        area: 'tiny',
        name: 'one against two',
        unit: 'ns/op',
        value: 20,
        median: 20,
        min: 10,
        max: 30,
        peer: 'by two',
        ratio: 0.5,
        target: 1000,
        met: true,
      },
      {
        area: 'tiny',
        name: 'one in a second',
        unit: 'ns/op',
        value: 20,
        median: 20,
        min: 10,
        max: 30,
        target: 1e9,
        met: true,
      },
    ]);
  });

  it('say nothing about an inconclusive target', () => {
    const findings = [{ name: 'one', contender: 'by one', figure: 'add', atMost: 20 }];
    const { rows, findings: judged } = rowsWith({ findings });
    expect(rows.at(-1)).not.toHaveProperty('met');
    expect(rows.at(-1)).toMatchObject({ target: 20 });
    expect(judged).toMatchObject([{ name: 'one', atMost: 20, verdict: 'inconclusive', spread: { low: 15, high: 25 } }]);
  });

  it('say that a target was missed', () => {
    const findings = [{ name: 'one', contender: 'by one', against: 'by two', figure: 'add', atLeast: 2 }];
    expect(rowsWith({ findings }).rows.at(-1)).toMatchObject({ ratio: 0.5, target: 2, met: false });
  });

  it('leave target and verdict out where nothing is asked', () => {
    const findings = [{ name: 'one', contender: 'by one', against: 'by two', figure: 'add' }];
    const { rows, findings: judged } = rowsWith({ findings });
    expect(rows.at(-1)).not.toHaveProperty('target');
    expect(rows.at(-1)).not.toHaveProperty('met');
    expect(judged[0]).not.toHaveProperty('verdict');
  });

  it('come with the sentences of the comparison', () => {
    expect(rowsWith({}).result.sentences).toEqual(['The ratio was measured.']);
  });
});
