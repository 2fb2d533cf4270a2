import type { IncomingMessage } from 'node:http';
import type { Position, StartAt } from '@ws-stability/protocol';
import { parseGapReason } from '@ws-stability/protocol';
import { describe, expect, it, vi } from 'vitest';
import type { UpgradeDecision } from '../dependencies.ts';
import { inMemory, storeKinds } from '../testing/stores.ts';
import { startServer } from '../testing/test-server.ts';
import { until } from '../testing/until.ts';
import type { WireOptions } from '../testing/wire-client.ts';

/** Serves what the URL asks for: `/?topic=a&topic=b&from=start&json&id=me&to=a`. */
function onUpgrade({ url = '/' }: IncomingMessage): UpgradeDecision<unknown> {
  const query = new URL(url, 'http://x').searchParams;
  const from = (query.get('from') ?? 'resume') as StartAt | 'resume';
  const [identity, publishTo] = [query.get('id'), query.get('to')];
  return {
    accept: true,
    plain: {
      subscribe: query.getAll('topic').map((topic) => ({ topic, from })),
      envelope: query.has('json') ? 'json' : 'raw',
      ...(identity === null ? {} : { identity }),
      ...(publishTo === null ? {} : { publishTo }),
    },
  };
}

const plain = (query: string): WireOptions => ({ plain: true, path: `/?${query}` });

