import { ManualClock } from '@ws-stability/core/testing';
import type { Position } from '@ws-stability/protocol';
import { describe, expect, it } from 'vitest';
import { storeKinds } from '../testing/stores.ts';
import { startServer } from '../testing/test-server.ts';
import { until } from '../testing/until.ts';
import type { WireClient } from '../testing/wire-client.ts';

function inboxOf(client: WireClient): Position {
  const outcome = client.welcome?.topics.get('@');
  if (outcome === undefined || !('at' in outcome)) throw new Error('no inbox');
  return outcome.at;
}

describe('send()', () => {
  it('waits for as long as it takes with an endless timeout, and leaves nobody waiting with one that is none', async () => {
    await using server = await startServer();
    const client = await server.greet();
    const [epoch] = inboxOf(client);
    const endless = server.manager.send(client.session, 'a', { timeoutMs: Number.POSITIVE_INFINITY });
    const wrong = server.manager.send(client.session, 'b', { timeoutMs: Number.NaN });
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_DELAY' });
    expect(server.manager.session(client.session)?.receipts.size).toBe(1);
    await client.data('@', 2);
    client.ack({ '@': [epoch, 1] });
    expect(await endless).toEqual({ position: [epoch, 1] });
  });

  it('goes on to a session that was closed with a code or a reason that cannot be sent', async () => {
    await using server = await startServer();
    const client = await server.greet();
    const session = server.manager.session(client.session);
    for (const [code, reason] of [
      [1006, ''],
      [99_999, ''],
      [4_000, 'é'.repeat(62)],
    ] as const) {
      expect(() => session?.close(code, reason)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
    }
    const sent = server.manager.send(client.session, 'a', { timeoutMs: 5_000 });
    await client.data('@', 1);
    client.ack({ '@': [inboxOf(client)[0], 1] });
    await sent;
  });
});

describe.each(storeKinds)('send(), on $name', ({ open }) => {
  it('resolves with its position when the client has acknowledged it, not before', async () => {
    await using server = await startServer({}, open());
    const client = await server.greet();
    const [epoch] = inboxOf(client);
    const sent: unknown[] = [];
    const all = ['a', 'b'].map(async (payload) => sent.push(await server.manager.send(client.session, payload)));
    expect(await client.data('@', 2)).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
    await client.settled();
    expect(sent).toEqual([]);
    client.ack({ '@': [epoch, 1] });
    await until(() => expect(sent).toEqual([{ position: [epoch, 1] }]));
    client.ack({ '@': [epoch, 2] });
    await Promise.all(all);
    expect(sent).toEqual([{ position: [epoch, 1] }, { position: [epoch, 2] }]);
  });

  it('reaches a client that is away when it is back', async () => {
    await using server = await startServer({}, open());
    const client = await server.greet();
    const [epoch] = inboxOf(client);
    const { session, token } = client;
    client.cut();
    await until(() => expect(server.manager.session(session)?.connected).toBe(false));
    const sent = server.manager.send(session, 'x');
    const back = await server.greet({ session, token });
    expect(await back.data('@', 1)).toEqual([[1, 'x']]);
    back.ack({ '@': [epoch, 1] });
    expect(await sent).toEqual({ position: [epoch, 1] });
  });

  it('resolves also when the acknowledgement is quicker than the log’s answer', async () => {
    const stores = open();
    await using server = await startServer({}, stores);
    const client = await server.greet();
    const [epoch] = inboxOf(client);
    const append = stores.log.append.bind(stores.log);
    stores.log.append = async (request) => {
      const outcome = await append(request);
      await client.data('@', 1);
      client.ack({ '@': [epoch, 1] });
      await client.settled();
      return outcome;
    };
    expect(await server.manager.send(client.session, 'x')).toEqual({ position: [epoch, 1] });
  });

  it('with an id is sent once, and resolves again for the same message', async () => {
    await using server = await startServer({}, open());
    const client = await server.greet();
    const [epoch] = inboxOf(client);
    const first = server.manager.send(client.session, 'x', { id: 'm1' });
    await client.data('@', 1);
    client.ack({ '@': [epoch, 1] });
    await first;
    expect(await server.manager.send(client.session, 'x', { id: 'm1' })).toEqual({ position: [epoch, 1] });
    await client.settled();
    expect(client.unread).toEqual([]);
  });

  it('rejects ERR_SEND_TIMEOUT, and the message is delivered all the same', async () => {
    await using server = await startServer({}, open());
    const client = await server.greet();
    const error = { code: 'ERR_SEND_TIMEOUT', retryable: true };
    await expect(server.manager.send(client.session, 'x', { timeoutMs: 1 })).rejects.toMatchObject(error);
    expect(await client.data('@', 1)).toEqual([[1, 'x']]);
  });

  it('rejects ERR_SESSION_ENDED when the session ends first', async () => {
    await using server = await startServer({ sessionTtlMs: 400 }, open());
    const leaving = await server.greet({ instance: 'leaving' });
    const lost = await server.greet({ instance: 'lost' });
    const ended = { code: 'ERR_SESSION_ENDED' };
    const [said, expired] = [
      expect(server.manager.send(leaving.session, 'x')).rejects.toMatchObject(ended),
      expect(server.manager.send(lost.session, 'x')).rejects.toMatchObject(ended),
    ];
    await leaving.data('@', 1);
    leaving.control({ t: 'bye' });
    lost.cut();
    await Promise.all([said, expired]);
  });

  it('rejects ERR_SEND_LOST when the inbox had no room for it until the client was back', async () => {
    await using server = await startServer({}, open({ inboxRetentionEntries: 2 }));
    const client = await server.greet();
    const [epoch] = inboxOf(client);
    const { session, token } = client;
    client.cut();
    await until(() => expect(server.manager.session(session)?.connected).toBe(false));
    const lost = expect(server.manager.send(session, '1')).rejects.toMatchObject({ code: 'ERR_SEND_LOST' });
    const kept = [server.manager.send(session, '2'), server.manager.send(session, '3')];
    await until(() => expect(server.manager.snapshot().messages.published).toBe(3));
    const back = await server.greet({ session, token, positions: new Map([['@', [epoch, 0]]]) });
    expect(back.welcome?.topics.get('@')).toEqual({ gap: { was: [epoch, 0], now: [epoch, 1], why: 'retention' } });
    await lost;
    await back.data('@', 2);
    back.ack({ '@': [epoch, 3] });
    expect(await Promise.all(kept)).toEqual([{ position: [epoch, 2] }, { position: [epoch, 3] }]);
  });

  it('takes what was acknowledged out of the log', async () => {
    await using server = await startServer({}, open());
    const client = await server.greet();
    const [epoch] = inboxOf(client);
    const sent = [1, 2, 3].map((n) => server.manager.send(client.session, `${n}`));
    await client.data('@', 3);
    expect(server.manager.snapshot().log.entries).toBe(3);
    client.ack({ '@': [epoch, 3] });
    await Promise.all(sent);
    await until(() => expect(server.manager.snapshot().log.entries).toBe(0));
  });
});

describe('send()', () => {
  it('rejects at once what cannot be sent', async () => {
    await using server = await startServer({ maxReceipts: 1 });
    const client = await server.greet();
    const session = server.manager.session(client.session) ?? expect.unreachable();
    await expect(server.manager.send('nobody', 'x')).rejects.toMatchObject({ code: 'ERR_SESSION_UNKNOWN' });
    // @ts-expect-error a payload is text or bytes
    await expect(server.manager.send(session, { not: 'a payload' })).rejects.toMatchObject({ code: 'ERR_PAYLOAD' });
    const waiting = expect(server.manager.send(session, 'x')).rejects.toMatchObject({ code: 'ERR_SESSION_ENDED' });
    await expect(server.manager.send(session, 'y')).rejects.toMatchObject({
      code: 'ERR_RECEIPTS_FULL',
      retryable: true,
    });
    session.close();
    await waiting;
    await expect(server.manager.send(session, 'z')).rejects.toMatchObject({ code: 'ERR_SESSION_ENDED' });
    expect(await client.closed).toEqual({ code: 1000, reason: 'session closed' });
  });

  it('keeps its time by the manager’s clock', async () => {
    const clock = new ManualClock();
    await using server = await startServer({}, { clock });
    const client = await server.greet();
    let outcome = 'waits';
    const sent = server.manager.send(client.session, 'x', { timeoutMs: 1_000 }).catch(({ code }) => {
      outcome = code;
    });
    await client.data('@', 1);
    clock.advance(999);
    await client.settled();
    expect(outcome).toBe('waits');
    clock.advance(51);
    await sent;
    expect(outcome).toBe('ERR_SEND_TIMEOUT');
  });
});
