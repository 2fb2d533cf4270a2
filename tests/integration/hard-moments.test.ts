// Moments at which a connection breaks that a random cut seldom finds, each made on purpose.
import type { StabilityClient } from '@ws-stability/client';
import { MemoryLogStore } from '@ws-stability/store';
import { assertDelivery, eventually, FaultProxy, History } from '@ws-stability/testing';
import { expect, test } from 'vitest';
import { publishFromServer, publishRecorded, subscribeRecorded } from '../harness/recorded-client.ts';
import { connectClient, startServer } from '../harness/stability-server.ts';

const online = (client: StabilityClient) => eventually(() => expect(client.state.name).toBe('online'));
const delivered = (history: History) => history.seen.filter((event) => event.type === 'delivered');

test('a handler that still runs when its message is sent again: it runs once, and both waits get its answer', async () => {
  await using server = await startServer();
  await using proxy = await FaultProxy.listen({ port: server.port, seed: 1 });
  let runs = 0;
  let finish: (value: string) => void = () => {};
  server.manager.handle('slow', () => {
    runs++;
    return new Promise<string>((resolve) => {
      finish = resolve;
    });
  });
  const client = connectClient(proxy.port);
  const answer = client.request('slow', 'x');
  await eventually(() => expect(runs).toBe(1));
  for (let round = 1; round <= 3; round++) {
    proxy.cutAll('reset');
    await eventually(() => expect(client.snapshot().counters.resumes).toBe(round));
  }
  finish('done');
  expect(await answer).toBe('done');
  expect(runs).toBe(1);
  await client.close();
});

test('a result that was cut off comes again, a refusal too', async () => {
  await using server = await startServer({}, { authorize: (_, name) => (name === 'secret' ? 'not for you' : true) });
  await using proxy = await FaultProxy.listen({ port: server.port, seed: 1 });
  const client = connectClient(proxy.port);
  await online(client);
  // The server hears everything, the client nothing.
  proxy.blackHole('down');
  const refused = client.publish('secret', 'x');
  const accepted = client.publish('open', 'x');
  await eventually(() => expect(server.manager.snapshot().messages).toMatchObject({ received: 2, published: 1 }));
  proxy.resume('down');
  proxy.cutAll();
  await expect(refused).rejects.toMatchObject({ code: 'ERR_DENIED' });
  expect(await accepted).toMatchObject({ duplicate: false });
  expect(server.manager.snapshot().messages).toMatchObject({ received: 2, published: 1 });
  await client.close();
});

test('a cut in the middle of catching up, and again: every page goes on where the last one ended', async () => {
  await using server = await startServer({ pageEntries: 7 });
  await using proxy = await FaultProxy.listen({ port: server.port, seed: 2 });
  const history = new History();
  const client = connectClient(proxy.port);
  await subscribeRecorded(history, client, 'client', 'news');
  proxy.refuse();
  proxy.cutAll();
  for (let n = 1; n <= 500; n++) await publishFromServer(history, server.manager, 'news', `m${n} ${'x'.repeat(200)}`);
  // Each connection dies in the middle of its pages.
  const stop = proxy.onConnection((link) => link.down.cutAfter(9_000 + 500 * link.index));
  proxy.refuse(false);
  await eventually(() => expect(proxy.snapshot().cuts).toBeGreaterThan(6));
  stop();
  proxy.cutAll();
  await eventually(() => expect(delivered(history)).toHaveLength(500));
  assertDelivery(history);
  await client.close();
});

test('a connection that died without a word: the heartbeat finds it, and nothing is lost', async () => {
  await using server = await startServer({ pingMs: 150, pongMs: 150, closeTimeoutMs: 200 });
  await using proxy = await FaultProxy.listen({ port: server.port, seed: 3 });
  const history = new History();
  const client = connectClient(proxy.port);
  await subscribeRecorded(history, client, 'client', 'news');
  proxy.links[0]?.up.blackHole();
  proxy.links[0]?.down.blackHole();
  await publishFromServer(history, server.manager, 'news', 'into-the-dark');
  const sent = publishRecorded(history, client, 'news', 'into-the-dark-too');
  await sent;
  await eventually(() => assertDelivery(history));
  expect(client.snapshot().counters.resumes).toBe(1);
  await eventually(() => expect(server.manager.snapshot().connections.active).toBe(1));
  await client.close();
});

