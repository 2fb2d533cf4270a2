import { describe, expect, test } from 'vitest';
import { RecentIds } from './recent-ids.ts';

describe('RecentIds', () => {
  test('knows the newest ids and gives up the oldest', () => {
    const ids = new RecentIds(3);
    for (const id of ['a', 'b', 'c', 'd']) ids.add(id);
    expect(['a', 'b', 'c', 'd'].map((id) => ids.has(id))).toEqual([false, true, true, true]);
    expect(ids.size).toBe(3);
  });

  test('an id that is deleted is not known', () => {
    const ids = new RecentIds(3);
    ids.add('a');
    ids.delete('a');
    expect(ids.has('a')).toBe(false);
    expect(ids.size).toBe(0);
  });

  test('knows nothing when it may remember nothing', () => {
    const ids = new RecentIds(0);
    ids.add('a');
    expect(ids.has('a')).toBe(false);
  });
});
