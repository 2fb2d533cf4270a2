// What the conformance suite cannot know of the log in memory: synchronous answers, its own clock, the last offset.
import { ManualClock } from '@ws-stability/core/testing';
import { MAX_OFFSET } from '@ws-stability/protocol';
import { describe, expect, test } from 'vitest';
import { inboxKey } from './log-key.ts';
import type { AppendOutcome, TailEvent } from './log-store.ts';
import { type MemoryLogDependencies, MemoryLogStore } from './memory-log-store.ts';
import { ENTRY_OVERHEAD_BYTES } from './topic-log.ts';

const PAGE = { entries: 100, bytes: 1_000_000 };

function open(options = {}, rest: MemoryLogDependencies = {}) {
  const clock = new ManualClock();
  const store = new MemoryLogStore(options, { clock, epoch: 7, ...rest });
  const append = (topic: string, payload = 'x'): AppendOutcome => store.append({ topic, payload, binary: false });
  return { clock, store, append };
}

describe('MemoryLogStore', () => {
  test('answers at once, in the epoch it was given', () => {
    const { store, append } = open();
    expect(append('news')).toEqual({ status: 'appended', position: [7, 1] });
    expect(store.heads(['news', 'other'])).toEqual([
      { epoch: 7, first: 1, last: 1 },
      { epoch: 7, first: 1, last: 0 },
    ]);
    expect(store.durability).toBe('process');
  });

  test('a store opened later in the process has a later epoch, also when the wall clock stands still', () => {
    const clock = new ManualClock();
    const [one, two] = [new MemoryLogStore({}, { clock }), new MemoryLogStore({}, { clock })];
    const epochs = [one, two].map((store) => store.heads(['news'])[0]?.epoch ?? 0);
    expect(epochs[1]).toBeGreaterThan(epochs[0] ?? 0);
  });

  test('every option out of its range is named', () => {
    const wrong = () => new MemoryLogStore({ retentionEntries: 0, inboxShare: 2 });
    expect(wrong).toThrow(/log\.retentionEntries.*log\.inboxShare/);
  });

  test('at the last offset the topic goes on in a new epoch and its readers are told', () => {
    const { store, append } = open({}, { startsAfter: MAX_OFFSET - 2 });
    append('news', 'a');
    expect(append('news', 'b')).toEqual({ status: 'appended', position: [7, MAX_OFFSET] });
    const next = append('news', 'c');
    expect(next.status === 'appended' && next.position[0]).toBeGreaterThan(7);
    expect(next.status === 'appended' && next.position[1]).toBe(1);
    const page = store.read('news', [7, MAX_OFFSET], PAGE);
    expect(page).toMatchObject({ status: 'gap', why: 'epoch', now: [page.head.epoch, 0] });
    expect(store.snapshot()).toMatchObject({ entries: 1, trimmed: { retention: 2 } });
  });

  test('a new epoch is above the one before, also when that is ahead of the wall clock', () => {
    const { append } = open({}, { epoch: 2 ** 47, startsAfter: MAX_OFFSET - 1 });
    append('news');
    const next = append('news');
    expect(next.status === 'appended' && next.position[0]).toBeGreaterThan(2 ** 47);
  });

  test('a log may be filled to its last byte', () => {
    const entryBytes = 2 + 'news 1\n'.length + 10 + ENTRY_OVERHEAD_BYTES;
    const { store, append } = open({ retentionBytes: 2 * entryBytes });
    for (let index = 0; index < 3; index++) append('news', 'x'.repeat(10));
    expect(store.heads(['news'])).toEqual([{ epoch: 7, first: 2, last: 3 }]);
    expect(store.snapshot().bytes).toBe(2 * entryBytes);
  });

  test('a topic forgotten at the last offset starts again in a new epoch', () => {
    const { store, clock, append } = open({ retentionMs: 10, forgetAfterMs: 10 }, { startsAfter: MAX_OFFSET - 1 });
    append('news');
    clock.advance(100);
    store.sweep();
    const next = append('news');
    expect(next.status === 'appended' && next.position[0]).toBeGreaterThan(7);
  });

  test('the wall clock has no part in ageing', () => {
    const { store, clock, append } = open({ retentionMs: 1000 });
    append('news');
    clock.jumpWall(10_000_000);
    store.sweep();
    expect(store.snapshot().entries).toBe(1);
    clock.jumpWall(-20_000_000);
    clock.advance(1000);
    expect(store.heads(['news'])).toEqual([{ epoch: 7, first: 2, last: 1 }]);
  });

  test('a message expires on the monotonic clock', () => {
    const { store, clock } = open();
    clock.advance(500);
    store.append({ topic: 'news', payload: 'x', binary: false, ttlMs: 200 });
    const page = store.read('news', [7, 0], PAGE);
    expect(page.status === 'entries' && page.entries[0]?.expiresAt).toBe(700);
  });

  test('a gap names the budget only when something of what it covers left for that', () => {
    const { store, append } = open({ budgetBytes: 10_000, inboxShare: 0, retentionEntries: 5 });
    for (let index = 0; index < 8; index++) append('news', 'x'.repeat(100));
    expect(store.read('news', [7, 0], PAGE)).toMatchObject({ status: 'gap', why: 'retention', now: [7, 3] });
    append('large', 'x'.repeat(8000));
    const first = store.heads(['news'])[0]?.first ?? 0;
    expect(first).toBeGreaterThan(4);
    expect(store.read('news', [7, 3], PAGE)).toMatchObject({ status: 'gap', why: 'budget', now: [7, first - 1] });
    for (let index = 0; index < 5; index++) append('news', 'x');
    const later = store.heads(['news'])[0]?.first ?? 0;
    expect(store.read('news', [7, later - 2], PAGE)).toMatchObject({ status: 'gap', why: 'retention' });
  });

  test('a message is heard when it is readable, before append has returned', () => {
    const { store, append } = open();
    const heard: unknown[] = [];
    store.tail(({ topic, entry }) => heard.push([entry.offset, store.heads([topic])[0]?.last]));
    append('news');
    expect(heard).toEqual([[1, 1]]);
  });

  test('appends made by listeners keep their order for all listeners', () => {
    const { store, append } = open();
    const given: AppendOutcome[] = [];
    store.tail(({ entry }) => {
      if (entry.offset < 3) given.push(append('news'), append('other'));
    });
    const heard: string[] = [];
    store.tail(({ topic, entry }: TailEvent) => heard.push(`${topic}${entry.offset}`));
    append('news');
    expect(given[0]).toEqual({ status: 'appended', position: [7, 2] });
    for (const topic of ['news', 'other']) {
      const own = heard.filter((name) => name.startsWith(topic));
      const last = store.heads([topic])[0]?.last ?? 0;
      expect(own).toEqual(Array.from({ length: last }, (_, index) => `${topic}${index + 1}`));
    }
    expect(heard[0]).toBe('news1');
  });

  test('counts its bytes to the last one', () => {
    const { store, append } = open();
    append('news', 'x'.repeat(10));
    const page = store.read('news', [7, 0], PAGE);
    const frame = page.status === 'entries' ? page.entries[0]?.frame.length : 0;
    expect(store.snapshot().bytes).toBe((frame ?? 0) + ENTRY_OVERHEAD_BYTES);
    append(inboxKey('s1'));
    store.remove(inboxKey('s1'));
    store.trim('news', [7, 1]);
    expect(store.snapshot()).toMatchObject({ bytes: 0, inboxBytes: 0, entries: 0 });
  });

  test('idle logs are forgotten when their time has come, held ones after they were let go', () => {
    const { store, clock, append } = open({ retentionMs: 10, forgetAfterMs: 100 });
    const release = store.hold('held');
    append('news');
    append('held');
    clock.advance(99);
    store.sweep();
    expect(store.snapshot()).toMatchObject({ topics: 2, forgotten: 0 });
    clock.advance(1);
    store.sweep();
    expect(store.snapshot()).toMatchObject({ topics: 1, forgotten: 1 });
    release();
    store.sweep();
    expect(store.snapshot()).toMatchObject({ topics: 1 });
    clock.advance(100);
    store.sweep();
    expect(store.snapshot()).toMatchObject({ topics: 0, forgotten: 2 });
  });

  test('removal of a held log keeps its place for who holds it', () => {
    const { store, append } = open();
    const release = store.hold('news');
    append('news');
    store.remove('news');
    expect(store.heads(['news'])).toEqual([{ epoch: 7, first: 2, last: 1 }]);
    expect(append('news')).toEqual({ status: 'appended', position: [7, 2] });
    release();
  });

  test('forgotten inboxes do not move where topics start', () => {
    const { store, append } = open();
    for (let index = 0; index < 5; index++) append(inboxKey('s1'));
    store.remove(inboxKey('s1'));
    expect(store.heads(['news', inboxKey('s1')])).toEqual([
      { epoch: 7, first: 1, last: 0 },
      { epoch: 7, first: 6, last: 5 },
    ]);
  });

  test('an id and scope too long, or remembered for no time there is, are the caller’s mistake; nothing is appended', () => {
    const { store } = open();
    const append = (id: string, ttlMs?: number) =>
      store.append({ topic: 'news', payload: 'x', binary: false, key: { scope: 's', id, ttlMs } });
    const mistake = expect.objectContaining({ code: 'ERR_APPEND_KEY' });
    expect(() => append('i'.repeat(1024))).toThrow(mistake);
    expect(() => append('1', Number.NaN)).toThrow(mistake);
    expect(() => append('1', -1)).toThrow(mistake);
    expect(store.snapshot()).toMatchObject({ entries: 0, keys: 0 });
    expect(append('i'.repeat(1023), 0).status).toBe('appended');
  });

  test('of ids with different times the one that would expire first is given up, whatever the order they came in', () => {
    const { store } = open({ maxKeys: 3 });
    const append = (id: string, ttlMs: number) =>
      store.append({ topic: 'news', payload: 'x', binary: false, key: { scope: 's', id, ttlMs } }).status;
    for (const [id, ttlMs] of [
      ['late', 900],
      ['soon', 100],
      ['later', 950],
      ['newest', 500],
    ] as const)
      append(id, ttlMs);
    expect(store.snapshot()).toMatchObject({ keys: 3, keysEvicted: 1 });
    expect([append('late', 900), append('later', 900), append('newest', 900)]).toEqual(Array(3).fill('duplicate'));
    expect(append('soon', 100)).toBe('appended');
  });

  test('ids that expired at once are freed by many appends, not all by one', () => {
    const { store, clock } = open({ idTtlMs: 1000 });
    const append = (id: string) =>
      store.append({ topic: 'news', payload: 'x', binary: false, key: { scope: 's', id } }).status;
    for (let index = 0; index < 500; index++) append(`${index}`);
    clock.advance(1000);
    expect(append('0')).toBe('appended');
    expect(store.snapshot().keys).toBeGreaterThan(400);
    for (let index = 1; index < 10; index++) append(`${index}`);
    expect(store.snapshot()).toMatchObject({ keys: 10, keysEvicted: 0 });
  });

  test('keys of the greatest length are bounded by their number alone', () => {
    const { store } = open({ maxKeys: 50 });
    for (let index = 0; index < 50; index++) {
      const id = `${index}`.padStart(1023, '0');
      store.append({ topic: 'news', payload: 'x', binary: false, key: { scope: 's', id } });
    }
    expect(store.snapshot()).toMatchObject({ keys: 50, keysEvicted: 0 });
  });
});
