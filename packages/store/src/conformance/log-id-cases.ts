// Cases of the log: the same id in the same scope is appended once, also when the message itself is gone.
import { expectEqual, expectThat } from './expect.ts';
import { append, type LogStoreCase, message, textsOf } from './log-harness.ts';

const key = (id: string, scope = 'ann', ttlMs = 60_000) => ({ scope, id, ttlMs });

export const logIdCases: readonly LogStoreCase[] = [
  {
    name: 'a second append with the same key answers the first one’s position',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      const at = await append(store, 'news', 'one', { key: key('1') });
      await append(store, 'news', 'two');
      const again = await store.append(message('news', 'one', { key: key('1') }));
      expectEqual(again, { status: 'duplicate', position: at }, 'second append');
      expectEqual(await textsOf(store, 'news'), ['one', 'two'], 'entries');
    },
  },
  {
    name: 'without a key the same message is appended twice, whatever its id',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      await append(store, 'news', 'one', { id: '1' });
      await append(store, 'news', 'one', { id: '1' });
      expectEqual(await textsOf(store, 'news'), ['one', 'one'], 'entries');
    },
  },
  {
    name: 'scopes do not hide each other’s ids, however both are spelt',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      const pairs = [
        ['a', 'bc'],
        ['ab', 'c'],
        ['', 'abc'],
        ['a\u0000b', 'c'],
        ['a', 'b\u0000c'],
        ['1:a', 'b'],
        ['1', ':ab'],
      ] as const;
      for (const [scope, id] of pairs) await append(store, 'news', `${scope}|${id}`, { key: key(id, scope) });
      expectEqual((await textsOf(store, 'news')).length, pairs.length, 'entries');
    },
  },
  {
    name: 'of two appends at once with the same key one is the duplicate of the other',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      const outcomes = await Promise.all([1, 2].map(() => store.append(message('news', 'one', { key: key('1') }))));
      expectEqual(outcomes.map((outcome) => outcome.status).sort(), ['appended', 'duplicate'], 'outcomes');
      const [one, two] = outcomes.map((outcome) => outcome.status !== 'refused' && outcome.position);
      expectEqual(one, two, 'positions');
      expectEqual(await textsOf(store, 'news'), ['one'], 'entries');
    },
  },
  {
    name: 'an id outlives the trimming of its message',
    uses: ['retentionEntries'],
    faults: 'none',
    async run({ open }) {
      const store = await open({ retentionEntries: 2 });
      const at = await append(store, 'news', 'one', { key: key('1') });
      for (const text of ['two', 'three', 'four']) await append(store, 'news', text);
      const again = await store.append(message('news', 'one', { key: key('1') }));
      expectEqual(again, { status: 'duplicate', position: at }, 'append after trimming');
    },
  },
  {
    name: 'an id is remembered for its time to live and then forgotten',
    uses: [],
    faults: 'none',
    async run({ open, advance }) {
      const store = await open();
      const at = await append(store, 'news', 'one', { key: key('1', 'ann', 60_000) });
      await advance(30_000);
      const again = await store.append(message('news', 'one', { key: key('1', 'ann', 60_000) }));
      expectEqual(again, { status: 'duplicate', position: at }, 'within its time');
      await advance(40_000);
      store.sweep();
      const later = await store.append(message('news', 'one', { key: key('1', 'ann', 60_000) }));
      expectEqual(later.status, 'appended', 'after its time');
    },
  },
  {
    name: 'a key without a time of its own is remembered for idTtlMs',
    uses: ['idTtlMs'],
    faults: 'none',
    async run({ open, advance }) {
      const store = await open({ idTtlMs: 10_000 });
      await append(store, 'news', 'one', { key: { scope: 'ann', id: '1' } });
      await advance(5000);
      expectEqual(
        (await store.append(message('news', 'one', { key: { scope: 'ann', id: '1' } }))).status,
        'duplicate',
        'early',
      );
      await advance(6000);
      expectEqual(
        (await store.append(message('news', 'one', { key: { scope: 'ann', id: '1' } }))).status,
        'appended',
        'late',
      );
    },
  },
  {
    name: 'a refused message leaves its id free',
    uses: ['maxMessageBytes'],
    faults: 'none',
    async run({ open }) {
      const store = await open({ maxMessageBytes: 100 });
      const refused = await store.append(message('news', 'x'.repeat(101), { key: key('1') }));
      expectEqual(refused.status, 'refused', 'too large');
      expectEqual((await store.append(message('news', 'x', { key: key('1') }))).status, 'appended', 'the same id');
    },
  },
  {
    name: 'ids have a limit: the one that would expire first is given up and counted',
    uses: ['maxKeys'],
    faults: 'none',
    async run({ open }) {
      const store = await open({ maxKeys: 3 });
      for (const [id, ttlMs] of [
        ['a', 50_000],
        ['b', 20_000],
        ['c', 70_000],
        ['d', 60_000],
      ] as const) {
        await append(store, 'news', id, { key: key(id, 'ann', ttlMs) });
      }
      expectEqual(
        (await store.append(message('news', 'a', { key: key('a') }))).status,
        'duplicate',
        'a longer-lived id',
      );
      const { keys, keysEvicted } = store.snapshot();
      expectThat(keys <= 3 && keysEvicted === 1, `at most 3 ids with 1 given up, not ${keys} with ${keysEvicted}`);
    },
  },
];
