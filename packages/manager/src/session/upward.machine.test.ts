import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confirm, receive, settle, startUpward, type UpwardVerdict, weigh } from './upward.machine.ts';

describe('the numbers of a client’s messages', () => {
  it('begin at 1 for a fresh session', () => {
    expect(receive(startUpward(0, []), 1)).toBe('run');
    expect(receive(startUpward(0, []), 2)).toBe('hole');
  });

  // received 5, handled 3, the results of 2 and 3 unconfirmed: every row of the file's header.
  it.each([
    [1, 'confirmed', 5],
    [2, 'answer', 5],
    [3, 'answer', 5],
    [4, 'join', 5],
    [5, 'join', 5],
    [6, 'run', 6],
    [7, 'hole', 5],
    [100, 'hole', 5],
  ] as const)('number %i: %s', (n, verdict, received) => {
    const state = startUpward(0, []);
    for (let number = 1; number <= 5; number++) receive(state, number);
    for (let number = 1; number <= 3; number++) settle(state, { n: number, ok: true });
    confirm(state, 1);
    expect(receive(state, n)).toBe(verdict);
    expect(state.received).toBe(received);
  });

  it('go on after a restored record: what was in the works is run again', () => {
    const state = startUpward(4, [{ n: 4, ok: true, value: 'kept' }]);
    expect([3, 4, 6].map((n) => receive(state, n))).toEqual(['confirmed', 'answer', 'hole']);
    expect(receive(state, 5)).toBe('run');
    expect(state.results.get(4)).toEqual({ n: 4, ok: true, value: 'kept' });
  });

  it('are confirmed cumulatively, and not beyond what was handled', () => {
    const state = startUpward(
      3,
      [1, 2, 3].map((n) => ({ n, ok: true })),
    );
    confirm(state, 4);
    expect([...state.results.keys()]).toEqual([1, 2, 3]);
    confirm(state, 2);
    expect([...state.results.keys()]).toEqual([3]);
    confirm(state, 1);
    confirm(state, 3);
    expect([...state.results.keys()]).toEqual([]);
  });

  it('weigh the heavy results that are kept, those of a restored record as well', () => {
    const state = startUpward(2, [
      { n: 1, ok: true, value: 'x'.repeat(1_000) },
      { n: 2, ok: true },
    ]);
    expect(state.weight).toBeGreaterThan(1_000);
    receive(state, 3);
    weigh(state, 3, 500);
    settle(state, { n: 3, ok: true, value: 'y'.repeat(498) });
    confirm(state, 2);
    expect(state.weight).toBe(500);
    confirm(state, 3);
    expect([state.weight, state.weights.size]).toEqual([0, 0]);
  });

  it('run each message once, whatever is resent, and answer every resend until it is confirmed', () => {
    const step = fc.oneof(
      fc.record({ does: fc.constant('receive' as const), n: fc.integer({ min: 1, max: 12 }) }),
      fc.record({ does: fc.constant('settle' as const), n: fc.constant(0) }),
      fc.record({ does: fc.constant('confirm' as const), n: fc.integer({ min: 1, max: 12 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const state = startUpward(0, []);
        const ran: number[] = [];
        let settled = 0;
        let confirmed = 0;
        for (const { does, n } of steps) {
          if (does === 'settle' && settled < ran.length) settle(state, { n: ++settled, ok: true });
          if (does === 'confirm') {
            confirm(state, n);
            if (n <= settled) confirmed = Math.max(confirmed, n);
          }
          if (does !== 'receive') continue;
          const expected: UpwardVerdict =
            n > ran.length + 1
              ? 'hole'
              : n === ran.length + 1
                ? 'run'
                : n > settled
                  ? 'join'
                  : n > confirmed
                    ? 'answer'
                    : 'confirmed';
          expect(receive(state, n)).toBe(expected);
          if (expected === 'run') ran.push(n);
        }
        expect(ran).toEqual(Array.from(ran, (_, index) => index + 1));
        expect([...state.results.keys()]).toEqual(
          Array.from({ length: settled - confirmed }, (_, i) => confirmed + 1 + i),
        );
      }),
    );
  });
});
