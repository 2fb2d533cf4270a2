import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BackoffPolicy, backoffDelay } from './backoff.ts';

const policy: BackoffPolicy = { baseMs: 100, capMs: 5_000, floorMs: 50 };

const anyPolicy = fc
  .record({
    baseMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
    capMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
    floorMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
  })
  .map((record): BackoffPolicy => record);
const anyFailures = fc.integer({ min: 0, max: 10_000 });
const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('backoffDelay', () => {
  it('doubles the range with each failure until the cap', () => {
    const almostOne = 1 - Number.EPSILON;
    const longest = [0, 1, 2, 3, 4, 5, 6, 7].map((failures) => Math.round(backoffDelay(policy, failures, almostOne)));
    expect(longest).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  it('is spread over the whole range, at the cap as well', () => {
    expect(backoffDelay(policy, 100, 0)).toBe(50);
    expect(backoffDelay(policy, 100, 0.5)).toBe(50 + 0.5 * 4_950);
  });

  it('waits for the floor when the base is below it', () => {
    expect(backoffDelay({ baseMs: 10, capMs: 1_000, floorMs: 200 }, 0, 0.7)).toBe(200);
  });

  it('is never shorter than the floor nor longer than the cap, whatever the policy', () => {
    fc.assert(
      fc.property(anyPolicy, anyFailures, anyRandom, (any, failures, random) => {
        const delay = backoffDelay(any, failures, random);
        expect(delay).toBeGreaterThanOrEqual(Math.min(any.floorMs, any.capMs));
        expect(delay).toBeLessThanOrEqual(any.capMs);
      }),
    );
  });

  it('never shrinks with more failures at the same random number', () => {
    fc.assert(
      fc.property(anyPolicy, anyFailures, anyRandom, (any, failures, random) => {
        expect(backoffDelay(any, failures + 1, random)).toBeGreaterThanOrEqual(backoffDelay(any, failures, random));
      }),
    );
  });

  it('grows with the random number', () => {
    fc.assert(
      fc.property(anyPolicy, anyFailures, anyRandom, anyRandom, (any, failures, one, other) => {
        const [low, high] = one < other ? [one, other] : [other, one];
        expect(backoffDelay(any, failures, low)).toBeLessThanOrEqual(backoffDelay(any, failures, high));
      }),
    );
  });
});
