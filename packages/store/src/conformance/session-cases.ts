// Cases of the session store: writes are fenced by generation, limits are typed, records are nobody else's objects.
import type { MaybePromise } from '@ws-stability/core';
import type { Position } from '@ws-stability/protocol';
import type { SessionStoreOptions } from '../session-options.ts';
import type { SessionRecord, SessionStore } from '../session-store.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectThat } from './expect.ts';
import { patiently } from './log-harness.ts';

export interface SessionStoreHarness {
  /** A fresh, empty store with these options, defaults for the rest. */
  open(options?: SessionStoreOptions): MaybePromise<SessionStore>;
  /** Lets so much time pass for the store; really, or on a manual clock. @param ms milliseconds */
  advance(ms: number): MaybePromise<void>;
  /** The store's wall time, in milliseconds. */
  wall(): number;
  /** Until everything that is under way has arrived. */
  settle(): MaybePromise<void>;
}

export type SessionStoreCase = ConformanceCase<SessionStoreHarness, keyof SessionStoreOptions>;

function recordOf(harness: SessionStoreHarness, id: string, rest: Partial<SessionRecord> = {}): SessionRecord {
  return {
    version: 1,
    id,
    tokenHash: 'ab'.repeat(32),
    generation: 1,
    instance: 'tab-1',
    principal: undefined,
    attached: true,
    cursors: new Map(),
    handled: 0,
    results: [],
    expiresAt: harness.wall() + 60_000,
    data: undefined,
    ...rest,
  };
}

async function found(store: SessionStore, id: string): Promise<SessionRecord> {
  const outcome = await patiently(() => store.load(id));
  expectThat(outcome.status === 'found', `session ${id} is found, not ${outcome.status}`);
  return outcome.record;
}

