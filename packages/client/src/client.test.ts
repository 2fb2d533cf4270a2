import { ManualClock, seededRandom } from '@ws-stability/core/testing';
import { type Topic, topic } from '@ws-stability/protocol';
import { describe, expect, it } from 'vitest';
import { StabilityClient } from './client.ts';
import type { ClientDependencies, ClientOptions } from './client-dependencies.ts';
import type { ClientEvents } from './client-events.ts';
import { plainFallback } from './fallback.ts';
import { MAX_UNSETTLED } from './positions.machine.ts';
import type { SavedSession } from './session-storage.ts';
import { FakeServer, type FakeSocket, turn } from './testing/fake-server.ts';

interface Parts {
  readonly client: StabilityClient;
  readonly server: FakeServer;
  readonly clock: ManualClock;
  readonly events: { readonly name: keyof ClientEvents; readonly value: unknown }[];
  of<Name extends keyof ClientEvents>(name: Name): ClientEvents[Name][0][];
}

function setUp(options: ClientOptions = {}, dependencies: ClientDependencies = {}): Parts {
  const server = new FakeServer();
  const clock = new ManualClock();
  const client = new StabilityClient('ws://test/', options, {
    WebSocket: server.WebSocket,
    clock,
    random: seededRandom(1),
    ...dependencies,
  });
  const events: Parts['events'] = [];
  for (const name of ['state', 'session', 'gap', 'skip', 'goaway', 'left', 'authreq', 'error'] as const) {
    client.on(name, (...[value]: readonly unknown[]) => void events.push({ name, value }));
  }
  const of = <Name extends keyof ClientEvents>(name: Name) =>
    events.filter((event) => event.name === name).map((event) => event.value as ClientEvents[Name][0]);
  return { client, server, clock, events, of };
}

async function online(
  options: ClientOptions = {},
  dependencies: ClientDependencies = {},
): Promise<Parts & { socket: FakeSocket }> {
  const parts = setUp(options, dependencies);
  await turn();
  const { socket } = parts.server;
  socket.welcome();
  socket.sent();
  return { ...parts, socket };
}

/** Cuts the connection and resumes on the next one. */
async function resume({ server, clock }: Parts, welcome: Parameters<FakeSocket['welcome']>[0] = {}) {
  server.socket.end();
  clock.advance(30_000);
  await turn();
  const { socket } = server;
  const hello = socket.welcome({ resumed: true, generation: 2, ...welcome });
  const [ready, ...rest] = socket.sent();
  expect(ready).toMatchObject({ t: 'ready' });
  return { socket, hello, rest };
}

const errorCodes = (parts: Parts) => parts.of('error').map(({ code }) => code);

