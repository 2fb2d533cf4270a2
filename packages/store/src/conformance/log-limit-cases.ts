// Cases of the log: what each limit does, and that the gap it leaves is told exactly.
import type { Position } from '@ws-stability/protocol';
import { inboxKey } from '../log-key.ts';
import type { LogStore } from '../log-store.ts';
import { expectEqual, expectThat } from './expect.ts';
import { append, headOf, type LogStoreCase, message, PAGE, startOf, textsOf } from './log-harness.ts';

async function fill(store: LogStore, topic: string, count: number, bytes = 10): Promise<Position> {
  let at: Position = [0, 0];
  for (let index = 0; index < count; index++) at = await append(store, topic, 'x'.repeat(bytes));
  return at;
}

/** The answer to a read must be the gap from a position to the oldest entry that is left. */
async function expectGap(store: LogStore, topic: string, after: Position, why: string): Promise<void> {
  const page = await store.read(topic, after, PAGE);
  expectEqual(page.status === 'gap' && page.why, why, 'why');
  expectThat(page.status === 'gap', 'a gap');
  expectEqual(page.now, [page.head.epoch, why === 'ahead' ? page.head.last : page.head.first - 1], 'go on after');
}

export const logLimitCases: readonly LogStoreCase[] = [
  {
    name: 'retention by count: the oldest leave, a reader behind is told exactly how far',
    uses: ['retentionEntries'],
    faults: 'none',
    async run({ open }) {
      const store = await open({ retentionEntries: 3 });
      const start = await startOf(store, 'news');
      await fill(store, 'news', 10);
      const head = await headOf(store, 'news');
      expectEqual([head.first - start[1], head.last - start[1]], [8, 10], 'head');
      await expectGap(store, 'news', start, 'retention');
      await expectGap(store, 'news', [start[0], start[1] + 6], 'retention');
      expectEqual(
        (await textsOf(store, 'news', [start[0], start[1] + 7])).length,
        3,
        'entries after the last one lost',
      );
    },
  },
  {
    name: 'retention by age: what has aged is not served, swept or not',
    uses: ['retentionMs'],
    faults: 'none',
    async run({ open, advance }) {
      const store = await open({ retentionMs: 10_000 });
      const start = await startOf(store, 'news');
      const old = await fill(store, 'news', 2);
      await advance(6000);
      await fill(store, 'news', 1);
      expectEqual((await textsOf(store, 'news', start)).length, 3, 'entries before');
      await advance(6000);
      await expectGap(store, 'news', start, 'retention');
      expectEqual((await textsOf(store, 'news', old)).length, 1, 'entries after');
    },
  },
  {
    name: 'a sweep lets go of what has aged',
    uses: ['retentionMs'],
    faults: 'none',
    async run({ open, advance, settle }) {
      const store = await open({ retentionMs: 1000 });
      for (const topic of ['a', 'b', 'c']) await fill(store, topic, 3);
      await advance(2000);
      store.sweep();
      await settle();
      const { entries, bytes } = store.snapshot();
      expectEqual([entries, bytes], [0, 0], 'entries and bytes');
    },
  },
  {
    name: 'retention by bytes: the oldest leave, the newest stays',
    uses: ['retentionBytes'],
    faults: 'none',
    async run({ open }) {
      const store = await open({ retentionBytes: 20_000 });
      const start = await startOf(store, 'news');
      const last = await fill(store, 'news', 20, 3000);
      const head = await headOf(store, 'news');
      expectEqual(head.last, last[1], 'newest');
      const kept = head.last - head.first + 1;
      expectThat(kept >= 1 && kept <= 6, `1 to 6 of 3,000 bytes are kept, not ${kept}`);
      await expectGap(store, 'news', start, 'retention');
    },
  },
  {
    name: 'a message too large is refused and takes no offset',
    uses: ['maxMessageBytes'],
    faults: 'none',
    async run({ open }) {
      const store = await open({ maxMessageBytes: 1000 });
      const at = await append(store, 'news', 'x'.repeat(1000));
      for (const payload of ['x'.repeat(1001), 'é'.repeat(501), new Uint8Array(1001)]) {
        const outcome = await store.append(message('news', payload));
        expectEqual(outcome.status === 'refused' && outcome.limit, 'messageBytes', 'too large');
      }
      expectEqual(await append(store, 'news', 'x'), [at[0], at[1] + 1], 'the next message');
      expectEqual(store.snapshot().refused, 3, 'refused');
    },
  },
  {
    name: 'a message larger than its share of the budget is refused and costs nobody a message',
    uses: ['budgetBytes', 'inboxShare'],
    faults: 'none',
    async run({ open }) {
      const store = await open({ budgetBytes: 40_000, inboxShare: 0.25 });
      await append(store, 'news', 'one');
      await append(store, inboxKey('s1'), 'two');
      const inbox = await store.append(message(inboxKey('s2'), 'x'.repeat(10_000)));
      expectEqual(inbox.status === 'refused' && inbox.limit, 'budget', 'larger than the inboxes’ share');
      const topic = await store.append(message('news', 'x'.repeat(30_000)));
      expectEqual(topic.status === 'refused' && topic.limit, 'budget', 'larger than the topics’ share');
      expectEqual([await textsOf(store, 'news'), await textsOf(store, inboxKey('s1'))], [['one'], ['two']], 'entries');
    },
  },
  {
    name: 'the budget trims the largest log, its readers are told why, small logs keep theirs',
    uses: ['budgetBytes', 'inboxShare'],
    faults: 'none',
    async run({ open }) {
      const store = await open({ budgetBytes: 100_000, inboxShare: 0 });
      await append(store, 'small', 'keep me');
      const start = await startOf(store, 'large');
      await fill(store, 'large', 100, 2000);
      expectThat(store.snapshot().bytes <= 100_000, 'the budget is kept');
      expectThat(store.snapshot().trimmed.budget > 0, 'something was trimmed for the budget');
      await expectGap(store, 'large', start, 'budget');
      expectEqual(await textsOf(store, 'small'), ['keep me'], 'the small log');
    },
  },
  {
    name: 'inboxes and topics do not use each other’s share',
    uses: ['budgetBytes', 'inboxShare'],
    faults: 'none',
    async run({ open }) {
      const store = await open({ budgetBytes: 100_000, inboxShare: 0.5 });
      await fill(store, 'news', 5, 2000);
      for (let session = 0; session < 10; session++) await fill(store, inboxKey(`s${session}`), 10, 2000);
      expectEqual((await textsOf(store, 'news')).length, 5, 'entries of the topic');
      expectThat(store.snapshot().inboxBytes <= 50_000, 'the inboxes keep to their share');
      const kept = (await textsOf(store, inboxKey('s9'))).length;
      await fill(store, 'news', 100, 2000);
      expectEqual((await textsOf(store, inboxKey('s9'))).length, kept, 'entries of the inbox');
    },
  },
  {
    name: 'topics beyond the limit are refused, known ones go on, held ones without messages do not count',
    uses: ['maxTopics'],
    faults: 'none',
    async run({ open, settle }) {
      const store = await open({ maxTopics: 2 });
      const release = store.hold('quiet');
      await settle();
      await append(store, 'a', 'one');
      await append(store, 'b', 'one');
      for (const topic of ['c', 'quiet']) {
        const outcome = await store.append(message(topic, 'one'));
        expectEqual(outcome.status === 'refused' && outcome.limit, 'topics', topic);
      }
      await append(store, 'a', 'two');
      await append(store, inboxKey('s1'), 'inboxes are counted apart');
      release();
    },
  },
  {
    name: 'inboxes beyond the limit are refused until one is removed',
    uses: ['maxInboxes'],
    faults: 'none',
    async run({ open, settle }) {
      const store = await open({ maxInboxes: 1 });
      await append(store, inboxKey('s1'), 'one');
      expectEqual((await store.append(message(inboxKey('s2'), 'one'))).status, 'refused', 'the second');
      store.remove(inboxKey('s1'));
      await settle();
      await append(store, inboxKey('s2'), 'one');
    },
  },
  {
    name: 'a position of another epoch or beyond the head is answered by a gap',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      const [epoch, offset] = await fill(store, 'news', 3);
      await expectGap(store, 'news', [epoch - 1, offset], 'epoch');
      await expectGap(store, 'news', [epoch - 1, offset + 100], 'epoch');
      await expectGap(store, 'news', [epoch + 1, 0], 'ahead');
      await expectGap(store, 'news', [epoch, offset + 1], 'ahead');
      const unwritten = await headOf(store, 'unwritten');
      await expectGap(store, 'unwritten', [unwritten.epoch, unwritten.last + 1], 'ahead');
      await expectGap(store, 'unwritten', [unwritten.epoch - 1, 5], 'epoch');
    },
  },
  {
    name: 'trim lets go of what its reader had and of nothing else',
    uses: [],
    faults: 'none',
    async run({ open, settle }) {
      const store = await open();
      const key = inboxKey('s1');
      const [epoch, last] = await fill(store, key, 5);
      store.trim(key, [epoch - 1, last]);
      store.trim(key, [epoch, last - 2]);
      store.trim('unwritten', [epoch, 5]);
      await settle();
      const head = await headOf(store, key);
      expectEqual([head.first, head.last], [last - 1, last], 'head');
      expectEqual(store.snapshot().trimmed.acknowledged, 3, 'acknowledged');
      store.trim(key, [epoch, last + 100]);
      await settle();
      expectEqual(await append(store, key, 'next'), [epoch, last + 1], 'the next message');
      expectEqual((await textsOf(store, key, [epoch, last])).length, 1, 'entries');
    },
  },
  {
    name: 'a removed log serves nothing of what it had',
    uses: [],
    faults: 'none',
    async run({ open, settle }) {
      const store = await open();
      const key = inboxKey('s1');
      const start = await startOf(store, key);
      await fill(store, key, 3);
      store.remove(key);
      store.remove('unwritten');
      await settle();
      expectEqual(await textsOf(store, key), [], 'entries');
      expectEqual(store.snapshot().entries, 0, 'entries in all');
      expectEqual((await store.read(key, start, PAGE)).status, 'gap', 'a reader from before');
    },
  },
  {
    name: 'a forgotten topic starts again above everything its readers know',
    uses: ['retentionMs', 'forgetAfterMs'],
    faults: 'none',
    async run({ open, advance, settle }) {
      const store = await open({ retentionMs: 1000, forgetAfterMs: 5000 });
      const start = await startOf(store, 'news');
      const last = await fill(store, 'news', 5);
      await advance(10_000);
      store.sweep();
      await settle();
      const next = await append(store, 'news', 'next');
      expectThat(next[0] > last[0] || next[1] > last[1], 'the next position is above');
      await expectGap(store, 'news', start, next[0] === start[0] ? 'retention' : 'epoch');
      const behind = await store.read('news', [last[0], last[1] - 1], PAGE);
      expectEqual(behind.status, 'gap', 'a reader that missed one');
    },
  },
  {
    name: 'a held topic is not forgotten: its positions stay good however long it is quiet',
    uses: ['retentionMs', 'forgetAfterMs'],
    faults: 'none',
    async run({ open, advance, settle }) {
      const store = await open({ retentionMs: 1000, forgetAfterMs: 1000 });
      const release = store.hold('quiet');
      const again = store.hold('quiet');
      await settle();
      const at = await startOf(store, 'quiet');
      again();
      again();
      await fill(store, 'busy', 20);
      await advance(10_000);
      store.sweep();
      await settle();
      expectEqual(await append(store, 'quiet', 'at last'), [at[0], at[1] + 1], 'the first message');
      expectEqual(await textsOf(store, 'quiet', at), ['at last'], 'entries');
      release();
    },
  },
  {
    name: 'snapshot counts what happened',
    uses: ['retentionEntries', 'maxMessageBytes'],
    faults: 'none',
    async run({ open }) {
      const store = await open({ retentionEntries: 2, maxMessageBytes: 100 });
      const key = { scope: 'ann', id: '1', ttlMs: 60_000 };
      await append(store, 'news', 'one', { key });
      await store.append(message('news', 'one', { key }));
      await fill(store, 'news', 3);
      await append(store, inboxKey('s1'), 'one');
      await store.append(message('news', 'x'.repeat(101)));
      const seen = store.snapshot();
      expectEqual([seen.appended, seen.duplicates, seen.refused, seen.trimmed.retention], [5, 1, 1, 2], 'counters');
      expectEqual([seen.topics, seen.inboxes, seen.entries, seen.keys], [1, 1, 3, 1], 'sizes');
      expectThat(seen.bytes > seen.inboxBytes && seen.inboxBytes > 0, 'bytes of both kinds');
    },
  },
];