export const sessionStoreCases: readonly SessionStoreCase[] = [
  {
    name: 'a created session is loaded with every field',
    uses: [],
    faults: 'none',
    async run(harness) {
      const store = await harness.open();
      const record = recordOf(harness, 's1', {
        generation: 3,
        principal: 'ann',
        attached: false,
        cursors: new Map<string, Position>([
          ['news', [7, 12]],
          ['@s:s1', [7, 0]],
        ]),
        handled: 5,
        results: [
          { n: 6, ok: true, value: { list: [1, null, 'x'] } },
          { n: 8, err: { code: 'ERR_X', message: 'no' } },
        ],
        data: { name: 'Ann', roles: ['a', 'b'] },
      });
      expectEqual(await store.create(record), 'created', 'create');
      const loaded = await found(store, 's1');
      expectEqual(Object.entries(loaded).sort(), Object.entries(record).sort(), 'record');
      expectThat(loaded.cursors instanceof Map, 'cursors are a Map');
    },
  },
  {
    name: 'an id that exists is not created again',
    uses: [],
    faults: 'none',
    async run(harness) {
      const store = await harness.open();
      await store.create(recordOf(harness, 's1', { handled: 1 }));
      expectEqual(await store.create(recordOf(harness, 's1', { handled: 2 })), 'exists', 'second');
      expectEqual((await found(store, 's1')).handled, 1, 'the first stays');
    },
  },
  {
    name: 'an id never seen is unknown',
    uses: [],
    faults: 'none',
    async run(harness) {
      const store = await harness.open();
      expectEqual(await store.load('s1'), { status: 'unknown' }, 'load');
      expectEqual(await store.take('s1', 1, {}), { status: 'conflict' }, 'take');
      expectEqual(await store.save('s1', 1, {}), 'fenced', 'save');
    },
  },
  {
    name: 'take applies the patch and raises the generation',
    uses: [],
    faults: 'none',
    async run(harness) {
      const store = await harness.open();
      await store.create(recordOf(harness, 's1', { handled: 4 }));
      const taken = await store.take('s1', 1, { instance: 'tab-2', attached: true });
      expectThat(taken.status === 'taken', 'taken');
      const { generation, instance, handled } = taken.record;
      expectEqual([generation, instance, handled], [2, 'tab-2', 4], 'answer');
      expectEqual((await found(store, 's1')).generation, 2, 'loaded');
    },
  },
  {
    name: 'of many takes at once exactly one succeeds',
    uses: [],
    faults: 'none',
    async run(harness) {
      const store = await harness.open();
      await store.create(recordOf(harness, 's1'));
      const takes = Array.from({ length: 8 }, (_, index) => store.take('s1', 1, { instance: `tab-${index}` }));
      const outcomes = await Promise.all(takes);
      const winners = outcomes.flatMap((outcome) => (outcome.status === 'taken' ? [outcome.record.instance] : []));
      expectEqual(winners.length, 1, 'takes that succeeded');
      const record = await found(store, 's1');
      expectEqual([record.generation, record.instance], [2, winners[0]], 'record');
    },
  },
  {
    name: 'who lost the session is fenced and changes nothing',
    uses: [],
    faults: 'none',
    async run(harness) {
      const store = await harness.open();
      await store.create(recordOf(harness, 's1', { handled: 1 }));
      await store.take('s1', 1, {});
      expectEqual(await store.save('s1', 1, { handled: 99 }), 'fenced', 'save of the older');
      expectEqual(await store.remove('s1', 1), 'fenced', 'removal by the older');
      expectEqual(await store.take('s1', 1, { handled: 99 }), { status: 'conflict' }, 'take by the older');
      expectEqual(await store.save('s1', 3, { handled: 99 }), 'fenced', 'save of a generation not yet given');
      expectEqual((await found(store, 's1')).handled, 1, 'record');
    },
  },
  {
    name: 'save changes what the patch has and nothing else',
    uses: [],
    faults: 'none',
    async run(harness) {
      const store = await harness.open();
      await store.create(
        recordOf(harness, 's1', { principal: 'ann', data: { a: 1 }, cursors: new Map([['x', [1, 2]]]) }),
      );
      expectEqual(await store.save('s1', 1, { handled: 7, attached: false }), 'saved', 'save');
      const record = await found(store, 's1');
      expectEqual(
        [record.handled, record.attached, record.principal, record.generation],
        [7, false, 'ann', 1],
        'fields',
      );
      expectEqual([record.data, record.cursors], [{ a: 1 }, new Map([['x', [1, 2]]])], 'the rest');
    },
  },
  {
    name: 'a cursor map that is saved replaces the one before',
    uses: [],
    faults: 'none',
    async run(harness) {
      const store = await harness.open();
      await store.create(
        recordOf(harness, 's1', {
          cursors: new Map([
            ['a', [1, 1]],
            ['b', [1, 2]],
          ]),
        }),
      );
      await store.save('s1', 1, {
        cursors: new Map([
          ['b', [1, 5]],
          ['c', [2, 0]],
        ]),
      });
      expectEqual(
        (await found(store, 's1')).cursors,
        new Map([
          ['b', [1, 5]],
          ['c', [2, 0]],
        ]),
        'cursors',
      );
    },
  },
  {
    name: 'results that are saved replace those before',
    uses: [],
    faults: 'none',
    async run(harness) {
      const store = await harness.open();
      await store.create(recordOf(harness, 's1', { results: [{ n: 1, ok: true }] }));
      await store.save('s1', 1, {
        results: [
          { n: 2, ok: true, value: 'two' },
          { n: 3, ok: true },
        ],
      });
      expectEqual(
        (await found(store, 's1')).results,
        [
          { n: 2, ok: true, value: 'two' },
          { n: 3, ok: true },
        ],
        'results',
      );
    },
  },
  {
    name: 'what is done to the objects given changes no record',
    uses: [],
    faults: 'none',
    async run(harness) {
      const store = await harness.open();
      const cursors = new Map<string, Position>([['news', [1, 1]]]);
      const data = { list: [1] };
      const results = [{ n: 1, ok: true as const, value: { deep: [1] } }];
      await store.create(recordOf(harness, 's1', { cursors, data, results }));
      cursors.clear();
      data.list.push(2);
      results[0]?.value.deep.push(2);
      results.pop();
      const record = await found(store, 's1');
      expectEqual([record.cursors, record.data], [new Map([['news', [1, 1]]]), { list: [1] }], 'cursors and data');
      expectEqual(record.results, [{ n: 1, ok: true, value: { deep: [1] } }], 'results');
      const patch = new Map<string, Position>([['news', [1, 2]]]);
      await store.save('s1', 1, { cursors: patch });
      patch.clear();
      expectEqual((await found(store, 's1')).cursors.size, 1, 'cursors after a save');
    },
  },
  {
    name: 'what is done to a loaded record changes no other',
    uses: [],
    faults: 'none',
    async run(harness) {
      const store = await harness.open();
      await store.create(recordOf(harness, 's1', { cursors: new Map([['news', [1, 1]]]), data: { list: [1] } }));
      const first = await found(store, 's1');
      if (first.cursors instanceof Map) first.cursors.clear();
      const { data } = first;
      if (typeof data === 'object' && data !== null && 'list' in data && Array.isArray(data.list)) data.list.push(2);
      const second = await found(store, 's1');
      expectEqual([second.cursors, second.data], [new Map([['news', [1, 1]]]), { list: [1] }], 'record');
    },
  },
  {
    name: 'an expired session says so, is taken by nobody and fences its writer',
    uses: ['maxExpiredIds'],
    faults: 'none',
    async run(harness) {
      const store = await harness.open();
      await store.create(recordOf(harness, 's1', { attached: false, expiresAt: harness.wall() + 10_000 }));
      await harness.advance(5000);
      await found(store, 's1');
      await harness.advance(6000);
      expectEqual(await store.take('s1', 1, {}), { status: 'conflict' }, 'take');
      expectEqual(await store.save('s1', 1, {}), 'fenced', 'save');
      expectEqual(await store.load('s1'), { status: 'expired' }, 'load');
      store.sweep();
      await harness.settle();
      expectEqual(await store.load('s1'), { status: 'expired' }, 'load after the sweep');
    },
  },
  {
    name: 'every write that says so moves the expiry, on or back',
    uses: [],
    faults: 'none',
    async run(harness) {
      const store = await harness.open();
      await store.create(recordOf(harness, 'on', { expiresAt: harness.wall() + 10_000 }));
      await store.create(recordOf(harness, 'back', { expiresAt: harness.wall() + 60_000 }));
      await store.save('on', 1, { expiresAt: harness.wall() + 60_000 });
      await store.save('back', 1, { expiresAt: harness.wall() + 10_000 });
      await harness.advance(20_000);
      store.sweep();
      await harness.settle();
      await found(store, 'on');
      expectEqual((await store.load('back')).status, 'expired', 'the other');
      await store.take('on', 1, { expiresAt: harness.wall() + 120_000 });
      await harness.advance(60_000);
      await found(store, 'on');
    },
  },
  {
    name: 'a sweep lets go of what has expired',
    uses: [],
    faults: 'none',
    async run(harness) {
      const store = await harness.open();
      for (let index = 0; index < 10; index++) {
        await store.create(recordOf(harness, `s${index}`, { expiresAt: harness.wall() + 1000 + index }));
      }
      await store.create(recordOf(harness, 'stays'));
      await harness.advance(5000);
      store.sweep();
      await harness.settle();
      expectEqual(store.snapshot().sessions, 1, 'sessions');
      await found(store, 'stays');
    },
  },
  {
    name: 'the id of an expired session can be created again',
    uses: [],
    faults: 'none',
    async run(harness) {
      const store = await harness.open();
      await store.create(recordOf(harness, 's1', { expiresAt: harness.wall() + 1000, handled: 9 }));
      await harness.advance(5000);
      expectEqual(await store.create(recordOf(harness, 's1')), 'created', 'create');
      expectEqual((await found(store, 's1')).handled, 0, 'record');
    },
  },
  {
    name: 'a removed session is unknown, not expired; removing it again is no mistake',
    uses: [],
    faults: 'none',
    async run(harness) {
      const store = await harness.open();
      await store.create(recordOf(harness, 's1'));
      expectEqual(await store.remove('s1', 1), 'saved', 'remove');
      expectEqual(await store.load('s1'), { status: 'unknown' }, 'load');
      expectEqual(await store.remove('s1', 1), 'saved', 'remove again');
      expectEqual(await store.create(recordOf(harness, 's1')), 'created', 'create');
    },
  },
  {
    name: 'a full store refuses until a session expires or is removed',
    uses: ['maxSessions'],
    faults: 'none',
    async run(harness) {
      const store = await harness.open({ maxSessions: 2 });
      await store.create(recordOf(harness, 's1'));
      await store.create(recordOf(harness, 's2', { expiresAt: harness.wall() + 1000 }));
      expectEqual(await store.create(recordOf(harness, 's3')), 'full', 'third');
      expectEqual(await store.create(recordOf(harness, 's1')), 'exists', 'one that exists');
      expectEqual(store.snapshot().maxSessions, 2, 'limit');
      await harness.advance(5000);
      expectEqual(await store.create(recordOf(harness, 's3')), 'created', 'after an expiry');
      await store.remove('s1', 1);
      expectEqual(await store.create(recordOf(harness, 's4')), 'created', 'after a removal');
    },
  },
  {
    name: 'a principal and data can be taken away again',
    uses: [],
    faults: 'none',
    async run(harness) {
      const store = await harness.open();
      await store.create(recordOf(harness, 's1', { principal: 'ann', data: 1 }));
      await store.save('s1', 1, { principal: undefined, data: null });
      const record = await found(store, 's1');
      expectEqual([record.principal, record.data], [undefined, null], 'fields');
    },
  },
  {
    name: 'generations only grow and each is given once, also when answers are lost',
    uses: [],
    faults: 'any',
    async run(harness) {
      const store = await harness.open();
      await patiently(() => store.create(recordOf(harness, 's1')));
      const won: number[] = [];
      await Promise.all(
        ['a', 'b', 'c'].map(async (instance) => {
          for (let round = 0; round < 10; round++) {
            const { generation } = await found(store, 's1');
            const outcome = await patiently(() => store.take('s1', generation, { instance }));
            if (outcome.status === 'taken') won.push(outcome.record.generation);
          }
        }),
      );
      expectEqual(new Set(won).size, won.length, 'generations given twice');
      expectThat((await found(store, 's1')).generation >= Math.max(...won), 'the record has the newest generation');
    },
  },
  {
    name: 'a save repeated until it is answered is there, and a fenced one is never there',
    uses: [],
    faults: 'any',
    async run(harness) {
      const store = await harness.open();
      await patiently(() => store.create(recordOf(harness, 's1')));
      for (let handled = 1; handled <= 10; handled++) {
        expectEqual(await patiently(() => store.save('s1', 1, { handled })), 'saved', 'save');
        expectEqual((await found(store, 's1')).handled, handled, 'handled');
      }
      await patiently(() => store.take('s1', 1, { handled: 100 }));
      expectEqual(await patiently(() => store.save('s1', 1, { handled: 11 })), 'fenced', 'save of the older');
      expectEqual((await found(store, 's1')).handled, 100, 'record');
    },
  },
];
