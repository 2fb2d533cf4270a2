import { describe, expect, it } from 'vitest';
import { ClientRows, type SlotLimits } from './client-rows.ts';

/** Adds, and says what became of it. */
function add(rows: ClientRows, slot: number, column: number, amount: number): 'added' | 'stale' | 'refused' {
  const { staleCalls, refused } = rows;
  rows.add(slot, column, amount);
  if (rows.staleCalls > staleCalls) return 'stale';
  return rows.refused > refused ? 'refused' : 'added';
}

/** Gives a row out and back. */
function turns(rows: ClientRows, times: number): readonly number[] {
  return Array.from({ length: times }, () => {
    const row = rows.take('x');
    const slot = rows.slotOf(row);
    rows.release(row);
    return slot;
  });
}

describe('ClientRows', () => {
  it('gives a row another slot each time, which tells former holders from the present one', () => {
    const rows = new ClientRows(1, 100);
    const slots = turns(rows, 50);
    expect(new Set(slots).size).toBe(50);
    const row = rows.take('y');
    const slot = rows.slotOf(row);
    for (const former of slots) expect([rows.rowOf(former), add(rows, former, 0, 1)]).toEqual([-1, 'stale']);
    expect([rows.rowOf(slot), add(rows, slot, 0, 1), rows.count(row, 0)]).toEqual([row, 'added', 1]);
  });

  // 128 rows a generation: slots 1, 129, 257 are small, then two large ones.
  const limits: SlotLimits = { small: 300, largest: 550 };

  it('goes on with large slots when the small ones of a row are used up', () => {
    const rows = new ClientRows(2, 100, limits);
    const slots = turns(rows, 4);
    expect(slots).toEqual([1, 129, 257, 385]);
    const row = rows.take('y');
    expect(rows.slotOf(row)).toBe(513);
    for (const former of slots) expect(add(rows, former, 1, 1)).toBe('stale');
    expect([add(rows, 513, 1, 5), add(rows, 513, 1, 5), add(rows, 513, 9, 5)]).toEqual(['added', 'added', 'refused']);
    expect([rows.count(row, 0), rows.count(row, 1), rows.rowOf(513)]).toEqual([0, 10, row]);
    rows.release(row);
    expect([add(rows, 513, 1, 1), rows.rowOf(513)]).toEqual(['stale', -1]);
  });

  it('does not use a row again whose slots are used up', () => {
    const rows = new ClientRows(1, 1, { small: 3, largest: 5 });
    expect(turns(rows, 3)).toEqual([1, 3, 5]);
    expect([rows.take('x'), rows.live, rows.rowOf(5), rows.rowOf(7)]).toEqual([0, 0, -1, -1]);
  });

  it('counts exactly beyond 32 bits, and forgets that with the row', () => {
    const rows = new ClientRows(2, 10);
    const row = rows.take('x');
    const slot = rows.slotOf(row);
    add(rows, slot, 0, 2 ** 31 - 1);
    add(rows, slot, 0, 1);
    expect(rows.count(row, 0)).toBe(2 ** 31);
    add(rows, slot, 0, 2 ** 31 - 1);
    add(rows, slot, 0, 5e12 + 1);
    expect([rows.count(row, 0), rows.count(row, 1)]).toEqual([2 ** 32 - 1 + 5e12 + 1, 0]);
    rows.release(row);
    const again = rows.take('y');
    expect([again, rows.count(again, 0)]).toEqual([row, 0]);
  });

  it('refuses what is no count and what is no column, and never reaches the next row', () => {
    const rows = new ClientRows(2, 10);
    const [one, other] = [rows.take('x'), rows.take('y')];
    const slot = rows.slotOf(one);
    for (const amount of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(add(rows, slot, 0, amount)).toBe('refused');
    }
    for (const column of [2, 3, -1, 0.5, Number.NaN, 2 ** 32, 1e9]) expect(add(rows, slot, column, 1)).toBe('refused');
    expect([add(rows, slot, 0, 0), rows.count(one, 0), rows.count(other, 0), rows.rowOf(rows.slotOf(other))]).toEqual([
      'added',
      0,
      0,
      other,
    ]);
  });

  it('knows what never was a slot', () => {
    const rows = new ClientRows(1, 100);
    rows.release(rows.take('x'));
    for (const slot of [1, 129, 2, 50, -1, -129, ~129, 0.5, 128, 2 ** 40, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect([slot, rows.rowOf(slot)]).toEqual([slot, -1]);
      expect([slot, add(rows, slot, 0, 1)]).toEqual([slot, 'stale']);
    }
    expect([rows.rowOf(0), add(rows, 0, 0, 1)]).toEqual([0, 'added']);
  });

  it('takes memory by the chunk and uses rows again first', () => {
    const rows = new ClientRows(5, 100_000);
    const { bytes } = rows;
    for (let client = 0; client < 1023; client++) rows.take('x');
    expect(rows.bytes).toBe(bytes);
    rows.release(7);
    expect(rows.take('x')).toBe(7);
    expect(rows.take('x')).toBe(1024);
    expect([rows.bytes, rows.live, rows.end]).toEqual([2 * bytes, 1024, 1025]);
  });
});