describe.each(storeKinds)('a plain client, on $name', ({ open }) => {
  it('gets payloads and nothing else, text as text and bytes as bytes', async () => {
    await using server = await startServer({}, { ...open(), onUpgrade });
    const client = await server.dial(plain('topic=a&from=now'));
    await until(() => expect(server.manager.snapshot().feeds).toBe(2));
    await server.manager.publish('a', '{"not":"a control message"}');
    await server.manager.publish('a', new Uint8Array([1, 2]));
    await server.manager.publish('b', 'not for it');
    await server.manager.publish('a', '');
    expect(await client.nextMessage()).toBe('{"not":"a control message"}');
    expect(await client.nextMessage()).toEqual(new Uint8Array([1, 2]));
    expect(await client.nextMessage()).toBe('');
    expect(client.ws.protocol).toBe('');
  });

  it('gets envelopes that name topic and place where it asks for them', async () => {
    await using server = await startServer({}, { ...open(), onUpgrade });
    await server.manager.publish('a', 'early');
    const client = await server.dial(plain('topic=a&topic=b&from=start&json'));
    expect(JSON.parse(String(await client.nextMessage()))).toEqual({
      topic: 'a',
      epoch: expect.any(Number),
      offset: 1,
      payload: 'early',
    });
    await server.manager.publish('b', new Uint8Array([255]));
    expect(JSON.parse(String(await client.nextMessage()))).toMatchObject({
      topic: 'b',
      offset: 1,
      payloadBase64: '/w==',
    });
  });

  it('publishes what it sends, and gets its own message as every subscriber does', async () => {
    await using server = await startServer({}, { ...open(), onUpgrade });
    const [author, reader] = [
      await server.dial(plain('topic=a&from=now&to=a')),
      await server.dial(plain('topic=a&from=now')),
    ];
    await until(() => expect(server.manager.snapshot().sessions.attached).toBe(2));
    author.ws.send('hello');
    author.ws.send(new Uint8Array([7]));
    for (const client of [author, reader]) {
      expect(await client.nextMessage()).toBe('hello');
      expect(await client.nextMessage()).toEqual(new Uint8Array([7]));
    }
  });

  it('without identity ends with its connection', async () => {
    await using server = await startServer({}, { ...open(), onUpgrade });
    const client = await server.dial(plain('topic=a&from=now'));
    await until(() => expect([...server.manager.sessions()]).toHaveLength(1));
    client.cut();
    await until(() => expect([...server.manager.sessions()]).toEqual([]));
    expect(server.manager.snapshot().feeds).toBe(0);
  });

  it('with identity gets again what it is not known to have, and not what it confirmed', async () => {
    const { manager, ...server } = await startServer({ plainBatchMs: 10 }, { ...open(), onUpgrade });
    await using _ = server;
    const client = await server.dial(plain('topic=a&id=me'));
    await until(() => expect(manager.snapshot().sessions.attached).toBe(1));
    for (const payload of ['1', '2']) await manager.publish('a', payload);
    expect([await client.nextMessage(), await client.nextMessage()]).toEqual(['1', '2']);
    // The pong of its library is all it takes.
    await until(() => expect(ackedOf(manager.sessions(), 'a')?.[1]).toBe(2));
    client.ws.pause();
    client.cut();
    await until(() => expect(manager.snapshot().sessions.detached).toBe(1));
    for (const payload of ['3', '4']) await manager.publish('a', payload);
    const back = await server.dial(plain('topic=a&id=me'));
    expect([await back.nextMessage(), await back.nextMessage()]).toEqual(['3', '4']);
  });

  it.each([
    ['atLeastOnce', ['1', '2', '3']],
    ['atMostOnce', ['3']],
  ] as const)('with identity, cut before it confirmed, %s: gets %j', async (plainDelivery, again) => {
    await using server = await startServer({ plainBatchMs: 60_000, plainDelivery }, { ...open(), onUpgrade });
    const client = await server.dial(plain('topic=a&id=me'));
    await until(() => expect(server.manager.snapshot().sessions.attached).toBe(1));
    for (const payload of ['1', '2']) await server.manager.publish('a', payload);
    expect([await client.nextMessage(), await client.nextMessage()]).toEqual(['1', '2']);
    client.cut();
    await until(() => expect(server.manager.snapshot().sessions.detached).toBe(1));
    await server.manager.publish('a', '3');
    const back = await server.dial(plain('topic=a&id=me'));
    const got = [];
    for (const _ of again) got.push(await back.nextMessage());
    expect(got).toEqual(again);
  });

  it.each(['atLeastOnce', 'atMostOnce'] as const)(
    'with identity is replaced by its next connection, %s',
    async (plainDelivery) => {
      await using server = await startServer({ plainBatchMs: 60_000, plainDelivery }, { ...open(), onUpgrade });
      const older = await server.dial(plain('topic=a&id=me'));
      await until(() => expect(server.manager.snapshot().sessions.attached).toBe(1));
      await server.manager.publish('a', '1');
      expect(await older.nextMessage()).toBe('1');
      const newer = await server.dial(plain('topic=a&id=me'));
      expect(await older.closed).toMatchObject({ code: 4000 });
      await until(() => expect(server.manager.snapshot().sessions.attached).toBe(1));
      await server.manager.publish('a', '2');
      if (plainDelivery === 'atLeastOnce') expect(await newer.nextMessage()).toBe('1');
      expect(await newer.nextMessage()).toBe('2');
      expect(older.messages).toEqual([]);
    },
  );

  it('is closed 4201 with the range that it lost, and goes on after it the next time', async () => {
    await using server = await startServer({}, { ...open({ retentionEntries: 2 }), onUpgrade });
    const client = await server.dial(plain('topic=a&id=me'));
    await until(() => expect(server.manager.snapshot().sessions.attached).toBe(1));
    client.cut();
    await until(() => expect(server.manager.snapshot().sessions.detached).toBe(1));
    for (const payload of ['1', '2', '3', '4', '5']) await server.manager.publish('a', payload);
    const told = await server.dial(plain('topic=a&id=me'));
    const { code, reason } = await told.closed;
    expect(code).toBe(4201);
    expect(parseGapReason(reason)).toEqual({ epoch: expect.any(Number), first: 1, last: 3 });
    expect(told.messages).toEqual([]);
    const back = await server.dial(plain('topic=a&id=me'));
    expect([await back.nextMessage(), await back.nextMessage()]).toEqual(['4', '5']);
  });

  it('is told a gap in an envelope and stays, where it has envelopes', async () => {
    await using server = await startServer({}, { ...open({ retentionEntries: 1 }), onUpgrade });
    const client = await server.dial(plain('topic=a&id=me&json'));
    await until(() => expect(server.manager.snapshot().sessions.attached).toBe(1));
    client.cut();
    await until(() => expect(server.manager.snapshot().sessions.detached).toBe(1));
    for (const payload of ['1', '2', '3']) await server.manager.publish('a', payload);
    const back = await server.dial(plain('topic=a&id=me&json'));
    const epoch = expect.any(Number);
    expect(JSON.parse(String(await back.nextMessage()))).toEqual({
      topic: 'a',
      gap: { was: [epoch, 0], now: [epoch, 2], why: 'retention' },
    });
    expect(JSON.parse(String(await back.nextMessage()))).toMatchObject({ offset: 3, payload: '3' });
  });
});

