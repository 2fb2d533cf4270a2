// Cases of the log: what is appended comes back as it was, at the next offset, in the order of the appends.
import { comparePositions, decodeDownward } from '@ws-stability/protocol';
import { inboxKey, principalKey } from '../log-key.ts';
import { expectEqual, expectFailure, expectThat } from './expect.ts';
import {
  append,
  headOf,
  type LogStoreCase,
  message,
  PAGE,
  payloadOf,
  readAll,
  startOf,
  textsOf,
} from './log-harness.ts';

/** The application's message in a wire frame, WebSocket header taken off. */
function insideOf(frame: Uint8Array): Uint8Array {
  const length = frame[1] ?? 0;
  return frame.subarray(length === 127 ? 10 : length === 126 ? 4 : 2);
}

export const logMessageCases: readonly LogStoreCase[] = [
  {
    name: 'the first message follows the head that an unwritten topic showed',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      const before = await headOf(store, 'news');
      expectEqual(before.first, before.last + 1, 'an unwritten topic retains nothing');
      expectEqual(await append(store, 'news', 'one'), [before.epoch, before.last + 1], 'first position');
    },
  },
  {
    name: 'offsets of a topic follow one another and topics count on their own',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      const [epoch, first] = await append(store, 'news', 'a');
      const other = await append(store, 'sport', 'b');
      expectEqual(await append(store, 'news', 'c'), [epoch, first + 1], 'second of news');
      expectEqual(await append(store, 'news', 'd'), [epoch, first + 2], 'third of news');
      expectEqual(await append(store, 'sport', 'e'), [other[0], other[1] + 1], 'second of sport');
    },
  },
  {
    name: 'appends that are not awaited take effect in the order of the calls',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      const texts = Array.from({ length: 50 }, (_, index) => `m${index}`);
      await Promise.all(texts.map((text) => store.append(message('news', text))));
      expectEqual(await textsOf(store, 'news'), texts, 'order');
    },
  },
  {
    name: 'text, bytes and text given as bytes come back as they were',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
      await append(store, 'news', 'grüße 🙂');
      await append(store, 'news', bytes);
      await append(store, 'news', new TextEncoder().encode('naïve'), { binary: false });
      await append(store, 'news', '');
      await append(store, 'news', new Uint8Array(0));
      const entries = await readAll(store, 'news');
      const kinds = entries.map((entry) => entry.binary);
      expectEqual(kinds, [false, true, false, false, true], 'binary or text');
      const utf8 = new TextEncoder();
      const expected = [utf8.encode('grüße 🙂'), bytes, utf8.encode('naïve'), [], []].map((payload) => [...payload]);
      const seen = entries.map((entry) => [...payloadOf(entry)]);
      expectEqual(seen, expected, 'payloads');
    },
  },
  {
    name: 'an entry is a whole wire frame with its topic, offset and id',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      const [, offset] = await append(store, 'news', 'hello', { id: 'id-1' });
      await append(store, 'news', Uint8Array.of(1, 2, 3));
      await append(store, 'news', 'x'.repeat(70_000));
      const [text, bytes, long] = await readAll(store, 'news');
      expectThat(text !== undefined && bytes !== undefined && long !== undefined, 'three entries');
      expectEqual([text.frame[0], bytes.frame[0], long.frame[0]], [0x81, 0x82, 0x81], 'opcodes, FIN set');
      const seen = decodeDownward(new TextDecoder().decode(insideOf(text.frame)));
      expectThat(seen.t === 'data', 'the text frame can be decoded');
      expectEqual([seen.topic, seen.offset, seen.id, seen.payload], ['news', offset, 'id-1', 'hello'], 'text frame');
      const binary = decodeDownward(insideOf(bytes.frame));
      expectThat(binary.t === 'data' && typeof binary.payload !== 'string', 'the binary frame can be decoded');
      expectEqual([binary.topic, binary.offset, [...binary.payload]], ['news', offset + 1, [1, 2, 3]], 'binary frame');
      const last = decodeDownward(new TextDecoder().decode(insideOf(long.frame)));
      expectThat(last.t === 'data', 'the long frame can be decoded');
      expectEqual(last.payload.length, 70_000, 'long payload');
    },
  },
  {
    name: 'private logs stand in their frames under the names that clients know',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      for (const [key, name] of [
        [inboxKey('s1'), '@'],
        [principalKey('ann'), '@u'],
      ] as const) {
        await append(store, key, 'psst');
        const [entry] = await readAll(store, key);
        expectThat(entry !== undefined, 'the entry is there');
        const seen = decodeDownward(new TextDecoder().decode(insideOf(entry.frame)));
        expectEqual(seen.t === 'data' && seen.topic, name, 'topic on the wire');
      }
      expectEqual(await textsOf(store, inboxKey('s2')), [], 'another session’s inbox');
    },
  },
  {
    name: 'what the caller does to its bytes after the append changes nothing',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      const bytes = Uint8Array.of(1, 2, 3);
      await append(store, 'news', bytes);
      bytes.fill(9);
      const [entry] = await readAll(store, 'news');
      expectEqual(entry && [...payloadOf(entry)], [1, 2, 3], 'payload');
    },
  },
  {
    name: 'a string marked binary fails with ERR_PAYLOAD and is not appended',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      await expectFailure(() => store.append(message('news', 'text', { binary: true })), 'ERR_PAYLOAD', 'append');
      expectEqual(await textsOf(store, 'news'), [], 'entries');
    },
  },
  {
    name: 'a page has at most the entries asked for and goes on from any position',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      const start = await startOf(store, 'news');
      for (let index = 1; index <= 10; index++) await append(store, 'news', `m${index}`);
      const page = await store.read('news', [start[0], start[1] + 4], { entries: 3, bytes: 100_000 });
      expectThat(page.status === 'entries', 'no gap');
      expectEqual(
        page.entries.map((entry) => entry.offset - start[1]),
        [5, 6, 7],
        'offsets',
      );
      expectEqual(page.head, { epoch: start[0], first: start[1] + 1, last: start[1] + 10 }, 'head');
    },
  },
  {
    name: 'a page stays within its bytes but always has one entry',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      const start = await startOf(store, 'news');
      for (let index = 0; index < 5; index++) await append(store, 'news', 'x'.repeat(1000));
      const small = await store.read('news', start, { entries: 10, bytes: 10 });
      const medium = await store.read('news', start, { entries: 10, bytes: 2500 });
      expectEqual(small.status === 'entries' && small.entries.length, 1, 'entries of 10 bytes');
      expectEqual(medium.status === 'entries' && medium.entries.length, 2, 'entries of 2,500 bytes');
    },
  },
  {
    name: 'a read at the head is an empty page',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      const at = await append(store, 'news', 'one');
      const page = await store.read('news', at, PAGE);
      expectEqual(page.status === 'entries' && page.entries.length, 0, 'entries');
      expectEqual(page.head.last, at[1], 'head');
    },
  },
  {
    name: 'heads answers in the order asked, unwritten topics and repetitions too',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      const at = await append(store, 'b', 'one');
      const heads = await store.heads(['a', 'b', 'c', 'b']);
      expectEqual(heads.length, 4, 'heads');
      expectEqual([heads[1]?.last, heads[3]?.last], [at[1], at[1]], 'the written topic');
      expectThat(
        heads.every((head) => head.first <= head.last + 1),
        'every head is sound',
      );
      expectEqual(await store.heads([]), [], 'heads of nothing');
    },
  },
  {
    name: 'origin and time to live stay with the entry',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      await append(store, 'news', 'plain');
      await append(store, 'news', 'short', { ttlMs: 20_000, origin: 's1' });
      await append(store, 'news', 'long', { ttlMs: 60_000 });
      const [plain, short, long] = await readAll(store, 'news');
      expectEqual([plain?.origin, short?.origin], [undefined, 's1'], 'origin');
      expectEqual(plain?.expiresAt, Number.POSITIVE_INFINITY, 'without a time to live');
      const apart = (long?.expiresAt ?? 0) - (short?.expiresAt ?? 0);
      expectThat(apart > 35_000 && apart < 45_000, `40 s between the two expiries, not ${apart} ms`);
    },
  },
  {
    name: 'positions of a topic only grow, through trimming, removal and forgetting',
    uses: ['retentionMs', 'forgetAfterMs'],
    faults: 'none',
    async run({ open, advance, settle }) {
      const store = await open({ retentionMs: 1000, forgetAfterMs: 1000 });
      const key = inboxKey('s1');
      let newest = await append(store, key, 'first');
      for (const disturb of [
        () => store.trim(key, newest),
        () => store.remove(key),
        async () => {
          await advance(5000);
          store.sweep();
        },
      ]) {
        await disturb();
        await settle();
        const next = await append(store, key, 'next');
        expectThat(comparePositions(next, newest) > 0, `${next.join(':')} comes after ${newest.join(':')}`);
        newest = next;
      }
    },
  },
  {
    name: 'a closed store fails with ERR_STORE_CLOSED',
    uses: [],
    faults: 'none',
    async run({ open }) {
      const store = await open();
      await append(store, 'news', 'one');
      await store.close();
      await expectFailure(() => store.append(message('news', 'two')), 'ERR_STORE_CLOSED', 'append');
      await expectFailure(() => store.read('news', [0, 0], PAGE), 'ERR_STORE_CLOSED', 'read');
      await expectFailure(() => store.heads(['news']), 'ERR_STORE_CLOSED', 'heads');
    },
  },
];
