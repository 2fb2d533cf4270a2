import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram, latencySeconds, logSpaced } from './histogram.ts';

function countsOf(histogram: Histogram): readonly number[] {
  return histogram.buckets.map(({ count }) => count);
}

describe('Histogram', () => {
  it('counts a value in each bucket whose bound it does not exceed', () => {
    const histogram = new Histogram([1, 2, 5]);
    for (const value of [0, -0, 0.5, 1, 1.0000001, 2, 5, 5.1, 1e300]) histogram.observe(value);
    expect(histogram.buckets).toEqual([
      { le: 1, count: 4 },
      { le: 2, count: 6 },
      { le: 5, count: 7 },
      { le: null, count: 9 },
    ]);
    expect(histogram.count).toBe(9);
  });

  it('puts every value where a plain search would', () => {
    const anyBounds = fc
      .uniqueArray(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 40 })
      .map((bounds) => bounds.sort((one, other) => one - other));
    const anyValue = fc.oneof(
      fc.double({ min: 0, max: 1e10, noNaN: true }),
      fc.double({ min: 0, max: 1e-6, noNaN: true }),
    );
    fc.assert(
      fc.property(anyBounds, fc.array(anyValue), (bounds, values) => {
        const histogram = new Histogram(bounds);
        // Each bound itself as well: it belongs to its own bucket.
        const all = [...values, ...bounds];
        for (const value of all) histogram.observe(value);
        const expected = bounds.map((bound) => all.filter((value) => value <= bound).length);
        expect(countsOf(histogram)).toEqual([...expected, all.length]);
      }),
    );
  });

  it('leaves out what is no measurement, and says how often', () => {
    const histogram = new Histogram([1]);
    for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY]) histogram.observe(value);
    expect([histogram.count, histogram.sum, histogram.refused]).toEqual([0, 0, 3]);
  });

  it('estimates quantiles within the bucket of the truth: a factor of 1.6 at most', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.000101, max: 63, noNaN: true }), { minLength: 1, maxLength: 300 }),
        fc.constantFrom(0.5, 0.95, 0.99),
        (values, share) => {
          const histogram = new Histogram();
          for (const value of values) histogram.observe(value);
          const truth = values.sort((one, other) => one - other)[Math.ceil(values.length * share) - 1] ?? 0;
          const ratio = (histogram.quantile(share) ?? 0) / truth;
          expect(ratio).toBeGreaterThan(1 / 1.601);
          expect(ratio).toBeLessThan(1.601);
        },
      ),
    );
  });

  it('interpolates within a bucket, and answers the last bound for what is above it', () => {
    const histogram = new Histogram([10, 20]);
    for (let value = 11; value <= 20; value++) histogram.observe(value);
    expect([histogram.quantile(0.5), histogram.quantile(1), histogram.quantile(0)]).toEqual([15, 20, 10]);
    for (let count = 0; count < 100; count++) histogram.observe(1000);
    expect(histogram.quantile(0.99)).toBe(20);
    expect(new Histogram().quantile(0.5)).toBeUndefined();
  });

  it.each([
    [[]],
    [[0]],
    [[2, 1]],
    [[1, 1]],
    [[1, Number.POSITIVE_INFINITY]],
    [[Number.NaN]],
    [Array.from({ length: 201 }, (_, place) => place + 1)],
  ])('refuses the bounds %j', (bounds) => {
    expect(() => new Histogram(bounds)).toThrow(expect.objectContaining({ code: 'ERR_METRIC_BUCKETS' }));
  });

  it('makes log-spaced bounds', () => {
    expect(logSpaced(1, 2, 4)).toEqual([1, 2, 4, 8]);
    expect(() => logSpaced(1, 1, 4)).toThrow(expect.objectContaining({ code: 'ERR_METRIC_BUCKETS' }));
    expect(latencySeconds).toHaveLength(30);
  });
});