describe('greeting', () => {
  it('offers our subprotocol before the application’s, says hello, and ready as the first frame after the welcome', async () => {
    const { client, server, of } = setUp({ subprotocols: ['chat.v2'] }, { auth: () => 'bearer' });
    expect(client.state.name).toBe('connecting');
    await turn();
    expect(server.socket.protocols).toEqual(['ws-stability.v1', 'chat.v2']);
    const published = client.publish('chat', 'early');
    const hello = server.socket.welcome({ generation: 7 });
    expect(hello).toMatchObject({
      t: 'hello',
      v: 1,
      auth: 'bearer',
      instance: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(hello).not.toHaveProperty('session');
    expect(server.socket.sent()).toMatchObject([
      { t: 'ready', generation: 7 },
      { t: 'data', seq: 1, topic: 'chat', payload: 'early' },
    ]);
    expect(client.session).toBe('s1');
    expect(of('session')).toEqual([{ id: 's1', resumed: false, why: undefined }]);
    server.socket.say({ t: 'res', n: 1, ok: true, value: { position: [1, 4], duplicate: false } });
    await expect(published).resolves.toEqual({ position: [1, 4], duplicate: false });
  });

  it('asks for the session, its token and what was received when it comes back', async () => {
    const parts = await online();
    const { client, socket } = parts;
    client.subscribe('chat', () => {});
    socket.say({ t: 'ok', id: 1, at: [3, 9] });
    socket.data('chat', 10);
    const { hello } = await resume(parts, { topics: new Map([['chat', { at: [3, 10] }]]) });
    expect(hello).toMatchObject({ session: 's1', token: 'secret', positions: new Map([['chat', [3, 10]]]) });
    expect(client.snapshot().counters).toMatchObject({ reconnects: 1, resumes: 1, received: 1 });
  });

  it('says that a server is unsupported when the first message is no welcome, and stops', async () => {
    const parts = setUp();
    await turn();
    parts.server.socket.open();
    parts.server.socket.deliver('hello from something else');
    expect(parts.client.state).toEqual({ name: 'closed', code: 'ERR_UNSUPPORTED' });
    expect(errorCodes(parts)).toEqual(['ERR_UNSUPPORTED']);
  });

  it('falls back to a plain connection: send and inbox only', async () => {
    const parts = setUp({ fallback: plainFallback });
    const { client, server } = parts;
    const got: unknown[] = [];
    client.onInbox((payload, meta) => void got.push(payload, meta.volatile));
    await turn();
    server.socket.end(1006);
    await turn();
    expect(server.socket.protocols).toEqual([]);
    const sent = client.send('raw');
    const published = client.publish('chat', 'no');
    const { ready } = client.subscribe('chat', () => {});
    server.socket.open('');
    await expect(sent).resolves.toBeUndefined();
    await expect(published).rejects.toMatchObject({ code: 'ERR_PLAIN' });
    await expect(ready).resolves.toMatchObject({ denied: expect.any(String) });
    server.socket.deliver('{"any":"text"}');
    expect(server.socket.raw).toEqual(['raw']);
    expect(got).toEqual(['{"any":"text"}', true]);
  });

  it('reports a dial that fails before it begins, and tries again', async () => {
    let broken = true;
    const parts = setUp({}, { auth: () => (broken ? Promise.reject(new Error('no token')) : 'token') });
    await turn();
    expect(errorCodes(parts)).toEqual(['ERR_DIAL']);
    broken = false;
    parts.clock.advance(30_000);
    await turn();
    expect(parts.server.socket.welcome()).toMatchObject({ auth: 'token' });
  });
});

describe('topics', () => {
  it('hands messages on in order, drops and counts repeats, acknowledges after 250 ms', async () => {
    const { client, socket, clock } = await online();
    const got: unknown[] = [];
    const subscription = client.subscribe('chat', (value, { epoch, offset }) => void got.push([value, epoch, offset]));
    expect(socket.sent()).toEqual([{ t: 'sub', topic: 'chat', id: 1, from: 'now' }]);
    socket.say({ t: 'ok', id: 1, at: [1, 5] });
    await expect(subscription.ready).resolves.toEqual({ at: [1, 5] });
    for (const offset of [6, 7, 7, 6, 8]) socket.data('chat', offset);
    expect(got).toEqual([
      ['6', 1, 6],
      ['7', 1, 7],
      ['8', 1, 8],
    ]);
    expect(subscription.position).toEqual([1, 8]);
    expect(client.snapshot().counters.duplicatesDropped).toBe(2);
    expect(socket.sent()).toEqual([]);
    clock.advance(250);
    expect(socket.sent()).toEqual([{ t: 'ack', p: new Map([['chat', [1, 8]]]) }]);
    clock.advance(1000);
    expect(socket.sent()).toEqual([]);
  });

  it('acknowledges only up to the first message that a listener still holds', async () => {
    const { client, socket, clock } = await online();
    const release: (() => void)[] = [];
    client.subscribe('chat', () => new Promise<void>((resolve) => release.push(resolve)));
    client.subscribe('chat', () => {});
    socket.say({ t: 'ok', id: 1, at: [1, 0] });
    for (const offset of [1, 2, 3]) socket.data('chat', offset);
    socket.sent();
    release[1]?.();
    await turn();
    clock.advance(250);
    expect(socket.sent()).toEqual([]);
    release[0]?.();
    await turn();
    clock.advance(250);
    expect(socket.sent()).toEqual([{ t: 'ack', p: new Map([['chat', [1, 2]]]) }]);
  });

  it('acknowledges at once after 32 messages and when the server asks for it', async () => {
    const { client, socket } = await online();
    client.subscribe('chat', () => {});
    socket.say({ t: 'ok', id: 1, at: [1, 0] });
    socket.sent();
    for (let offset = 1; offset <= 32; offset++) socket.data('chat', offset);
    expect(socket.sent()).toEqual([{ t: 'ack', p: new Map([['chat', [1, 32]]]) }]);
    socket.data('chat', 33, 'now', { ackNow: true });
    expect(socket.sent()).toEqual([{ t: 'ack', p: new Map([['chat', [1, 33]]]) }]);
  });

  it('says its last acknowledgement again after a cut, for it may be what was cut off', async () => {
    const parts = await online();
    const { client, socket, clock } = parts;
    client.subscribe('chat', () => {});
    const sent = client.send('x');
    socket.say({ t: 'ok', id: 1, at: [1, 0] });
    socket.data('chat', 1);
    socket.say({ t: 'res', n: 1, ok: true });
    await sent;
    clock.advance(250);
    const again = await resume(parts, { handled: 1, topics: new Map([['chat', { at: [1, 1] }]]) });
    clock.advance(250);
    expect(again.socket.sent()).toEqual([{ t: 'ack', p: new Map([['chat', [1, 1]]]), r: 1 }]);
  });

  it('keeps to what it asked while it leaves a topic and asks for it anew', async () => {
    const { client, socket, of } = await online();
    const first = client.subscribe('chat', () => {});
    socket.say({ t: 'ok', id: 1, at: [1, 5] });
    const left = first.unsubscribe();
    const got: unknown[] = [];
    const second = client.subscribe('chat', (value) => void got.push(value), { from: 'start' });
    socket.data('chat', 6);
    socket.say({ t: 'gap', topic: 'chat', was: [1, 6], now: [1, 8], why: 'budget' });
    socket.say({ t: 'skip', topic: 'chat', from: 9, to: 9, why: 'ttl' });
    socket.say({ t: 'unsub', topic: 'chat', why: 'withdrawn' });
    socket.say({ t: 'ok', id: 2 });
    await left;
    socket.say({ t: 'ok', id: 3, at: [1, 0] });
    await expect(second.ready).resolves.toEqual({ at: [1, 0] });
    socket.data('chat', 1);
    expect(got).toEqual(['1']);
    expect([...of('gap'), ...of('skip'), ...of('left')]).toEqual([]);
    client.subscribe('other', () => {}).unsubscribe();
    socket.say({ t: 'gap', topic: 'other', was: [1, 6], now: [1, 8], why: 'budget' });
    expect([...client.snapshot().positions.keys()]).toEqual(['chat']);
  });

  it('closes 4201 on a hole and resumes within 500 ms from what it has', async () => {
    const parts = await online();
    const { client, socket, clock, server } = parts;
    const got: unknown[] = [];
    client.subscribe('chat', (value) => void got.push(value));
    socket.say({ t: 'ok', id: 1, at: [1, 0] });
    socket.data('chat', 1);
    socket.data('chat', 3);
    expect(socket.closedWith).toEqual({ code: 4201, reason: 'chat' });
    clock.advance(500);
    await turn();
    expect(server.socket.welcome({ resumed: true, topics: new Map([['chat', { at: [1, 1] }]]) })).toMatchObject({
      positions: new Map([['chat', [1, 1]]]),
    });
    server.socket.data('chat', 2);
    server.socket.data('chat', 3);
    expect(got).toEqual(['1', '2', '3']);
  });

  it('moves on over skips and gaps, and says so', async () => {
    const { client, socket, of } = await online();
    const got: unknown[] = [];
    const subscription = client.subscribe('chat', (_, { epoch, offset }) => void got.push([epoch, offset]));
    socket.say({ t: 'ok', id: 1, at: [1, 0] });
    socket.say({ t: 'skip', topic: 'chat', from: 1, to: 4, why: 'ttl' });
    socket.data('chat', 5);
    socket.say({ t: 'gap', topic: 'chat', was: [1, 5], now: [2, 9], why: 'epoch' });
    socket.data('chat', 10);
    socket.data('chat', 0);
    expect(got).toEqual([
      [1, 5],
      [2, 10],
      [2, 0],
    ]);
    expect(subscription.position).toEqual([2, 10]);
    expect(of('skip')).toEqual([{ topic: 'chat', from: 1, to: 4, why: 'ttl' }]);
    expect(of('gap')).toEqual([{ topic: 'chat', was: [1, 5], now: [2, 9], why: 'epoch' }]);
    expect(client.snapshot().counters).toMatchObject({ gaps: 1, received: 3 });
  });

  it('repeats questions after a resume until they are answered', async () => {
    const parts = await online();
    const { client } = parts;
    const kept = client.subscribe('kept', () => {});
    parts.socket.say({ t: 'ok', id: 1, at: [1, 1] });
    const asked = client.subscribe('asked', () => {}, { from: 'start' });
    const answered = client.subscribe('answered', () => {});
    const left = kept.unsubscribe();
    const { socket, rest, hello } = await resume(parts, {
      topics: new Map([
        ['kept', { at: [1, 1] }],
        ['answered', { at: [1, 8] }],
      ]),
    });
    expect(hello).toMatchObject({ positions: new Map() });
    expect(rest).toEqual([
      { t: 'sub', topic: 'asked', id: 2, from: 'start' },
      { t: 'unsub', topic: 'kept', id: 4 },
    ]);
    await expect(answered.ready).resolves.toEqual({ at: [1, 8] });
    socket.say({ t: 'ok', id: 2, at: [1, 0] });
    socket.say({ t: 'ok', id: 4 });
    await expect(asked.ready).resolves.toEqual({ at: [1, 0] });
    await left;
  });

  it('keeps positions when the session is lost, and asks again for what the welcome does not list', async () => {
    const parts = await online();
    parts.client.subscribe('a', () => {});
    parts.client.subscribe('b', () => {});
    parts.socket.say({ t: 'ok', id: 1, at: [1, 4] });
    parts.socket.say({ t: 'ok', id: 2, at: [1, 6] });
    const { hello, rest } = await resume(parts, {
      resumed: false,
      session: 's2',
      why: 'expired',
      topics: new Map([['a', { at: [1, 4] }]]),
    });
    expect(hello).toMatchObject({
      positions: new Map([
        ['a', [1, 4]],
        ['b', [1, 6]],
      ]),
    });
    expect(rest).toEqual([{ t: 'sub', topic: 'b', id: 3, from: [1, 6] }]);
    expect(parts.of('session').at(-1)).toEqual({ id: 's2', resumed: false, why: 'expired' });
  });

  it('tells of topics that the server denies, joins and leaves', async () => {
    const { client, socket, of } = await online();
    const { ready } = client.subscribe('secret', () => {});
    socket.say({ t: 'err', id: 1, code: 'ERR_DENIED', message: 'not you' });
    await expect(ready).resolves.toEqual({ denied: 'not you' });
    const got: unknown[] = [];
    socket.say({ t: 'sub', topic: 'joined', at: [1, 2] });
    client.subscribe('joined', (value) => void got.push(value));
    socket.data('joined', 3);
    expect(got).toEqual(['3']);
    socket.say({ t: 'unsub', topic: 'joined', why: 'banned' });
    expect(of('left')).toEqual([{ topic: 'joined', why: 'banned' }]);
    socket.data('joined', 4);
    expect(got).toEqual(['3']);
  });

  it('reports what a schema refuses and what a listener throws, and settles both', async () => {
    const parts = await online();
    const { client, socket, clock } = parts;
    const numbers: Topic<number> = topic('numbers', {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: async (value) => (typeof value === 'number' ? { value } : { issues: [{ message: 'no number' }] }),
      },
    });
    const got: number[] = [];
    client.subscribe(numbers, (value) => {
      got.push(value);
      if (value === 3) throw new Error('three');
      if (value === 4) return Promise.reject(new Error('four'));
    });
    socket.say({ t: 'ok', id: 1, at: [1, 0] });
    for (const [index, payload] of ['1', '"x"', '3', '4', '{', '6'].entries())
      socket.data('numbers', index + 1, payload);
    await turn();
    clock.advance(250);
    expect(got).toEqual([1, 3, 4, 6]);
    expect(errorCodes(parts).sort()).toEqual(['ERR_LISTENER', 'ERR_LISTENER', 'ERR_PAYLOAD', 'ERR_PAYLOAD']);
    expect(socket.sent().at(-1)).toEqual({ t: 'ack', p: new Map([['numbers', [1, 6]]]) });
  });

  it('stops taking what its listeners leave unsettled, says so, and gets it again later', async () => {
    const parts = await online();
    const { client, socket } = parts;
    const release: (() => void)[] = [];
    client.subscribe('chat', () => new Promise<void>((resolve) => release.push(resolve)));
    socket.say({ t: 'ok', id: 1, at: [1, 0] });
    for (let offset = 1; offset <= MAX_UNSETTLED + 1; offset++) socket.data('chat', offset);
    expect(release).toHaveLength(MAX_UNSETTLED);
    expect(errorCodes(parts)).toEqual(['ERR_LISTENER_LAG']);
    expect(client.state.name).toBe('waiting');
    for (const settle of release) settle();
    await turn();
    const again = await resume(parts, { topics: new Map([['chat', { at: [1, MAX_UNSETTLED] }]]) });
    expect(again.hello).toMatchObject({ positions: new Map([['chat', [1, MAX_UNSETTLED]]]) });
    again.socket.data('chat', MAX_UNSETTLED + 1);
    expect(release).toHaveLength(MAX_UNSETTLED + 1);
  });

  it('resumes after a message that cannot be read', async () => {
    const parts = await online();
    parts.socket.deliver('{"t":"what"}');
    expect(errorCodes(parts)).toEqual(['ERR_FRAME']);
    expect(parts.socket.closedWith?.code).toBe(4004);
    expect(parts.client.state.name).toBe('waiting');
  });
});

describe('upward', () => {
  it('resends what has no result after a resume, in its place, and what is new after it', async () => {
    const parts = await online();
    const { client } = parts;
    const outcomes = ['a', 'b', 'c'].map((value) => client.send(value));
    parts.socket.say({ t: 'res', n: 1, ok: true, value: 'A' });
    parts.server.socket.end();
    const later = client.send('d');
    const { socket, rest } = await resume(parts, { handled: 2 });
    expect(rest).toMatchObject([
      { seq: 3, payload: 'c' },
      { seq: 4, payload: 'd' },
    ]);
    socket.say({ t: 'res', n: 2, err: { code: 'ERR_NO', message: 'refused', path: 'x' } });
    socket.say({ t: 'res', from: 3, to: 4, ok: true });
    const settled = await Promise.allSettled([...outcomes, later]);
    expect(settled).toMatchObject([
      { value: 'A' },
      { reason: { code: 'ERR_NO', message: 'refused', details: { path: 'x' } } },
      { value: undefined },
      { value: undefined },
    ]);
    parts.clock.advance(250);
    expect(socket.sent().at(-1)).toEqual({ t: 'ack', r: 4 });
  });

  it('renumbers what carries an id when the session is lost; of the rest the outcome is unknown if it was sent', async () => {
    const parts = await online();
    const { client } = parts;
    const lost = client.publish('chat', 'lost');
    lost.catch(() => {});
    client.publish('chat', 'kept', { id: 'k1' }).catch(() => {});
    parts.socket.end();
    client.publish('chat', 'never sent').catch(() => {});
    const { rest } = await resume(parts, { resumed: false, session: 's2', why: 'unknown' });
    expect(rest).toMatchObject([
      { seq: 1, payload: 'kept', id: 'k1' },
      { seq: 2, payload: 'never sent' },
    ]);
    await expect(lost).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
  });

  it('keeps to the server’s window and goes on with each result', async () => {
    const { client, server } = setUp();
    await turn();
    for (const value of ['a', 'b', 'c']) client.send(value).catch(() => {});
    server.socket.welcome({ window: { messages: 2, bytes: 1000 } });
    expect(server.socket.sent()).toMatchObject([{ t: 'ready' }, { seq: 1 }, { seq: 2 }]);
    server.socket.say({ t: 'res', n: 1, ok: true });
    expect(server.socket.sent()).toMatchObject([{ seq: 3 }]);
  });

  it('refuses locally what is too much or too large', async () => {
    const { client, socket } = await online({ outboxMessages: 1 });
    await expect(client.send('x'.repeat(2 ** 20))).rejects.toMatchObject({ code: 'ERR_TOO_LARGE' });
    const first = client.send('first');
    await expect(client.send('second')).rejects.toMatchObject({ code: 'ERR_OUTBOX_FULL', retryable: true });
    await expect(client.publish('no good', 'x')).rejects.toMatchObject({ code: 'ERR_TOPIC' });
    await expect(client.publish('chat', 'x', { ttlMs: -1 })).rejects.toMatchObject({ code: 'ERR_FIELD' });
    const unwritable = topic<'big', bigint>('big');
    await expect(client.publish(unwritable, 1n)).rejects.toMatchObject({ code: 'ERR_PAYLOAD' });
    socket.say({ t: 'res', n: 1, ok: true });
    await first;
  });

  it('gives up requests in time or by a signal, and takes back what was never sent', async () => {
    const { client, server, clock } = setUp();
    await turn();
    const numbers = topic<'sum', readonly number[]>('sum');
    const slow = client.request(numbers, [1], { timeoutMs: 1000 });
    const controller = new AbortController();
    const aborted = client.request(numbers, [2], { signal: controller.signal });
    const answered = client.request<readonly number[], number>(numbers, [3]);
    controller.abort(new Error('not needed'));
    await expect(aborted).rejects.toThrow('not needed');
    clock.advance(1000);
    await expect(slow).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
    server.socket.welcome();
    expect(server.socket.sent()).toMatchObject([{ t: 'ready' }, { seq: 1, op: 'req', topic: 'sum', payload: '[3]' }]);
    server.socket.say({ t: 'res', n: 1, ok: true, value: 3 });
    await expect(answered).resolves.toBe(3);
    await expect(client.request(numbers, [4], { signal: controller.signal })).rejects.toThrow('not needed');
    expect(clock.pendingTimers).toBeLessThanOrEqual(4);
  });
});

describe('life', () => {
  it('answers pings, pings in silence, and resumes when the server stays silent', async () => {
    const { client, socket, clock } = await online();
    socket.say({ t: 'ping', ts: 5 });
    expect(socket.sent()).toEqual([{ t: 'pong', ts: 5 }]);
    clock.advance(25_000);
    expect(socket.sent()).toEqual([{ t: 'ping', ts: 25_000 }]);
    socket.say({ t: 'pong', ts: 25_000 });
    clock.advance(25_000);
    expect(socket.sent()).toMatchObject([{ t: 'ping' }]);
    clock.advance(10_000);
    expect(client.state.name).toBe('waiting');
  });

  it('probes after a sleep instead of declaring the server dead', async () => {
    const { client, socket, clock } = await online();
    clock.freeze(3_600_000);
    expect(client.state.name).toBe('online');
    expect(socket.sent()).toMatchObject([{ t: 'ping' }]);
    socket.say({ t: 'pong', ts: 1 });
    clock.advance(10_000);
    expect(client.state.name).toBe('online');
  });

  it('probes when the page is shown, and dials at once when the network is back', async () => {
    const page = new EventTarget();
    const { client, server, socket, clock } = await online({}, { page });
    page.dispatchEvent(new Event('visibilitychange'));
    expect(socket.sent()).toMatchObject([{ t: 'ping' }]);
    clock.advance(10_000);
    expect(client.state.name).toBe('waiting');
    page.dispatchEvent(new Event('online'));
    await turn();
    expect(server.sockets).toHaveLength(2);
  });

  it('answers an authreq with a fresh token', async () => {
    let issued = 0;
    const { socket, of } = await online({}, { auth: () => `token-${++issued}` });
    socket.say({ t: 'authreq', inMs: 5000 });
    await turn();
    expect(socket.sent()).toEqual([{ t: 'auth', id: 1, token: 'token-2' }]);
    expect(of('authreq')).toEqual([{ inMs: 5000 }]);
  });

  it('leaves in its slot after a goaway', async () => {
    const { client, server, socket, clock, of } = await online();
    socket.say({ t: 'goaway', why: 'restart', afterMs: 3000, deadlineMs: 10_000 });
    clock.advance(2999);
    expect(client.state.name).toBe('online');
    clock.advance(1);
    await turn();
    expect(socket.closedWith?.code).toBe(4200);
    expect(server.sockets).toHaveLength(2);
    expect(of('goaway')).toEqual([{ why: 'restart', afterMs: 3000, deadlineMs: 10_000 }]);
  });

  it('puts nothing new on the wire after a goaway, and leaves in its slot when only that waits', async () => {
    const parts = await online();
    const { client, server, socket, clock } = parts;
    const first = client.send('first');
    socket.say({ t: 'goaway', why: 'rebalance', afterMs: 1000, deadlineMs: 10_000 });
    const second = client.send('second');
    expect(socket.sent()).toMatchObject([{ seq: 1, payload: 'first' }]);
    clock.advance(1000);
    expect(client.state.name).toBe('online');
    socket.say({ t: 'res', n: 1, ok: true });
    await first;
    clock.advance(250);
    await turn();
    expect(server.sockets).toHaveLength(2);
    server.socket.welcome({ resumed: true, generation: 2, handled: 1 });
    expect(server.socket.sent()).toMatchObject([{ t: 'ready' }, { seq: 2, payload: 'second' }]);
    server.socket.say({ t: 'res', n: 2, ok: true });
    await second;
  });

  it('sends again on the next connection, in order, what a draining server did not take', async () => {
    const parts = await online();
    const { client, socket } = parts;
    const outcomes = ['a', 'b', 'c'].map((value) => client.send(value));
    socket.say({ t: 'res', n: 1, ok: true, value: 'A' });
    socket.say({ t: 'res', n: 2, err: { code: 'ERR_DRAINING', message: 'not now' } });
    outcomes.push(client.send('d'));
    socket.say({ t: 'res', n: 3, err: { code: 'ERR_DRAINING', message: 'not now' } });
    expect(socket.sent()).toMatchObject([{ seq: 1 }, { seq: 2 }, { seq: 3 }]);
    const { socket: next, rest } = await resume(parts, { handled: 3 });
    expect(rest).toMatchObject([
      { seq: 4, payload: 'b' },
      { seq: 5, payload: 'c' },
      { seq: 6, payload: 'd' },
    ]);
    // The old refusals, repeated because nobody confirmed them, mean nothing now.
    next.say({ t: 'res', n: 2, err: { code: 'ERR_DRAINING', message: 'not now' } });
    outcomes.push(client.send('e'));
    expect(next.sent().at(-1)).toMatchObject({ seq: 7, payload: 'e' });
    next.say({ t: 'res', from: 4, to: 7, ok: true });
    await expect(Promise.all(outcomes)).resolves.toEqual(['A', undefined, undefined, undefined, undefined]);
  });

  it('closes with an acknowledgement and a bye, rejects what is open, and leaves no timer', async () => {
    const parts = await online();
    const { client, socket, clock } = parts;
    client.subscribe('chat', () => {});
    socket.say({ t: 'ok', id: 1, at: [1, 0] });
    socket.data('chat', 1);
    const open = client.send('open');
    open.catch(() => {});
    socket.sent();
    const closed = client.close();
    expect(socket.sent()).toEqual([{ t: 'ack', p: new Map([['chat', [1, 1]]]) }, { t: 'bye' }]);
    expect(socket.closedWith?.code).toBe(1000);
    socket.end(1000);
    await closed;
    await expect(open).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
    await expect(client.send('more')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    await expect(client.subscribe('x', () => {}).ready).resolves.toEqual({ denied: 'closed' });
    expect(clock.pendingTimers).toBe(0);
    expect(parts.of('error')).toEqual([]);
    await client.close();
  });

  it('waits no longer than a second for the close handshake', async () => {
    const { client, clock } = await online();
    const closed = client.close();
    clock.advance(1000);
    await closed;
    expect(client.state).toEqual({ name: 'closed', code: undefined });
  });

  it('refuses wrong options with all problems at once', () => {
    expect(() => setUp({ baseMs: -1, ackMessages: 0.5 })).toThrow(/client\.baseMs.*client\.ackMessages/);
    expect(() => setUp({ nonsense: 1 } as ClientOptions)).toThrow(/client\.nonsense.*no such option/);
  });
});

describe('a stored session', () => {
  const saved: SavedSession = {
    session: 'old',
    token: 'secret',
    positions: [['chat', [1, 5]]],
    nextSeq: 4,
    takeover: true,
  };

  it('goes on from what was settled, with its numbers, and takes over', async () => {
    const saves: SavedSession[] = [];
    const storage = { load: async () => saved, save: (next: SavedSession) => void saves.push(next), clear: () => {} };
    const { client, server, clock } = setUp({}, { storage });
    client.subscribe('chat', () => {}, { from: 'now' });
    await turn();
    const hello = server.socket.welcome({
      session: 'old',
      resumed: true,
      handled: 3,
      topics: new Map([['chat', { at: [1, 5] }]]),
    });
    expect(hello).toMatchObject({
      session: 'old',
      token: 'secret',
      takeover: true,
      positions: new Map([['chat', [1, 5]]]),
    });
    void client.send('next').catch(() => {});
    expect(server.socket.sent()).toMatchObject([{ t: 'ready' }, { seq: 4 }]);
    server.socket.data('chat', 6);
    clock.advance(250);
    expect(saves.at(-1)).toEqual({ session: 'old', token: 'secret', positions: [['chat', [1, 6]]], nextSeq: 5 });
  });

  it('is left when a message of the earlier page is still open, for a new one could be taken for it', async () => {
    const storage = { load: () => saved, save: () => {}, clear: () => {} };
    const parts = setUp({}, { storage });
    await turn();
    parts.server.socket.welcome({ session: 'old', resumed: true, handled: 2 });
    expect(errorCodes(parts)).toEqual(['ERR_OUTCOME_UNKNOWN']);
    parts.clock.advance(500);
    await turn();
    const hello = parts.server.socket.welcome({ session: 'new' });
    expect(hello).not.toHaveProperty('session');
    expect(parts.client.session).toBe('new');
  });

  it('reports a storage that fails and goes on without it', async () => {
    const storage = {
      load: () => Promise.reject(new Error('no storage')),
      save: () => Promise.reject(new Error('quota')),
      clear: () => {},
    };
    const parts = await online({}, { storage });
    await turn();
    expect(errorCodes(parts)).toContain('ERR_BACKGROUND');
    expect(parts.client.state.name).toBe('online');
  });
});
