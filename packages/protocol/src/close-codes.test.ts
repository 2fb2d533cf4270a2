import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLOSE, closeAction, gapReason, parseGapReason } from './close-codes.ts';
import { MAX_OFFSET } from './position.ts';

describe('after a close', () => {
  test.each([1002, 1003, 1007, 1008, 1009, 1010, 4000, 4001, 4003, 4004, 4005, 4006, 4099])('%d stops', (code) => {
    expect(closeAction(code, 'after=5')).toStrictEqual({ do: 'stop' });
  });

  test.each([1000, 1001, 1005, 1006, 1011, 1014, 1015, 4100, 4101, 4102, 4108, 4199])(
    '%d backs off and resumes',
    (code) => {
      expect(closeAction(code, 'after=5')).toStrictEqual({ do: 'resume', pace: 'backoff' });
    },
  );

  test.each([4200, 4201, 4299])('%d resumes now', (code) => {
    expect(closeAction(code, 'gap 1:2-3')).toStrictEqual({ do: 'resume', pace: 'now' });
  });

  test.each([3000, 3999, 4300, 4999])('%d is left to the application', (code) => {
    expect(closeAction(code, '')).toStrictEqual({ do: 'application' });
  });

  test('a restart waits for its slot, an overload for its hint', () => {
    expect(closeAction(CLOSE.restart, '')).toStrictEqual({ do: 'resume', pace: 'slot' });
    expect(closeAction(CLOSE.restart, 'after=1500')).toStrictEqual({ do: 'resume', pace: 'slot', afterMs: 1500 });
    expect(closeAction(CLOSE.overloaded, 'busy, after=0')).toStrictEqual({ do: 'resume', pace: 'backoff', afterMs: 0 });
  });

  test.each(['after=', 'after=-1', 'after=1e9x', 'thereafter=5', 'after=99999999999', 'after=1.5s'])(
    'a hint that is none is ignored: %j',
    (reason) => {
      expect(closeAction(CLOSE.overloaded, reason)).toStrictEqual({ do: 'resume', pace: 'backoff' });
    },
  );
});

describe('the reason of a gap', () => {
  test('comes back as it was', () => {
    const number = fc.integer({ min: 0, max: MAX_OFFSET });
    fc.assert(
      fc.property(number, number, number, (epoch, first, last) => {
        const reason = gapReason(epoch, first, last);
        expect(parseGapReason(reason)).toStrictEqual({ epoch, first, last });
        expect(reason.length).toBeLessThanOrEqual(123);
      }),
    );
  });

  test.each(['', 'gap', 'gap 1:2', 'gap 1:2-', 'a gap 1:2-3', 'gap 1:2-3 4', 'gap -1:2-3'])(
    'is not read from %j',
    (text) => {
      expect(parseGapReason(text)).toBeUndefined();
    },
  );
});