test('a client that is back before the server has noticed takes its session over; the old connection says nothing more', async () => {
  await using server = await startServer();
  await using proxy = await FaultProxy.listen({ port: server.port, seed: 4 });
  const history = new History();
  const client = connectClient(proxy.port);
  await subscribeRecorded(history, client, 'client', 'news');
  const { session } = client;
  const old = proxy.links[0];
  // The server's news of the end are swallowed: for it the old connection lives on.
  old?.up.blackHole();
  old?.down.cutAfter(old.down.forwardedBytes);
  await eventually(() => expect(client.snapshot().counters.resumes).toBe(1));
  await publishFromServer(history, server.manager, 'news', 'after');
  await eventually(() => assertDelivery(history));
  expect(client.session).toBe(session);
  await eventually(() => expect(server.manager.snapshot().connections.active).toBe(1));
  await client.close();
});

test('own messages that were not to come back do not, cut or not, and the others see them', async () => {
  await using server = await startServer();
  await using proxy = await FaultProxy.listen({ port: server.port, seed: 5 });
  const history = new History();
  const author = connectClient(proxy.port);
  const reader = connectClient(server.port);
  await subscribeRecorded(history, author, 'author', 'news');
  await subscribeRecorded(history, reader, 'reader', 'news');
  for (let n = 1; n <= 30; n++) {
    const echo = n % 3 === 0;
    const published = author.publish('news', `m${n}`, { echo });
    if (n % 5 === 0) proxy.cutAll(n % 2 === 0 ? 'end' : 'reset');
    history.publish('news', `m${n}`, (await published).position);
  }
  await eventually(() => assertDelivery(history));
  const heard = delivered(history).filter((event) => event.subscriber === 'author');
  expect(heard.map((event) => event.content)).toEqual(Array.from({ length: 10 }, (_, index) => `m${3 * (index + 1)}`));
  await Promise.all([author.close(), reader.close()]);
});

test('text and binary mixed arrive as they were sent, through single bytes and a delay', async () => {
  await using server = await startServer();
  await using proxy = await FaultProxy.listen({ port: server.port, seed: 6 });
  proxy.setFaults('down', { sliceBytes: 1 });
  proxy.setFaults('up', { sliceBytes: 3, delayMs: 1, jitterMs: 3 });
  const client = connectClient(proxy.port);
  const heard: (string | number[])[] = [];
  await client.subscribe('news', (payload) => void heard.push(typeof payload === 'string' ? payload : [...payload]))
    .ready;
  const payloads = [
    'plain',
    Uint8Array.of(0, 255, 10),
    '',
    new Uint8Array(0),
    '{"t":"bye"}',
    'Grüße ☂\n\u0000',
    Uint8Array.of(123),
  ];
  for (const payload of payloads) await client.publish('news', payload);
  await eventually(() => expect(heard).toHaveLength(payloads.length));
  expect(heard).toEqual(payloads.map((payload) => (typeof payload === 'string' ? payload : [...payload])));
  await client.close();
});

test('a reader at a few kilobytes a second gets everything, and holds up nobody', async () => {
  await using server = await startServer();
  await using proxy = await FaultProxy.listen({ port: server.port, seed: 7 });
  const history = new History();
  const slow = connectClient(proxy.port);
  const quick = connectClient(server.port);
  await subscribeRecorded(history, slow, 'slow', 'news');
  await subscribeRecorded(history, quick, 'quick', 'news');
  proxy.setFaults('down', { bytesPerSecond: 40_000 });
  for (let n = 1; n <= 300; n++) await publishFromServer(history, server.manager, 'news', `m${n}-${'x'.repeat(100)}`);
  const of = (name: string) => delivered(history).filter((event) => event.subscriber === name).length;
  await eventually(() => expect(of('quick')).toBe(300));
  expect(of('slow')).toBeLessThan(300);
  await eventually(() => assertDelivery(history), { timeoutMs: 10_000 });
  await Promise.all([slow.close(), quick.close()]);
});

