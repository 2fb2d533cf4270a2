import { describe, expect, it } from 'vitest';
import { Cursor } from './cursor.ts';
import { Ledger } from './ledger.ts';

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

describe('a ledger', () => {
  /** Passed and accounted for must be the same number. */
  function sides(ledger: Ledger, ...cursors: Cursor[]): readonly [number, number] {
    const moved = cursors.reduce((total, { offset, began }) => total + offset - began, 0);
    const { delivered, skipped, lost, claimed, rewound } = ledger;
    return [ledger.passed(moved), delivered + sum(skipped) + sum(lost) + claimed - rewound];
  }

  it('counts what a gap jumps over as lost', () => {
    const ledger = new Ledger();
    const cursor = new Cursor('s', 't', [1, 10]);
    ledger.gap(cursor, [1, 25], 'retention');
    cursor.moveTo([1, 25]);
    expect(ledger.lost.retention).toBe(15);
    expect(ledger.gaps.retention).toBe(1);
    expect(sides(ledger, cursor)).toEqual([15, 15]);
  });

  it('begins anew in another epoch, of which all that went before the gap is lost', () => {
    const ledger = new Ledger();
    const cursor = new Cursor('s', 't', [1, 10]);
    cursor.offset++;
    ledger.delivered++;
    ledger.gap(cursor, [2, 5], 'epoch');
    cursor.moveTo([2, 5]);
    expect(ledger.lost.epoch).toBe(5);
    expect(sides(ledger, cursor)).toEqual([6, 6]);
  });

  it('loses nothing over a position that was never given', () => {
    const ledger = new Ledger();
    const cursor = new Cursor('s', 't', [1, 30]);
    ledger.gap(cursor, [1, 20], 'ahead');
    cursor.moveTo([1, 20]);
    expect([ledger.gaps.ahead, ledger.lost.ahead, ledger.rewound]).toEqual([1, 0, 10]);
    expect(sides(ledger, cursor)).toEqual([-10, -10]);
  });

  it('counts what a client did not get, or got from elsewhere, when it resumes', () => {
    const ledger = new Ledger();
    const cursor = new Cursor('s', 't', [1, 10]);
    for (const to of [7, 12]) {
      ledger.resume(cursor, [1, to]);
      cursor.resumeAt([1, to]);
    }
    expect([ledger.rewound, ledger.claimed]).toEqual([3, 5]);
    ledger.resume(cursor, [3, 100]);
    cursor.resumeAt([3, 100]);
    expect(sides(ledger, cursor)).toEqual([2, 2]);
  });

  it('remembers what cursors passed that are gone', () => {
    const ledger = new Ledger();
    const cursor = new Cursor('s', 't', [1, 0]);
    cursor.offset += 2;
    ledger.delivered += 2;
    ledger.end(cursor);
    expect(sides(ledger)).toEqual([2, 2]);
    expect(sides(ledger, cursor)).toEqual([2, 2]);
  });
});
