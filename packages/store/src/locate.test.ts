import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { locate } from './locate.ts';

const head = { epoch: 5, first: 11, last: 20 };

describe('locate', () => {
  test.each([10, 11, 15, 20])('a position from before the oldest to the newest is good: %i', (offset) => {
    expect(locate([5, offset], head, 'retention')).toEqual({ at: [5, offset] });
  });

  test('an older offset is a gap up to the oldest, for the reason given', () => {
    expect(locate([5, 9], head, 'budget')).toEqual({ gap: { was: [5, 9], now: [5, 10], why: 'budget' } });
    expect(locate([5, 0], head, 'retention')).toEqual({ gap: { was: [5, 0], now: [5, 10], why: 'retention' } });
  });

  test('an older epoch is a gap up to the oldest of this one, whatever the offset', () => {
    expect(locate([4, 15], head, 'budget')).toEqual({ gap: { was: [4, 15], now: [5, 10], why: 'epoch' } });
    expect(locate([4, 99], head, 'budget')).toEqual({ gap: { was: [4, 99], now: [5, 10], why: 'epoch' } });
  });

  test('beyond the head and a newer epoch are answered by the head', () => {
    expect(locate([5, 21], head, 'budget')).toEqual({ gap: { was: [5, 21], now: [5, 20], why: 'ahead' } });
    expect(locate([6, 0], head, 'budget')).toEqual({ gap: { was: [6, 0], now: [5, 20], why: 'ahead' } });
  });

  test('where a gap leads to is always a good position, and a good one stays where it is', () => {
    const small = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(small, small, small, small, small, (epoch, base, size, wasEpoch, wasOffset) => {
        const any = { epoch, first: base + 1, last: base + size };
        const located = locate([wasEpoch, wasOffset], any, 'retention');
        const at = 'at' in located ? located.at : located.gap.now;
        expect(locate(at, any, 'retention')).toEqual({ at });
        if ('at' in located) expect(located.at).toEqual([wasEpoch, wasOffset]);
      }),
    );
  });
});
