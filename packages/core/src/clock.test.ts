import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from './clock.ts';

describe('systemClock', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('has a monotonic time that a change of the wall time does not touch', () => {
    const before = systemClock.now();
    vi.setSystemTime(0);
    expect(systemClock.wall()).toBe(0);
    expect(systemClock.now()).toBe(before);
    vi.advanceTimersByTime(5);
    expect(systemClock.now() - before).toBeCloseTo(5);
  });

  it('calls back once', () => {
    const callback = vi.fn();
    systemClock.setTimer(callback, 10);
    vi.advanceTimersByTime(9);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it('rounds a broken delay up, not down', () => {
    const callback = vi.fn();
    systemClock.setTimer(callback, 1.2);
    vi.advanceTimersByTime(1);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it('does not call back what is cancelled, also when it is cancelled again later', () => {
    const callback = vi.fn();
    const timer = systemClock.setTimer(callback, 10);
    timer.cancel();
    vi.advanceTimersByTime(20);
    timer.cancel();
    expect(callback).not.toHaveBeenCalled();
  });

  it('waits the longest possible time for a delay that would overflow', () => {
    const callback = vi.fn();
    systemClock.setTimer(callback, 1e12);
    vi.advanceTimersByTime(2 ** 31 - 2);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it('takes a negative delay as none', () => {
    const callback = vi.fn();
    systemClock.setTimer(callback, -5);
    vi.advanceTimersByTime(1);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it('keeps the process running unless it is told not to', () => {
    vi.useRealTimers();
    const unref = vi.spyOn(Object.getPrototypeOf(setTimeout(() => {}, 0)), 'unref');
    systemClock.setTimer(() => {}, 0).cancel();
    expect(unref).not.toHaveBeenCalled();
    systemClock.setTimer(() => {}, 0, false).cancel();
    expect(unref).toHaveBeenCalledTimes(1);
    unref.mockRestore();
  });
});
