// The simulated faults are real ones: delays, lost answers, holes in the tail, restarts and outages do what they say.
import { ManualClock } from '@ws-stability/core/testing';
import { describe, expect, test } from 'vitest';
import type { AppendOutcome, TailEvent } from '../log-store.ts';
import { MemoryLogStore } from '../memory-log-store.ts';
import { MemorySessionStore } from '../memory-session-store.ts';
import type { SessionRecord } from '../session-store.ts';
import { codeOf } from './expect.ts';
import type { RemoteFaults } from './remote-faults.ts';
import { RemoteLikeLogStore } from './remote-like-log-store.ts';
import { RemoteLikeSessionStore } from './remote-like-session-store.ts';

const PAGE = { entries: 100, bytes: 100_000 };

function openLog(faults: RemoteFaults = {}) {
  const clock = new ManualClock();
  const inner: MemoryLogStore[] = [];
  const make = () => {
    const store = new MemoryLogStore({}, { clock });
    inner.push(store);
    return store;
  };
  const store = new RemoteLikeLogStore(make, faults, { clock });
  return { clock, store, inner, append: (payload: string) => store.append({ topic: 'news', payload, binary: false }) };
}

/** What became of a promise, as text: its status, or the code it failed with. */
function watch(promise: Promise<AppendOutcome>): { seen: string } {
  const watched = { seen: 'nothing yet' };
  promise.then(
    (outcome) => {
      watched.seen = outcome.status;
    },
    (error: unknown) => {
      watched.seen = `${codeOf(error)}`;
    },
  );
  return watched;
}