describe('a plain client', () => {
  it('has each of several gaps told, one at each connect', async () => {
    await using server = await startServer({}, { ...inMemory.open({ retentionEntries: 1 }), onUpgrade });
    const client = await server.dial(plain('topic=a&topic=b&id=me'));
    await until(() => expect(server.manager.snapshot().sessions.attached).toBe(1));
    client.cut();
    await until(() => expect(server.manager.snapshot().sessions.detached).toBe(1));
    for (const name of ['a', 'b']) for (const payload of ['1', '2']) await server.manager.publish(name, payload);
    for (let gap = 0; gap < 2; gap++) {
      const told = await server.dial(plain('topic=a&topic=b&id=me'));
      expect(await told.closed).toMatchObject({ code: 4201 });
    }
    const back = await server.dial(plain('topic=a&topic=b&id=me'));
    expect([await back.nextMessage(), await back.nextMessage()]).toEqual(['2', '2']);
  });

  it('that falls behind retention while connected is closed 4201', async () => {
    await using server = await startServer(
      { highWaterBytes: 1_024 },
      { ...inMemory.open({ retentionEntries: 2 }), onUpgrade },
    );
    const client = await server.dial(plain('topic=a&from=now'));
    await until(() => expect(server.manager.snapshot().feeds).toBe(2));
    const [session] = [...server.manager.sessions()];
    session?.connection?.stallWrites(30);
    for (let n = 1; n <= 5; n++) await server.manager.publish('a', `${n}`);
    const { code, reason } = await client.closed;
    expect(code).toBe(4201);
    expect(parseGapReason(reason)).toMatchObject({ last: 3 });
    // What was given to its socket before is not part of it.
    expect(client.messages).toHaveLength((parseGapReason(reason)?.first ?? 0) - 1);
  });

  it('is closed 4003 when it may not read what it asks for', async () => {
    const authorize = (_: string, name: string) => name !== 'secret' || 'no';
    await using server = await startServer({}, { onUpgrade, authorize });
    const client = await server.dial(plain('topic=a&topic=secret&from=now'));
    expect(await client.closed).toMatchObject({ code: 4003 });
    await until(() => expect(server.manager.snapshot().feeds).toBe(0));
  });

  it('is heard by onMessage when it publishes nowhere, and refusals are told to the server alone', async () => {
    await using server = await startServer({}, { onUpgrade });
    const refused = vi.fn();
    server.manager.on('messageRefused', refused);
    const client = await server.dial(plain('topic=a&from=now'));
    client.ws.send('nobody there');
    await until(() => expect(refused).toHaveBeenCalledWith(expect.objectContaining({ code: 'ERR_NO_HANDLER' })));
    const heard = vi.fn();
    server.manager.onMessage((payload, { session }) => heard(payload, session.mode));
    client.ws.send('{"t":"hello","v":1,"instance":"i"}');
    await until(() => expect(heard).toHaveBeenCalledWith('{"t":"hello","v":1,"instance":"i"}', 'plain'));
    expect(client.messages).toEqual([]);
  });

  it('is closed 1013 when its topics cannot be opened, and leaves nothing behind', async () => {
    const { log, sessions } = inMemory.open();
    await using server = await startServer({}, { log, sessions, onUpgrade });
    vi.spyOn(log, 'heads').mockRejectedValueOnce(new Error('no log'));
    const client = await server.dial(plain('topic=a&from=now'));
    expect(await client.closed).toMatchObject({ code: 1013 });
    expect(server.errors.splice(0)).toEqual([new Error('no log')]);
    expect([...server.manager.sessions()]).toEqual([]);
  });

  it('that leaves while its topics are opened leaves nothing behind', async () => {
    let allow = (_: true): void => {};
    const authorize = vi.fn(
      () =>
        new Promise<true>((resolve) => {
          allow = resolve;
        }),
    );
    await using server = await startServer({}, { onUpgrade, authorize });
    const client = await server.dial(plain('topic=a&from=now'));
    await until(() => expect(authorize).toHaveBeenCalled());
    expect([...server.manager.sessions()]).toHaveLength(1);
    client.cut();
    await until(() => expect(server.manager.snapshot().connections.active).toBe(0));
    allow(true);
    await until(() => expect([...server.manager.sessions()]).toEqual([]));
  });

  it('of no interest to the application is served nothing and stays', async () => {
    await using server = await startServer();
    const client = await server.dial({ plain: true });
    await until(() => expect(server.manager.snapshot().connections).toMatchObject({ plain: 1, resumable: 0 }));
    const [session] = [...server.manager.sessions()];
    expect(session).toMatchObject({ mode: 'plain', connected: true });
    await session?.join('a');
    await server.manager.publish('a', 'joined by the server');
    expect(await client.nextMessage()).toBe('joined by the server');
  });
});

function ackedOf(
  sessions: Iterable<{ readonly cursors: ReadonlyMap<string, { readonly acked: Position }> }>,
  topic: string,
): Position | undefined {
  const [session] = [...sessions];
  return session?.cursors.get(topic)?.acked;
}
