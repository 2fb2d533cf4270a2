import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dueAt, type LaneState, NO_FAULTS, nextLaneStep } from './lane.machine.ts';

const idle: LaneState = {
  mode: 'flow',
  faults: NO_FAULTS,
  waitingBytes: 0,
  waitingDueAt: 0,
  endDueAt: undefined,
  forwardedBytes: 0,
  cutAfterBytes: undefined,
  sinkFull: false,
  credit: { bytes: Number.POSITIVE_INFINITY, at: 0 },
};

describe('what a lane does next', () => {
  test('nothing while nothing waits, all that waits at once without faults', () => {
    expect(nextLaneStep(idle, 0)).toEqual({ do: 'nothing' });
    expect(nextLaneStep({ ...idle, waitingBytes: 9 }, 0)).toMatchObject({ do: 'forward', bytes: 9 });
  });

  test('never a byte beyond the cut, then the cut, whatever the mode', () => {
    expect(nextLaneStep({ ...idle, waitingBytes: 9, forwardedBytes: 4, cutAfterBytes: 7 }, 0)).toMatchObject({
      bytes: 3,
    });
    for (const mode of ['flow', 'stalled', 'blackHole'] as const) {
      expect(nextLaneStep({ ...idle, mode, waitingBytes: 9, forwardedBytes: 7, cutAfterBytes: 7 }, 0)).toEqual({
        do: 'cut',
      });
    }
    expect(nextLaneStep({ ...idle, cutAfterBytes: 0 }, 0)).toEqual({ do: 'cut' });
  });

  test('a stalled lane keeps what waits, a black hole forgets it and the end too', () => {
    expect(nextLaneStep({ ...idle, mode: 'stalled', waitingBytes: 9, endDueAt: 0 }, 5)).toEqual({ do: 'nothing' });
    expect(nextLaneStep({ ...idle, mode: 'blackHole', waitingBytes: 9 }, 0)).toEqual({ do: 'swallow', bytes: 9 });
    expect(nextLaneStep({ ...idle, mode: 'blackHole', endDueAt: 0 }, 5)).toEqual({ do: 'nothing' });
  });

  test('the end follows the last byte, after its own delay', () => {
    expect(nextLaneStep({ ...idle, waitingBytes: 1, endDueAt: 0 }, 5)).toMatchObject({ do: 'forward' });
    expect(nextLaneStep({ ...idle, endDueAt: 8 }, 5)).toEqual({ do: 'wait', ms: 3 });
    expect(nextLaneStep({ ...idle, endDueAt: 8 }, 8)).toEqual({ do: 'end' });
  });

  test('a full sink holds back everything but the cut', () => {
    expect(nextLaneStep({ ...idle, waitingBytes: 9, sinkFull: true }, 0)).toEqual({ do: 'nothing' });
  });

  test('delayed bytes wait for their time', () => {
    expect(nextLaneStep({ ...idle, waitingBytes: 9, waitingDueAt: 40 }, 15)).toEqual({ do: 'wait', ms: 25 });
  });

  test('a throttle lets through no more than its rate over any stretch of time', () => {
    const rates = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(rates, fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 50 }), (bytesPerSecond, pauses) => {
        let state: LaneState = { ...idle, faults: { ...NO_FAULTS, bytesPerSecond }, waitingBytes: 1e9 };
        let now = 0;
        let sent = 0;
        for (const pause of pauses) {
          now += pause;
          for (let step = nextLaneStep(state, now); step.do === 'forward'; step = nextLaneStep(state, now)) {
            sent += step.bytes;
            state = { ...state, credit: step.credit };
          }
        }
        expect(sent).toBeLessThanOrEqual(Math.max(1, bytesPerSecond / 20) + (now / 1000) * bytesPerSecond + 1e-6);
      }),
    );
  });

  test('a throttle without credit says when to ask again', () => {
    const faults = { ...NO_FAULTS, bytesPerSecond: 20 };
    expect(nextLaneStep({ ...idle, faults, waitingBytes: 5, credit: { bytes: 0, at: 0 } }, 0)).toEqual({
      do: 'wait',
      ms: 50,
    });
  });

  test('a delay never lets later bytes overtake earlier ones', () => {
    const faults = { ...NO_FAULTS, delayMs: 10, jitterMs: 100 };
    expect(dueAt(faults, 0, 0, 0.5)).toBe(60);
    expect(dueAt(faults, 1, 60, 0)).toBe(60);
    expect(dueAt(faults, 1, 60, 0.9)).toBe(101);
  });
});
