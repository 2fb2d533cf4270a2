import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ExpiryHeap } from './expiry-heap.ts';

describe('ExpiryHeap', () => {
  test('gives its items by their time, whatever order they came in', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.integer({ min: 0, max: 50 }), (times, kept) => {
        const heap = new ExpiryHeap<{ expiresAt: number }>();
        for (const expiresAt of times) heap.push({ expiresAt });
        heap.retain((item) => item.expiresAt >= kept);
        const expected = times.filter((time) => time >= kept).sort((one, other) => one - other);
        expect(heap.size).toBe(expected.length);
        const given: number[] = [];
        for (let item = heap.pop(); item !== undefined; item = heap.pop()) {
          given.push(item.expiresAt);
          expect(heap.peek()?.expiresAt).toBe(expected[given.length]);
        }
        expect(given).toEqual(expected);
      }),
    );
  });

  test('pushes and pops may alternate', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 20 }))), (steps) => {
        const heap = new ExpiryHeap<{ expiresAt: number }>();
        const list: number[] = [];
        for (const step of steps) {
          if (step !== null) {
            heap.push({ expiresAt: step });
            list.push(step);
            list.sort((one, other) => one - other);
          } else expect(heap.pop()?.expiresAt).toBe(list.shift());
        }
      }),
    );
  });
});
