import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EntryRing, type KeptEntry } from './entry-ring.ts';

const entry = (offset: number): KeptEntry => ({
  offset,
  binary: false,
  frame: new Uint8Array(0),
  payloadStart: 0,
  expiresAt: Number.POSITIVE_INFINITY,
  origin: undefined,
  appendedAt: 0,
});

describe('EntryRing', () => {
  test('behaves as a list that grows at one end and shrinks at the other, in few slots', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -12, max: 12 }), { maxLength: 60 }), (steps) => {
        const ring = new EntryRing();
        const list: number[] = [];
        let offset = 0;
        for (const step of steps) {
          for (let count = 0; count < Math.abs(step); count++) {
            if (step > 0) {
              list.push(++offset);
              ring.push(entry(offset));
            } else expect(ring.shift()?.offset).toBe(list.shift());
            expect(ring.slots).toBeLessThanOrEqual(Math.max(4, ring.size * 4));
          }
          expect(ring.size).toBe(list.length);
          expect(list.map((_, place) => ring.at(place)?.offset)).toEqual(list);
          expect(ring.at(list.length)).toBeUndefined();
        }
      }),
    );
  });

  test('holds no slots when it is empty', () => {
    const ring = new EntryRing();
    expect(ring.slots).toBe(0);
    for (let offset = 1; offset <= 1000; offset++) ring.push(entry(offset));
    expect(ring.slots).toBe(1024);
    for (let offset = 1; offset <= 1000; offset++) ring.shift();
    expect(ring.slots).toBe(0);
    expect(new EntryRing().slots).toBe(0);
  });
});
