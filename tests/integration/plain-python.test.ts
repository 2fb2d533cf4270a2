// A plain client of another language on the same port: python3-websockets, which knows nothing of us.
import type { IncomingMessage } from 'node:http';
import type { PlainRequest, UpgradeDecision } from '@ws-stability/manager';
import { MemoryLogStore } from '@ws-stability/store';
import { eventually } from '@ws-stability/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasPythonWebSockets, PythonClient } from '../harness/python-client.ts';
import { type StabilityServer, startServer } from '../harness/stability-server.ts';

const available = hasPythonWebSockets();
if (!available) {
  const remedy =
    'python3-websockets is missing, the plain client of another language is NOT tested: apt-get install python3-websockets';
  if (process.env.CI === 'true') throw new Error(remedy);
  process.stderr.write(`\n!!! ${remedy}\n\n`);
}

let log: MemoryLogStore;
let server: StabilityServer<unknown>;
let clients: PythonClient[] = [];

beforeEach(async () => {
  log = new MemoryLogStore({ retentionEntries: 20 });
  // Asked often what has arrived, so that the tests need not wait for it.
  server = await startServer({ plainBatchMs: 20 }, { log, onUpgrade: admit });
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.dispose()));
  clients = [];
  await server.close();
});

/** `?topic=T&client=ID`, as the reference server has it. */
function admit(request: IncomingMessage): UpgradeDecision<unknown> {
  const query = new URL(request.url ?? '/', 'ws://server').searchParams;
  const topic = query.get('topic') ?? 'news';
  const identity = query.get('client');
  const plain: PlainRequest = {
    subscribe: [{ topic, from: identity === null ? 'now' : 'resume' }],
    publishTo: topic,
    envelope: 'raw',
    ...(identity === null ? {} : { identity }),
  };
  return { accept: true, plain };
}

async function connect(query: string): Promise<PythonClient> {
  const client = new PythonClient(`ws://127.0.0.1:${server.port}/?${query}`);
  clients.push(client);
  await eventually(() =>
    expect(client.events[0], client.complaints).toMatchObject({ event: 'open', subprotocol: null }),
  );
  return client;
}

async function publish(...contents: readonly string[]): Promise<void> {
  for (const content of contents) await server.manager.publish('news', content);
}

/** Whether `heard` is `all` with nothing missing and nothing out of order, but perhaps pieces repeated from an earlier place. */
function isAtLeastOnceInOrder(heard: readonly string[], all: readonly string[]): boolean {
  let next = 0;
  for (const content of heard) {
    const place = all.indexOf(content);
    if (place < 0 || place > next) return false;
    next = place + 1;
  }
  return next === all.length && new Set(heard).size === all.length;
}

describe.runIf(available)('python3-websockets as a plain client', () => {
  test('text stays text and binary stays binary, both ways', async () => {
    const sender = await connect('topic=news');
    const listener = await connect('topic=news');
    sender.send('Grüße ☂');
    sender.send(Uint8Array.of(0, 1, 2, 255));
    sender.send('');
    await eventually(() =>
      expect(listener.events.slice(1)).toEqual([
        { event: 'text', data: 'Grüße ☂' },
        { event: 'binary', data: Buffer.from([0, 1, 2, 255]).toString('base64') },
        { event: 'text', data: '' },
      ]),
    );
    await publish('from the server');
    await eventually(() => expect(sender.texts).toContain('from the server'));
    sender.close();
    await eventually(() => expect(sender.closed).toMatchObject({ code: 1000 }));
  });

  test('a client with identity that was away gets what it missed, at least once and in order', async () => {
    const first = await connect('topic=news&client=ada');
    await publish('m1', 'm2', 'm3');
    await eventually(() => expect(first.texts).toEqual(['m1', 'm2', 'm3']));
    first.abort();
    await eventually(() => expect(server.manager.snapshot().connections.active).toBe(0));
    await publish('m4', 'm5', 'm6');
    const second = await connect('topic=news&client=ada');
    await eventually(() => expect(second.texts.at(-1)).toBe('m6'));
    await publish('m7');
    await eventually(() => expect(second.texts.at(-1)).toBe('m7'));
    const all = ['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7'];
    expect(isAtLeastOnceInOrder([...first.texts, ...second.texts], all), second.texts.join()).toBe(true);
  });

  test('what its pongs confirmed does not come again', async () => {
    const first = await connect('topic=news&client=eve');
    await publish('m1', 'm2');
    await eventually(() => expect(first.texts).toEqual(['m1', 'm2']));
    // Longer than a batch and its pong take; a repeat would be permitted but is not wanted here.
    await new Promise<void>((resolve) => setTimeout(resolve, 200));
    first.abort();
    await eventually(() => expect(server.manager.snapshot().connections.active).toBe(0));
    await publish('m3');
    const second = await connect('topic=news&client=eve');
    await eventually(() => expect(second.texts.at(-1)).toBe('m3'));
    expect(second.texts).toEqual(['m3']);
  });

  test('a client without identity misses what was sent while it was away', async () => {
    const first = await connect('topic=news');
    await publish('m1');
    await eventually(() => expect(first.texts).toEqual(['m1']));
    first.abort();
    await eventually(() => expect(server.manager.snapshot().connections.active).toBe(0));
    await publish('m2');
    const second = await connect('topic=news');
    await publish('m3');
    await eventually(() => expect(second.texts).toEqual(['m3']));
  });

  test('a gap closes it with 4201 and the range, and the next connection goes on after it', async () => {
    const first = await connect('topic=news&client=bob');
    await publish('m1', 'm2');
    await eventually(() => expect(first.texts).toEqual(['m1', 'm2']));
    await new Promise<void>((resolve) => setTimeout(resolve, 200));
    first.abort();
    await eventually(() => expect(server.manager.snapshot().connections.active).toBe(0));
    const missed = Array.from({ length: 50 }, (_, index) => `m${index + 3}`);
    await publish(...missed);
    const [head] = log.heads(['news']) as readonly [{ epoch: number; first: number; last: number }];
    expect(head).toMatchObject({ first: 33, last: 52 });
    const second = await connect('topic=news&client=bob');
    await eventually(() => expect(second.closed).toMatchObject({ code: 4201, reason: `gap ${head.epoch}:3-32` }));
    expect(second.texts).toEqual([]);
    const third = await connect('topic=news&client=bob');
    await eventually(() => expect(third.texts).toEqual(missed.slice(30)));
    await publish('live');
    await eventually(() => expect(third.texts.at(-1)).toBe('live'));
  });

  test('a newer connection of an identity replaces the older with 4000', async () => {
    const older = await connect('topic=news&client=cy');
    await connect('topic=news&client=cy');
    await eventually(() => expect(older.closed).toMatchObject({ code: 4000 }));
  });

  test('a shutdown closes it with 1012', async () => {
    const client = await connect('topic=news');
    await server.manager.shutdown({ deadlineMs: 2000 });
    await eventually(() => expect(client.closed).toMatchObject({ code: 1012 }));
  });
});
