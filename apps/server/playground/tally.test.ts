import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRunNumber, Tally, verdictOf } from './tally.ts';

const of = 1_000;

function fed(offsets: readonly number[], start = 0): Tally {
  const tally = new Tally();
  tally.startAt([1, start]);
  for (const offset of offsets) tally.message(1, offset);
  return tally;
}

describe('a tally', () => {
  it('calls a run whole when every number came once and in order', () => {
    const tally = new Tally();
    tally.startAt([7, 0]);
    tally.announceRun('a', of);
    expect(tally.count()).toMatchObject({ received: 0, pending: of, expected: of });
    for (let n = 1; n <= of; n += 1) tally.message(7, n, { run: 'a', n, of });
    expect(tally.count()).toEqual({
      received: of,
      inOrder: of,
      twice: 0,
      missing: 0,
      announced: 0,
      pending: 0,
      expected: of,
    });
    expect(verdictOf(tally.count())).toBe('whole');
  });

  it('says running until the last of a run is there', () => {
    const tally = new Tally();
    tally.message(1, 1, { run: 'a', n: 1, of: 2 });
    expect(verdictOf(tally.count())).toBe('running');
    tally.message(1, 2, { run: 'a', n: 2, of: 2 });
    expect(verdictOf(tally.count())).toBe('whole');
  });

  it('counts an offset had before as twice', () => {
    expect(fed([1, 2, 2, 1]).count()).toMatchObject({ received: 2, twice: 2, missing: 0, expected: 2 });
  });

  it('counts offsets jumped over as missing until they come late', () => {
    const tally = fed([1, 4]);
    expect(tally.count()).toMatchObject({ received: 2, inOrder: 2, missing: 2, expected: 4 });
    tally.message(1, 2);
    expect(tally.count()).toMatchObject({ received: 3, inOrder: 2, missing: 1, expected: 4 });
    expect(verdictOf(tally.count())).toBe('broken');
  });

  it('sees a number that was never appended although the offsets have no hole', () => {
    const tally = new Tally();
    tally.message(1, 1, { run: 'a', n: 1, of });
    tally.message(1, 2, { run: 'a', n: 4, of });
    expect(tally.count()).toMatchObject({ received: 2, missing: 2 });
  });

  it('does not count a loss a second time by its number', () => {
    const tally = new Tally();
    tally.message(1, 1, { run: 'a', n: 1, of: 5 });
    tally.message(1, 4, { run: 'a', n: 4, of: 5 });
    expect(tally.count()).toMatchObject({ received: 2, missing: 2, pending: 1, expected: 5 });
  });

  it('sees a number that was appended twice', () => {
    const tally = new Tally();
    tally.message(1, 1, { run: 'a', n: 1, of });
    tally.message(1, 2, { run: 'a', n: 1, of });
    expect(tally.count()).toMatchObject({ received: 1, twice: 1 });
  });

  it('sees numbers that were appended in the wrong order', () => {
    const tally = new Tally();
    for (const [offset, n] of [
      [1, 1],
      [2, 3],
      [3, 2],
    ] as const)
      tally.message(1, offset, { run: 'a', n, of: 3 });
    expect(tally.count()).toMatchObject({ received: 3, inOrder: 2, missing: 0, pending: 0 });
  });

  it('keeps what a gap names apart from what is missing in silence', () => {
    const tally = new Tally();
    tally.message(1, 1, { run: 'a', n: 1, of: 10 });
    tally.gap([1, 6]);
    tally.message(1, 7, { run: 'a', n: 7, of: 10 });
    expect(tally.count()).toMatchObject({ received: 2, announced: 5, missing: 0, pending: 3, expected: 10 });
    for (let n = 8; n <= 10; n += 1) tally.message(1, n, { run: 'a', n, of: 10 });
    expect(verdictOf(tally.count())).toBe('announced');
  });

  it('goes on in the new epoch that a gap names', () => {
    const tally = fed([1, 2, 3]);
    tally.gap([2, 0]);
    tally.message(2, 1);
    expect(tally.count()).toMatchObject({ received: 4, inOrder: 4, announced: 0, missing: 0 });
    tally.message(1, 4);
    expect(tally.count()).toMatchObject({ twice: 1 });
  });

  it('expects nothing of what is skipped', () => {
    const tally = fed([1]);
    tally.skip(2, 4);
    tally.message(1, 5);
    expect(tally.count()).toMatchObject({ received: 2, missing: 0, expected: 2 });
  });

  it('starts where the subscription starts, also when told late', () => {
    expect(fed([501, 502], 500).count()).toMatchObject({ received: 2, missing: 0 });
    const late = new Tally();
    late.message(1, 503);
    late.startAt([1, 500]);
    expect(late.count()).toMatchObject({ received: 1, missing: 2 });
  });

  it('counts a run of another page from where this one came in', () => {
    const tally = new Tally();
    tally.message(1, 200, { run: 'other', n: 200, of: 201 });
    expect(tally.count()).toMatchObject({ received: 1, missing: 0, pending: 1 });
  });

  it('agrees with a plain count for any losses, repeats and disorder', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 200 }), (offsets) => {
        const distinct = new Set(offsets);
        const highest = Math.max(...offsets);
        expect(fed(offsets).count()).toMatchObject({
          received: distinct.size,
          twice: offsets.length - distinct.size,
          missing: highest - distinct.size,
          expected: highest,
        });
      }),
    );
  });
});

describe('the number in a payload', () => {
  it('is read from what the flood publishes', () => {
    expect(readRunNumber('{"run":"x","n":3,"of":1000}')).toEqual({ run: 'x', n: 3, of: 1_000 });
  });

  it('is not found in anything else', () => {
    for (const payload of [
      '',
      'hello',
      '{',
      '{"run":"x"}',
      '{"run":"x","n":0,"of":1}',
      '{"run":"x","n":2,"of":1}',
      '{"run":1,"n":1,"of":1}',
    ]) {
      expect(readRunNumber(payload)).toBeUndefined();
    }
    expect(readRunNumber(new Uint8Array([123]))).toBeUndefined();
  });
});
