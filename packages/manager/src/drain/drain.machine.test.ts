import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closingTimeMs, type DrainPhase, slotMs, stepDrain } from './drain.machine.ts';

const DEADLINE_MS = 10_000;
const busy = { settled: false, connections: 3, elapsedMs: 100 };

describe('the phases of a shutdown', () => {
  // Every cell of the table in the file's header.
  it.each([
    ['waiting, clients are owed something', 'waiting', busy, 'waiting', 'none'],
    ['waiting, settled', 'waiting', { ...busy, settled: true }, 'closing', 'close'],
    ['waiting, just before the time to close', 'waiting', { ...busy, elapsedMs: 8_999 }, 'waiting', 'none'],
    ['waiting, time to close', 'waiting', { ...busy, elapsedMs: 9_000 }, 'closing', 'close'],
    ['waiting, all gone', 'waiting', { ...busy, connections: 0 }, 'closing', 'close'],
    ['waiting, deadline', 'waiting', { ...busy, elapsedMs: 10_000 }, 'over', 'terminate'],
    ['closing, settled', 'closing', { ...busy, settled: true }, 'closing', 'none'],
    ['closing, time to close', 'closing', { ...busy, elapsedMs: 9_500 }, 'closing', 'none'],
    ['closing, all gone', 'closing', { ...busy, connections: 0 }, 'over', 'finish'],
    ['closing, deadline', 'closing', { ...busy, elapsedMs: 10_000 }, 'over', 'terminate'],
    ['over stays over', 'over', { ...busy, settled: true, connections: 0, elapsedMs: 99_999 }, 'over', 'none'],
  ] as const)('%s', (_, phase, sight, next, effect) => {
    expect(stepDrain(phase, sight, DEADLINE_MS)).toEqual([next, effect]);
  });

  it('keeps a fifth of the deadline for close frames, a second at most', () => {
    expect([0, 100, 5_000, 60_000].map(closingTimeMs)).toEqual([0, 20, 1_000, 1_000]);
  });

  it('ends at the deadline at the latest, says close at most once and ends once, whatever it sees', () => {
    const look = fc.record({ settled: fc.boolean(), connections: fc.nat(2), stepMs: fc.integer({ min: 1, max: 500 }) });
    fc.assert(
      fc.property(fc.array(look, { minLength: 1, maxLength: 50 }), fc.nat(5_000), (looks, deadlineMs) => {
        let phase: DrainPhase = 'waiting';
        let elapsedMs = 0;
        const effects: string[] = [];
        for (const { settled, connections, stepMs } of looks) {
          const [next, effect] = stepDrain(phase, { settled, connections, elapsedMs }, deadlineMs);
          if (elapsedMs >= deadlineMs) expect(next).toBe('over');
          if (effect !== 'none') effects.push(effect);
          phase = next;
          elapsedMs += stepMs;
        }
        expect([[], ['close'], ['close', 'finish'], ['close', 'terminate'], ['terminate']]).toContainEqual(effects);
      }),
    );
  });
});

describe('the slot of a client', () => {
  it.each([
    [1, 500, 0, 250],
    [1_000, 500, 0.5, 1_250],
    [10_000, 500, 1, 20_250],
  ])('of %i clients at %i a second, random %f: %i ms', (clients, rate, random, ms) => {
    expect(slotMs(clients, rate, random)).toBe(ms);
  });

  it('is a whole number of milliseconds within the time that all need', () => {
    fc.assert(
      fc.property(
        fc.nat(100_000),
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (n, rate, random) => {
          const ms = slotMs(n, rate, random);
          expect(Number.isInteger(ms)).toBe(true);
          expect(ms).toBeGreaterThanOrEqual(250);
          expect(ms).toBeLessThanOrEqual(250 + Math.ceil((n / rate) * 1_000));
        },
      ),
    );
  });
});
