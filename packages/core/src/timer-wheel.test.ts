import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from './testing/manual-clock.ts';
import { TimerWheel, WheelEntry } from './timer-wheel.ts';

function setUp(
  options: { readonly tickMs?: number; readonly slots?: number; readonly onError?: (error: unknown) => void } = {},
) {
  const clock = new ManualClock();
  const wheel = new TimerWheel({ clock, tickMs: 50, slots: 8, ...options });
  const calls: unknown[] = [];
  const entry = (name: string): WheelEntry => new WheelEntry(() => calls.push([name, clock.now()]));
  return { clock, wheel, calls, entry };
}

describe('TimerWheel', () => {
  it('calls at the first tick that is not before the deadline', () => {
    const { clock, wheel, calls, entry } = setUp();
    wheel.schedule(entry('a'), 50);
    wheel.schedule(entry('b'), 51);
    wheel.schedule(entry('c'), 0);
    clock.advance(1_000);
    expect(calls).toEqual([
      ['a', 50],
      ['c', 50],
      ['b', 100],
    ]);
  });

  it('is less than a tick late, also when its first entry came in the middle of a tick', () => {
    const { clock, wheel, calls, entry } = setUp();
    clock.advance(49);
    wheel.schedule(entry('first'), 1_000);
    clock.advance(2);
    wheel.schedule(entry('a'), 1);
    clock.advance(60);
    expect(calls).toEqual([['a', 100]]);
  });

  it('keeps entries that are further away than one round', () => {
    const { clock, wheel, calls, entry } = setUp();
    wheel.schedule(entry('far'), 50 * 8 * 3 + 50);
    wheel.schedule(entry('near'), 50);
    clock.advance(1_249);
    expect(calls).toEqual([['near', 50]]);
    clock.advance(1);
    expect(calls).toEqual([
      ['near', 50],
      ['far', 1_250],
    ]);
  });

  it('holds one timer however many entries wait, and none when none does', () => {
    const { clock, wheel, entry } = setUp();
    expect(clock.pendingTimers).toBe(0);
    const entries = Array.from({ length: 100 }, (_, index) => entry(String(index)));
    for (const [index, each] of entries.entries()) wheel.schedule(each, index * 7);
    expect(clock.pendingTimers).toBe(1);
    expect(wheel.size).toBe(100);
    for (const each of entries) wheel.cancel(each);
    expect(clock.pendingTimers).toBe(0);
    expect(wheel.size).toBe(0);
    wheel.schedule(entry('last'), 10);
    clock.advance(50);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not call what is cancelled; cancelling again is harmless', () => {
    const { clock, wheel, calls, entry } = setUp();
    const [a, b] = [entry('a'), entry('b')];
    wheel.schedule(a, 10);
    wheel.schedule(b, 10);
    expect(a.scheduled).toBe(true);
    wheel.cancel(a);
    wheel.cancel(a);
    expect(a.scheduled).toBe(false);
    expect(wheel.size).toBe(1);
    clock.advance(100);
    expect(calls).toEqual([['b', 50]]);
  });

  it('moves an entry that is scheduled again', () => {
    const { clock, wheel, calls, entry } = setUp();
    const a = entry('a');
    wheel.schedule(a, 10);
    wheel.schedule(a, 200);
    expect(wheel.size).toBe(1);
    clock.advance(1_000);
    expect(calls).toEqual([['a', 200]]);
  });

  it('moves an entry from another wheel', () => {
    const { clock, wheel, calls, entry } = setUp();
    const other = new TimerWheel({ clock, tickMs: 50, slots: 4 });
    const a = entry('a');
    other.schedule(a, 10);
    wheel.schedule(a, 100);
    other.cancel(a);
    expect([other.size, wheel.size]).toEqual([0, 1]);
    clock.advance(1_000);
    expect(calls).toEqual([['a', 100]]);
  });

  it('lets an entry schedule itself again, from its call', () => {
    const { clock, wheel } = setUp();
    const at: number[] = [];
    const entry = new WheelEntry(() => {
      at.push(clock.now());
      wheel.schedule(entry, 0);
    });
    wheel.schedule(entry, 0);
    clock.advance(150);
    expect(at).toEqual([50, 100, 150]);
  });

  it('does not call what an earlier entry of the same tick cancelled or moved', () => {
    const { clock, wheel, calls, entry } = setUp();
    const [cancelled, moved] = [entry('cancelled'), entry('moved')];
    wheel.schedule(
      new WheelEntry(() => {
        wheel.cancel(cancelled);
        wheel.schedule(moved, 100);
      }),
      10,
    );
    wheel.schedule(cancelled, 10);
    wheel.schedule(moved, 10);
    clock.advance(1_000);
    expect(calls).toEqual([['moved', 150]]);
  });

  it('calls everything that fell due during a freeze, in the order of the deadlines', () => {
    const { clock, wheel, calls, entry } = setUp();
    // Slots 1, 2, 1: by slot alone the third would come before the second.
    wheel.schedule(entry('a'), 50);
    wheel.schedule(entry('c'), 450);
    wheel.schedule(entry('b'), 100);
    clock.freeze(10_000);
    expect(calls.map((call) => (call as [string])[0])).toEqual(['a', 'b', 'c']);
  });

  it('is on time for what is scheduled after a long idle time', () => {
    const { clock, wheel, calls, entry } = setUp();
    clock.advance(123_456);
    wheel.schedule(entry('a'), 10);
    clock.advance(1_000);
    expect(calls).toEqual([['a', 123_500]]);
  });

  it('does not mind the wall time', () => {
    const { clock, wheel, calls, entry } = setUp();
    wheel.schedule(entry('a'), 100);
    clock.jumpWall(-1e9);
    clock.advance(100);
    expect(calls).toEqual([['a', 100]]);
  });

  it('hands over what an entry throws and goes on with the others', () => {
    const errors: unknown[] = [];
    const { clock, wheel, calls, entry } = setUp({ onError: (error) => errors.push(error) });
    const failure = new Error('entry');
    const failing = new WheelEntry(() => {
      throw failure;
    });
    wheel.schedule(failing, 10);
    wheel.schedule(entry('a'), 10);
    wheel.schedule(entry('b'), 100);
    clock.advance(200);
    expect(errors).toEqual([failure]);
    expect(calls).toEqual([
      ['a', 50],
      ['b', 100],
    ]);
  });

  it('goes on without a handler too, and throws later', () => {
    const later: (() => void)[] = [];
    const queue = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((callback) => void later.push(callback));
    const { clock, wheel, calls, entry } = setUp();
    const failing = new WheelEntry(() => {
      throw new Error('entry');
    });
    wheel.schedule(failing, 10);
    wheel.schedule(entry('a'), 10);
    wheel.schedule(entry('b'), 100);
    clock.advance(200);
    queue.mockRestore();
    expect(calls).toHaveLength(2);
    expect(later).toHaveLength(1);
    expect(later[0]).toThrow('entry');
  });

  it('forgets everything when it is closed', () => {
    const { clock, wheel, calls, entry } = setUp();
    for (let index = 0; index < 30; index++) wheel.schedule(entry(String(index)), index * 33);
    wheel.close();
    expect(wheel.size).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    clock.advance(10_000);
    expect(calls).toEqual([]);
  });

  it('tells the clock whether its timer keeps the process running', () => {
    const clock = new ManualClock();
    const setTimer = vi.spyOn(clock, 'setTimer');
    new TimerWheel({ clock }).schedule(new WheelEntry(() => {}), 10);
    new TimerWheel({ clock, keepAlive: true }).schedule(new WheelEntry(() => {}), 10);
    expect(setTimer.mock.calls.map((call) => (call as unknown[])[2])).toEqual([false, true]);
  });

  it('refuses a delay that is not a finite number, and sizes out of range', () => {
    const { clock, wheel, entry } = setUp();
    expect(() => wheel.schedule(entry('a'), Number.NaN)).toThrow('finite number');
    expect(() => wheel.schedule(entry('a'), Number.POSITIVE_INFINITY)).toThrow('finite number');
    expect(wheel.size).toBe(0);
    expect(() => new TimerWheel({ clock, tickMs: 0 })).toThrow('timerWheel.tickMs is 0');
    expect(() => new TimerWheel({ clock, slots: 1.5 })).toThrow('timerWheel.slots is 1.5');
  });
});
