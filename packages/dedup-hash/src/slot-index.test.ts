import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryColumns, NONE } from './entry-columns.ts';
import { SlotIndex } from './slot-index.ts';

describe('SlotIndex', () => {
  it('finds what a map finds, with any hashes, through growth and removal', () => {
    // Hashes around the end of the table, where runs of buckets wrap, and negative ones.
    const hash = fc.oneof(fc.constantFrom(0, 1, 126, 127, 128, 255, -1, -2, -128), fc.integer());
    const step = fc.record({ id: fc.nat(300), remove: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(hash, { minLength: 301, maxLength: 301 }),
        fc.array(step, { maxLength: 600 }),
        (hashes, steps) => {
          const columns = new EntryColumns<never>(1000);
          const index = new SlotIndex();
          const slots = new Map<number, number>();
          const hashOf = (id: number) => hashes[id] ?? 0;
          for (const { id, remove } of steps) {
            const known = slots.get(id);
            expect(index.find(hashOf(id), 's', `${id}`, columns)).toBe(known ?? NONE);
            if (remove && known !== undefined) {
              index.remove(hashOf(id), known);
              columns.give(known);
              slots.delete(id);
            }
            if (!remove && known === undefined) {
              const slot = columns.take();
              columns.scopes[slot] = 's';
              columns.ids[slot] = `${id}`;
              index.add(hashOf(id), slot);
              slots.set(id, slot);
            }
          }
          for (let id = 0; id <= 300; id++) {
            expect(index.find(hashOf(id), 's', `${id}`, columns)).toBe(slots.get(id) ?? NONE);
            expect(index.find(hashOf(id), 't', `${id}`, columns)).toBe(NONE);
          }
        },
      ),
    );
  });

  it('grows with what is in it, and not with what was', () => {
    const index = new SlotIndex();
    for (let slot = 0; slot < 10_000; slot++) {
      index.add(slot * 7919, slot);
      if (slot >= 50) index.remove((slot - 50) * 7919, slot - 50);
    }
    expect(index.capacity).toBeLessThan(100);
    for (let slot = 10_000; slot < 10_200; slot++) index.add(slot * 7919, slot);
    expect(index.capacity).toBeGreaterThan(250);
  });
});