describe('RemoteLikeLogStore', () => {
  test('answers late, never at once, and within its delay', async () => {
    const { clock, append } = openLog({ delayMs: 20 });
    const answers = [watch(append('a')), watch(append('b'))];
    await clock.advanceAsync(0);
    expect(answers.map((one) => one.seen)).toEqual(['nothing yet', 'nothing yet']);
    await clock.advanceAsync(20, 1);
    expect(answers.map((one) => one.seen)).toEqual(['appended', 'appended']);
  });

  test('the same seed gives the same run', async () => {
    const runs = await Promise.all(
      [1, 1, 2].map(async (seed) => {
        const { clock, append } = openLog({ seed, unknownRate: 0.5 });
        const answers = Array.from({ length: 20 }, (_, index) => watch(append(`m${index}`)));
        await clock.advanceAsync(200, 5);
        return answers.map((one) => one.seen).join();
      }),
    );
    expect(runs[1]).toBe(runs[0]);
    expect(runs[2]).not.toBe(runs[0]);
  });

  test('of the appends without an answer some took place and some did not', async () => {
    const { clock, append, inner } = openLog({ unknownRate: 1, timeoutMs: 50 });
    const answers = Array.from({ length: 40 }, (_, index) => watch(append(`m${index}`)));
    await clock.advanceAsync(49, 7);
    expect(answers.every((one) => one.seen === 'nothing yet')).toBe(true);
    await clock.advanceAsync(1);
    expect(answers.every((one) => one.seen === 'ERR_APPEND_UNKNOWN')).toBe(true);
    const appended = inner[0]?.snapshot().appended ?? 0;
    expect(appended).toBeGreaterThan(5);
    expect(appended).toBeLessThan(35);
  });

  test('the tail is late, in batches, in order and with holes', async () => {
    const { clock, store, append } = openLog({ tailDropRate: 0.3, tailDelayMs: 20 });
    const heard: TailEvent[] = [];
    const batches = new Set<number>();
    store.tail((event) => {
      heard.push(event);
      batches.add(clock.now());
    });
    for (let index = 0; index < 50; index++) {
      void append(`m${index}`);
      await clock.advanceAsync(2);
    }
    await clock.advanceAsync(100, 5);
    const offsets = heard.map((event) => event.entry.offset);
    expect(offsets).toEqual([...offsets].sort((one, other) => one - other));
    expect(offsets.length).toBeGreaterThan(20);
    expect(offsets.length).toBeLessThan(50);
    expect(batches.size).toBeLessThan(offsets.length);
  });

  test('entries are copies: what is done to them changes nothing in the store', async () => {
    const { clock, store, append, inner } = openLog();
    void append('abc');
    await clock.advanceAsync(20, 1);
    const epoch = inner[0]?.heads(['news'])[0]?.epoch ?? 0;
    const reading = store.read('news', [epoch, 0], PAGE);
    await clock.advanceAsync(20, 1);
    const page = await reading;
    if (page.status === 'entries') page.entries[0]?.frame.fill(0);
    const kept = inner[0]?.read('news', [epoch, 0], PAGE);
    expect(kept?.status === 'entries' && kept.entries[0]?.frame[0]).toBe(0x81);
  });

  test('while it is down nothing is done, and what was done before has an unknown outcome', async () => {
    const { clock, store, append, inner } = openLog({ delayMs: 20, seed: 3 });
    const before = watch(append('before'));
    while (inner[0]?.snapshot().appended === 0) await clock.advanceAsync(0.25);
    store.down(1000);
    const during = watch(append('during'));
    const reading = store.heads(['news']).catch(codeOf);
    await clock.advanceAsync(100, 5);
    expect([before.seen, during.seen]).toEqual(['ERR_APPEND_UNKNOWN', 'ERR_STORE']);
    expect(await reading).toBe('ERR_STORE');
    expect(inner[0]?.snapshot().appended).toBe(1);
    await clock.advanceAsync(1000);
    const after = watch(append('after'));
    await clock.advanceAsync(50, 5);
    expect(after.seen).toBe('appended');
  });

  test('what is appended while it is down is heard by nobody', async () => {
    const { clock, store, inner } = openLog();
    let heard = 0;
    store.tail(() => heard++);
    store.down(100);
    inner[0]?.append({ topic: 'news', payload: 'by another node', binary: false });
    await clock.advanceAsync(200, 5);
    expect(heard).toBe(0);
  });

  test('it opens again in a later epoch without its newest appends, holds and listeners kept', async () => {
    const { clock, store, append, inner } = openLog();
    const release = store.hold('quiet');
    const heard: number[] = [];
    store.tail((event) => heard.push(event.epoch));
    for (const payload of ['a', 'b', 'c']) void append(payload);
    await clock.advanceAsync(100, 5);
    await store.reopen({ lose: 1 });
    const [old, next] = inner;
    const head = next?.heads(['news'])[0];
    expect(head?.last).toBe(2);
    expect(() => old?.heads(['news'])).toThrow(expect.objectContaining({ code: 'ERR_STORE_CLOSED' }));
    void append('d');
    await clock.advanceAsync(100, 5);
    expect(heard.at(-1)).toBe(head?.epoch);
    expect(head?.epoch).toBeGreaterThan(heard[0] ?? 0);
    await clock.advanceAsync(1_000_000);
    next?.sweep();
    const forgotten = next?.snapshot().forgotten ?? 0;
    release();
    await clock.advanceAsync(1_000_000);
    next?.sweep();
    expect(next?.snapshot().forgotten).toBe(forgotten + 1);
  });

  test('closing fails what is under way and what comes after', async () => {
    const { clock, store, append } = openLog();
    const underWay = watch(append('a'));
    await store.close();
    const after = watch(append('b'));
    await clock.advanceAsync(0);
    expect([underWay.seen, after.seen]).toEqual(['ERR_STORE_CLOSED', 'ERR_STORE_CLOSED']);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('RemoteLikeSessionStore', () => {
  const record = (id: string): SessionRecord => ({
    version: 1,
    id,
    tokenHash: '',
    generation: 1,
    instance: 'tab',
    principal: undefined,
    attached: true,
    cursors: new Map(),
    handled: 0,
    results: [],
    expiresAt: Date.UTC(2030, 0, 1),
    data: undefined,
  });

  test('writes without an answer fail with ERR_STORE, done or not', async () => {
    const clock = new ManualClock();
    const inner = new MemorySessionStore({}, { clock });
    const store = new RemoteLikeSessionStore(() => inner, { unknownRate: 1 }, { clock });
    const answers = Array.from({ length: 40 }, (_, index) => store.create(record(`s${index}`)).catch(codeOf));
    await clock.advanceAsync(100, 5);
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['ERR_STORE']));
    expect(inner.snapshot().sessions).toBeGreaterThan(5);
    expect(inner.snapshot().sessions).toBeLessThan(35);
  });

  test('it opens again without its newest writes', async () => {
    const clock = new ManualClock();
    const store = new RemoteLikeSessionStore(() => new MemorySessionStore({}, { clock }), {}, { clock });
    const writes = [store.create(record('a')), store.save('a', 1, { handled: 1 }), store.save('a', 1, { handled: 2 })];
    await clock.advanceAsync(100, 5);
    expect(await Promise.all(writes)).toEqual(['created', 'saved', 'saved']);
    await store.reopen({ lose: 1 });
    const loading = store.load('a');
    await clock.advanceAsync(100, 5);
    expect(await loading).toMatchObject({ status: 'found', record: { handled: 1 } });
  });
});
