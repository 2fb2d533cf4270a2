import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from './manual-clock.ts';

describe('ManualClock', () => {
  it('runs timers in the order of their time, each at its own time', () => {
    const clock = new ManualClock();
    const calls: unknown[] = [];
    clock.setTimer(() => calls.push(['b', clock.now()]), 20);
    clock.setTimer(() => calls.push(['a', clock.now()]), 10);
    clock.setTimer(() => calls.push(['c', clock.now()]), 20);
    clock.advance(9);
    expect(calls).toEqual([]);
    clock.advance(91);
    expect(calls).toEqual([
      ['a', 10],
      ['b', 20],
      ['c', 20],
    ]);
    expect(clock.now()).toBe(100);
    expect(clock.pendingTimers).toBe(0);
  });

  it('runs what callbacks schedule within the same move', () => {
    const clock = new ManualClock();
    const at: number[] = [];
    const again = (): void => {
      at.push(clock.now());
      clock.setTimer(again, 10);
    };
    clock.setTimer(again, 10);
    clock.advance(35);
    expect(at).toEqual([10, 20, 30]);
    expect(clock.pendingTimers).toBe(1);
  });

  it('does not run what is cancelled, not even by a callback of the same time', () => {
    const clock = new ManualClock();
    const callback = vi.fn();
    clock.setTimer(() => second.cancel(), 10);
    const second = clock.setTimer(callback, 10);
    clock.advance(10);
    expect(callback).not.toHaveBeenCalled();
  });

  it('never goes back, also when a callback moves the time itself', () => {
    const clock = new ManualClock();
    clock.setTimer(() => clock.freeze(1_000), 5);
    clock.advance(10);
    expect(clock.now()).toBe(1_005);
    expect(() => clock.advance(-1)).toThrow('forward only');
    expect(() => clock.advance(Number.NaN)).toThrow('forward only');
  });

  it('names a timer that sets itself again without delay instead of hanging', () => {
    const clock = new ManualClock();
    const again = (): void => void clock.setTimer(again, 0);
    again();
    expect(() => clock.advance(1)).toThrow('without delay');
  });

  it('freezes as a process does: overdue timers run late, after the time has passed', () => {
    const clock = new ManualClock();
    const at: number[] = [];
    clock.setTimer(() => at.push(clock.now()), 20);
    clock.setTimer(() => at.push(clock.now()), 10);
    clock.freeze(500);
    expect(at).toEqual([500, 500]);
  });

  it('moves the wall time with the time, and jumps it alone', () => {
    const clock = new ManualClock(1_000);
    clock.advance(5);
    expect(clock.wall()).toBe(1_005);
    clock.jumpWall(-500);
    expect(clock.wall()).toBe(505);
    expect(clock.now()).toBe(5);
    expect(new ManualClock().wall()).toBe(Date.UTC(2026, 0, 1));
  });

  it('lets promises go on after each step', async () => {
    const clock = new ManualClock();
    const at: number[] = [];
    const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimer(resolve, ms));
    const work = (async () => {
      for (let step = 0; step < 3; step++) {
        await wait(10);
        at.push(clock.now());
      }
    })();
    await clock.advanceAsync(30, 10);
    await work;
    expect(at).toEqual([10, 20, 30]);
  });

  it('lets promises go on when no time passes', async () => {
    const clock = new ManualClock();
    const then = vi.fn();
    void Promise.resolve().then(then);
    await clock.advanceAsync(0);
    expect(then).toHaveBeenCalledTimes(1);
    expect(clock.now()).toBe(0);
  });

  it('is at the same time after any split of the way, with the same calls', () => {
    const way = fc.array(fc.nat(50), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(fc.nat(500), { maxLength: 20 }), way, (delays, steps) => {
        const run = (moves: readonly number[]): unknown => {
          const clock = new ManualClock();
          const calls: unknown[] = [];
          for (const [index, delay] of delays.entries()) clock.setTimer(() => calls.push([index, clock.now()]), delay);
          for (const move of moves) clock.advance(move);
          return { calls, now: clock.now() };
        };
        expect(run(steps)).toEqual(run([steps.reduce((sum, step) => sum + step, 0)]));
      }),
    );
  });
});
