import type { LogEntry } from '@ws-stability/store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addSkip,
  fateOf,
  isCaughtUp,
  judgeEntry,
  type PendingSkip,
  type Place,
  startOffset,
} from './cursor.machine.ts';

const place: Place = { epoch: 3, offset: 10 };

function entry(fields: Partial<LogEntry>): LogEntry {
  return {
    offset: 1,
    binary: false,
    frame: new Uint8Array(2),
    payloadStart: 2,
    expiresAt: Number.POSITIVE_INFINITY,
    origin: undefined,
    ...fields,
  };
}

describe('an entry against a cursor', () => {
  // Every row of the file's header, with its edges.
  it.each([
    ['the next one', 3, 11, 'next'],
    ['the one it stands at', 3, 10, 'known'],
    ['an earlier one', 3, 1, 'known'],
    ['one after a hole', 3, 12, 'behind'],
    ['one of an earlier epoch, however far', 2, 99, 'known'],
    ['the first of a later epoch', 4, 1, 'behind'],
    ['one of a later epoch that would be next', 4, 11, 'behind'],
  ] as const)('%s', (_, epoch, offset, verdict) => {
    expect(judgeEntry(place, epoch, offset)).toBe(verdict);
  });

  it.each([
    ['at it', { epoch: 3, offset: 10 }, true],
    ['beyond it', { epoch: 3, offset: 9 }, true],
    ['one short', { epoch: 3, offset: 11 }, false],
    ['in a later epoch', { epoch: 2, offset: 99 }, true],
    ['in an earlier epoch', { epoch: 4, offset: 0 }, false],
  ])('is caught up with a head when %s', (_, head, caughtUp) => {
    expect(isCaughtUp(place, head)).toBe(caughtUp);
  });

  it('follows only at the head or short of it, and is known exactly when the cursor is caught up with it', () => {
    const small = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(small, small, small, small, (epoch, offset, atEpoch, atOffset) => {
        const at = { epoch: atEpoch, offset: atOffset };
        expect(judgeEntry(at, epoch, offset) === 'known').toBe(isCaughtUp(at, { epoch, offset }));
      }),
    );
  });
});

describe('the fate of an entry', () => {
  it.each([
    ['delivered', entry({ expiresAt: 101 }), 'deliver'],
    ['out of time at its very moment', entry({ expiresAt: 100 }), 'ttl'],
    ['delivered to others than its origin', entry({ origin: 'other' }), 'deliver'],
    ['not for its origin', entry({ origin: 'me' }), 'filtered'],
    ['not for its origin, in time or not', entry({ origin: 'me', expiresAt: 0 }), 'filtered'],
  ] as const)('%s', (_, given, fate) => {
    expect(fateOf(given, 100, 'me')).toBe(fate);
  });
});

describe('skips that wait', () => {
  const pending: PendingSkip = { from: 4, to: 6, why: 'ttl' };

  it.each([
    ['none waits', undefined, 4, 'ttl', undefined, { from: 4, to: 4, why: 'ttl' }],
    ['the next for the same reason', pending, 7, 'ttl', undefined, { from: 4, to: 7, why: 'ttl' }],
    ['the next for another reason', pending, 7, 'filtered', pending, { from: 7, to: 7, why: 'filtered' }],
    ['one further on', pending, 9, 'ttl', pending, { from: 9, to: 9, why: 'ttl' }],
  ] as const)('%s', (_, before, offset, why, told, after) => {
    expect(addSkip(before, offset, why)).toEqual({ told, pending: after });
  });

  it('name exactly the offsets that were added, in order, with their reasons', () => {
    const added = fc.array(
      fc.record({ step: fc.integer({ min: 1, max: 2 }), why: fc.constantFrom('ttl' as const, 'filtered' as const) }),
    );
    fc.assert(
      fc.property(added, (steps) => {
        const expected: string[] = [];
        const told: PendingSkip[] = [];
        let waiting: PendingSkip | undefined;
        let offset = 0;
        for (const { step, why } of steps) {
          offset += step;
          expected.push(`${offset} ${why}`);
          const next = addSkip(waiting, offset, why);
          if (next.told !== undefined) told.push(next.told);
          waiting = next.pending;
        }
        if (waiting !== undefined) told.push(waiting);
        const named = told.flatMap(({ from, to, why }) =>
          Array.from({ length: to - from + 1 }, (_, i) => `${from + i} ${why}`),
        );
        expect(named).toEqual(expected);
      }),
    );
  });
});

describe('where a subscription starts', () => {
  it.each([
    ['now', 'now', { epoch: 1, first: 4, last: 9 }, 9],
    ['at the start', 'start', { epoch: 1, first: 4, last: 9 }, 3],
    ['at the start of an empty log', 'start', { epoch: 1, first: 1, last: 0 }, 0],
    ['at the start of a log whose entries have left', 'start', { epoch: 1, first: 10, last: 9 }, 9],
    ['with the last two', { last: 2 }, { epoch: 1, first: 4, last: 9 }, 7],
    ['with the last none', { last: 0 }, { epoch: 1, first: 4, last: 9 }, 9],
    ['with more than there are', { last: 100 }, { epoch: 1, first: 4, last: 9 }, 3],
  ] as const)('%s', (_, from, head, offset) => {
    expect(startOffset(from, head)).toBe(offset);
  });
});
