// Cases of the log: the tail is a hint that never contradicts what can be read; faults lose nothing in silence.
import { comparePositions, type Position } from '@ws-stability/protocol';
import type { TailEvent } from '../log-store.ts';
import { expectEqual, expectThat } from './expect.ts';
import {
  append,
  appendSurely,
  type LogStoreCase,
  PAGE,
  patiently,
  payloadOf,
  readAll,
  startOf,
  textOf,
  textsOf,
} from './log-harness.ts';

const key = (id: string) => ({ scope: 'suite', id, ttlMs: 3_600_000 });

export const logTailCases: readonly LogStoreCase[] = [
  {
    name: 'without faults the tail tells each listener of each entry, in order, with what a read gives',
    uses: [],
    faults: 'none',
    async run({ open, settle }) {
      const store = await open();
      const one: TailEvent[] = [];
      const two: TailEvent[] = [];
      store.tail((event) => one.push(event));
      store.tail((event) => two.push(event));
      for (let index = 0; index < 20; index++) await append(store, index % 3 === 0 ? 'sport' : 'news', `m${index}`);
      await settle();
      for (const heard of [one, two]) {
        for (const topic of ['news', 'sport']) {
          const entries = heard.filter((event) => event.topic === topic).map((event) => event.entry);
          const kept = await readAll(store, topic);
          expectEqual(
            entries.map((entry) => entry.offset),
            kept.map((entry) => entry.offset),
            'offsets',
          );
          expectEqual(
            entries.map((entry) => [...payloadOf(entry)]),
            kept.map((entry) => [...payloadOf(entry)]),
            'payloads',
          );
        }
      }
    },
  },
  {
    name: 'a duplicate and a refusal are not heard',
    uses: ['maxMessageBytes'],
    faults: 'none',
    async run({ open, settle }) {
      const store = await open({ maxMessageBytes: 100 });
      const heard: TailEvent[] = [];
      store.tail((event) => heard.push(event));
      await append(store, 'news', 'one', { key: key('1') });
      await store.append({ topic: 'news', payload: 'one', binary: false, key: key('1') });
      await store.append({ topic: 'news', payload: 'x'.repeat(101), binary: false });
      await settle();
      expectEqual(
        heard.map((event) => textOf(event.entry)),
        ['one'],
        'heard',
      );
    },
  },
  {
    name: 'a listener that has left hears no more',
    uses: [],
    faults: 'any',
    async run({ open, settle }) {
      const store = await open();
      let heard = 0;
      const cancel = store.tail(() => heard++);
      await appendSurely(store, 'news', 'one', key('1'));
      await settle();
      cancel();
      cancel();
      const before = heard;
      await appendSurely(store, 'news', 'two', key('2'));
      await settle();
      expectEqual(heard, before, 'heard');
    },
  },
  {
    name: 'what the tail tells is readable when it tells it, in offset order for each topic',
    uses: [],
    faults: 'any',
    async run({ open, settle }) {
      const store = await open();
      const newest = new Map<string, Position>();
      const checks: Promise<void>[] = [];
      store.tail(({ topic, epoch, entry }) => {
        const at: Position = [epoch, entry.offset];
        const before = newest.get(topic);
        newest.set(topic, at);
        checks.push(
          (async () => {
            expectThat(before === undefined || comparePositions(before, at) < 0, 'the tail goes forward');
            const page = await patiently(() => store.read(topic, [epoch, entry.offset - 1], PAGE));
            expectThat(page.status === 'entries' && page.entries[0] !== undefined, 'what was heard can be read');
            expectEqual(textOf(page.entries[0]), textOf(entry), 'heard and read');
          })(),
        );
      });
      for (let index = 0; index < 30; index++) await appendSurely(store, `t${index % 2}`, `m${index}`, key(`${index}`));
      await settle();
      await Promise.all(checks);
    },
  },
  {
    name: 'an append made by a listener is heard after the one that it answers',
    uses: [],
    faults: 'none',
    async run({ open, settle }) {
      const store = await open();
      const answers: unknown[] = [];
      store.tail((event) => {
        if (textOf(event.entry) === 'ping')
          answers.push(store.append({ topic: 'news', payload: 'pong', binary: false }));
      });
      const heard: string[] = [];
      store.tail((event) => heard.push(textOf(event.entry)));
      await append(store, 'news', 'ping');
      await settle();
      await Promise.all(answers);
      await settle();
      expectEqual(heard, ['ping', 'pong'], 'heard');
      expectEqual(await textsOf(store, 'news'), ['ping', 'pong'], 'entries');
    },
  },
  {
    name: 'a message appended until it succeeds, with its key, is there once and in order',
    uses: [],
    faults: 'any',
    async run({ open }) {
      const store = await open();
      const texts = Array.from({ length: 40 }, (_, index) => `m${index}`);
      let newest: Position = [0, 0];
      for (const text of texts) {
        const at = await appendSurely(store, 'news', text, key(text));
        expectThat(comparePositions(at, newest) > 0, 'positions grow');
        newest = at;
      }
      expectEqual(await textsOf(store, 'news'), texts, 'entries');
    },
  },
  {
    name: 'several writers at once: each one’s messages are there once, in its order, without holes',
    uses: [],
    faults: 'any',
    async run({ open }) {
      const store = await open();
      await Promise.all(
        ['a', 'b', 'c', 'd'].map(async (writer) => {
          for (let index = 0; index < 15; index++) {
            await appendSurely(store, 'news', `${writer}${index}`, key(`${writer}${index}`));
          }
        }),
      );
      const texts = await textsOf(store, 'news');
      expectEqual(texts.length, 60, 'entries');
      for (const writer of ['a', 'b', 'c', 'd']) {
        const own = texts.filter((text) => text.startsWith(writer));
        expectEqual(
          own,
          Array.from({ length: 15 }, (_, index) => `${writer}${index}`),
          `messages of ${writer}`,
        );
      }
    },
  },
  {
    name: 'a reader that goes on through gaps has every offset either read or named by a gap, once',
    uses: ['retentionEntries'],
    faults: 'any',
    async run({ open }) {
      const store = await open({ retentionEntries: 5 });
      const start = await startOf(store, 'news');
      let at = start;
      let accounted = 0;
      for (let index = 0; index < 40; index++) {
        await appendSurely(store, 'news', `m${index}`, key(`${index}`));
        if (index % 9 !== 0 && index !== 39) continue;
        for (;;) {
          const from = at;
          const page = await patiently(() => store.read('news', from, { entries: 2, bytes: 100_000 }));
          if (page.status === 'gap') {
            accounted += page.now[1] - at[1];
            at = page.now;
            continue;
          }
          if (page.entries.length === 0) break;
          for (const entry of page.entries) {
            expectEqual(textOf(entry), `m${entry.offset - start[1] - 1}`, 'the message of this offset');
            accounted++;
            at = [at[0], entry.offset];
          }
        }
      }
      expectEqual(accounted, 40, 'offsets read or named');
    },
  },
  {
    name: 'after a restart an old position is good for what followed it, or is answered by a gap',
    uses: [],
    faults: 'any',
    async run({ open, reopen }) {
      if (reopen === undefined) return;
      const store = await open();
      const given: Position[] = [];
      for (let index = 0; index < 10; index++)
        given.push(await appendSurely(store, 'news', `m${index}`, key(`${index}`)));
      const restarted = await reopen(store);
      await appendSurely(restarted, 'news', 'after', key('after'));
      for (const [index, position] of given.entries()) {
        const page = await patiently(() => restarted.read('news', position, PAGE));
        if (page.status === 'gap') continue;
        const expected = [...given.keys()].slice(index + 1).map((later) => `m${later}`);
        expectEqual(page.entries.map(textOf), [...expected, 'after'], `messages after ${position.join(':')}`);
      }
      expectThat((await textsOf(restarted, 'news')).includes('after'), 'the log goes on');
    },
  },
];
