import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryColumns, NONE } from './entry-columns.ts';
import { ExpiryOrder } from './expiry-order.ts';

describe('ExpiryOrder', () => {
  it('gives what expires first, whatever was added and removed in whatever order', () => {
    // A number adds something that expires then; one in a list removes the nth of what is there.
    const step = fc.oneof({ weight: 3, arbitrary: fc.nat(500) }, { weight: 1, arbitrary: fc.tuple(fc.nat(100)) });
    // With something that expires last at the start the others are all out of order.
    const start = fc.constantFrom<number[]>([], [1000]);
    fc.assert(
      fc.property(start, fc.array(step, { maxLength: 200, size: 'max' }), (first, others) => {
        const steps = [...first, ...others];
        const columns = new EntryColumns<never>(1000);
        const order = new ExpiryOrder(columns);
        const there: number[] = [];
        const expiryOf = (slot: number) => columns.expiresAt[slot] ?? NONE;
        const remove = (slot: number) => {
          order.remove(slot);
          columns.give(slot);
          there.splice(there.indexOf(slot), 1);
        };
        const check = () => {
          const soonest = Math.min(...there.map(expiryOf));
          expect(expiryOf(order.first())).toBe(there.length === 0 ? NONE : soonest);
        };
        for (const what of steps) {
          if (typeof what === 'number') {
            const slot = columns.take();
            columns.expiresAt[slot] = what;
            order.add(slot);
            there.push(slot);
          } else {
            const slot = there[what[0] % Math.max(1, there.length)];
            if (slot !== undefined) remove(slot);
          }
          check();
        }
        while (there.length > 0) {
          remove(order.first());
          check();
        }
      }),
    );
  });
});
