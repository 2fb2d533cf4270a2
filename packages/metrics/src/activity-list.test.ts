import { describe, expect, it } from 'vitest';
import { ActivityList } from './activity-list.ts';

function order(list: ActivityList): readonly number[] {
  const slots: number[] = [];
  for (let slot = list.oldest; slot !== 0; slot = list.after(slot)) slots.push(slot);
  return slots;
}

describe('ActivityList', () => {
  it('keeps slots in the order of their last activity', () => {
    const list = new ActivityList();
    for (const slot of [3, 1, 2]) list.touch(slot, 0);
    list.touch(3, 1);
    expect(order(list)).toEqual([1, 2, 3]);
    expect([list.size, list.oldest]).toEqual([3, 1]);
  });

  it('takes slots out wherever they are, and not again', () => {
    const list = new ActivityList();
    for (const slot of [1, 2, 3]) list.touch(slot, 0);
    list.remove(2);
    list.remove(2);
    list.remove(99);
    expect(order(list)).toEqual([1, 3]);
    expect([list.has(1), list.has(2), list.has(99), list.size]).toEqual([true, false, false, 2]);
    list.remove(1);
    list.remove(3);
    expect([list.oldest, list.size]).toEqual([0, 0]);
    list.touch(2, 0);
    expect(order(list)).toEqual([2]);
  });

  it('has no slot 0, which is where its ends are', () => {
    const list = new ActivityList();
    expect(list.has(0)).toBe(false);
    list.remove(0);
    list.touch(1, 0);
    expect(order(list)).toEqual([1]);
  });

  it('names the oldest that was quiet for longer than the time given, never early', () => {
    const list = new ActivityList();
    list.touch(1, 10.9);
    list.touch(2, 20);
    expect(list.overdue(110, 100)).toBe(0);
    expect(list.overdue(111, 100)).toBe(1);
    list.touch(1, 111);
    expect(list.overdue(111, 100)).toBe(0);
    expect(list.overdue(121, 100)).toBe(2);
    expect(list.ageMs(2, 121)).toBe(101);
  });

  it('counts ages right when the clock passes 2^31 and 2^32 milliseconds', () => {
    const list = new ActivityList();
    for (const start of [2 ** 31 - 5, 2 ** 32 - 5, 2 ** 40]) {
      list.touch(1, start);
      expect(list.ageMs(1, start + 3_600_000)).toBe(3_600_000);
    }
  });

  it('grows by chunks, also to a slot far away', () => {
    const list = new ActivityList();
    const { bytes } = list;
    list.touch(5000, 0);
    expect(list.bytes).toBe(2 * bytes);
    expect(order(list)).toEqual([5000]);
    expect(list.has(3000)).toBe(false);
  });
});