test('someone else with the same token gets a session of their own while the owner is there', async () => {
  await using server = await startServer();
  const saved = { session: '', token: '', positions: [], nextSeq: 1 };
  const store = {
    load: () => undefined,
    save: (next: object) => void Object.assign(saved, next),
    clear: () => {},
  };
  const owner = connectClient(server.port, {}, { storage: store });
  await online(owner);
  await eventually(() => expect(saved.session).toBe(owner.session));
  const copy = { ...saved };
  const whys: unknown[] = [];
  const thief = connectClient(server.port, {}, { storage: { ...store, load: () => copy, save: () => {} } });
  thief.on('session', ({ resumed, why }) => whys.push([resumed, why]));
  await online(thief);
  expect(whys).toEqual([[false, 'inUse']]);
  expect(thief.session).not.toBe(owner.session);
  expect(owner.snapshot().counters.reconnects).toBe(0);
  await Promise.all([owner.close(), thief.close()]);
});

test('a session whose time ran out: what is shared and still in the log arrives all the same, and the client is told', async () => {
  await using server = await startServer({ sessionTtlMs: 100 }, { log: new MemoryLogStore() });
  await using proxy = await FaultProxy.listen({ port: server.port, seed: 8 });
  const history = new History();
  const client = connectClient(proxy.port);
  const whys: unknown[] = [];
  client.on('session', ({ resumed, why }) => whys.push([resumed, why]));
  await subscribeRecorded(history, client, 'client', 'news');
  proxy.refuse();
  proxy.cutAll();
  await eventually(() => expect(server.manager.snapshot().sessions).toMatchObject({ expired: 1, detached: 0 }));
  await publishFromServer(history, server.manager, 'news', 'while-away');
  proxy.refuse(false);
  await eventually(() => assertDelivery(history));
  expect(whys.at(-1)).toEqual([false, 'expired']);
  await client.close();
});

test('a shutdown at once, under load: sessions are put away in order, and nothing is reported as a failure', async () => {
  const server = await startServer();
  const failures: unknown[] = [];
  server.manager.on('error', (error) => failures.push(error));
  const clients = Array.from({ length: 10 }, () => connectClient(server.port));
  await Promise.all(clients.map((client) => client.subscribe('news', () => {}).ready));
  const publishes = clients.map((client) => client.publish('news', 'x').catch(() => {}));
  await server.close();
  await eventually(() => expect(clients.map(({ state }) => state.name)).not.toContain('online'));
  expect(server.manager.snapshot()).toMatchObject({ state: 'closed', connections: { active: 0 } });
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all(publishes);
  expect(failures).toEqual([]);
});

test('two hundred clients that go at once leave nothing behind', async () => {
  await using server = await startServer({ sessionTtlMs: 1_000 });
  await using proxy = await FaultProxy.listen({ port: server.port, seed: 9 });
  const clients = Array.from({ length: 200 }, () => connectClient(proxy.port, { maxAttempts: 1 }));
  await Promise.all(clients.map((client) => client.subscribe('news', () => {}).ready));
  expect(server.manager.snapshot()).toMatchObject({
    connections: { active: 200 },
    sessions: { attached: 200 },
    feeds: 201,
  });
  proxy.refuse();
  proxy.cutAll('reset');
  await eventually(() =>
    expect(server.manager.snapshot()).toMatchObject({
      connections: { active: 0 },
      sessions: { attached: 0, detached: 0, expired: 200 },
      feeds: 0,
    }),
  );
  await Promise.all(clients.map((client) => client.close()));
});
