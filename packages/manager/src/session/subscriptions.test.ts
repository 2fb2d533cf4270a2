import { describe, expect, it, vi } from 'vitest';
import { inMemory, storeKinds } from '../testing/stores.ts';
import { startServer } from '../testing/test-server.ts';
import { until } from '../testing/until.ts';

describe('questions about topics', () => {
  it('count into the window while the application decides: more are not read until it has', async () => {
    const decide: (() => void)[] = [];
    const authorize = (): Promise<true> => new Promise((resolve) => decide.push(() => resolve(true)));
    await using server = await startServer({ windowMessages: 4 }, { authorize });
    const client = await server.greet();
    const topics = Array.from({ length: 6 }, (_, index) => `t${index}`);
    const other = await server.greet({ instance: 'other' });
    for (const [id, topic] of topics.entries()) {
      client.control({ t: 'sub', topic, id, from: 'now' });
      // One at a time, so that no two arrive in one piece; those beyond the window wait in the socket.
      await until(() => expect(decide.length).toBe(Math.min(id + 1, 4)));
      await other.settled();
    }
    for (let turn = 0; turn < 5; turn++) await other.settled();
    expect(decide.length).toBe(4);
    for (let id = 0; id < topics.length; id++) {
      await until(() => expect(decide.length).toBeGreaterThan(id));
      decide[id]?.();
      expect(await client.next('ok')).toMatchObject({ id });
    }
  });
});

describe.each(storeKinds)('subscriptions, on $name', ({ open }) => {
  it('start where the client asks', async () => {
    await using server = await startServer({}, open());
    const [one] = [await server.manager.publish('a', '1'), await server.manager.publish('a', '2')];
    await server.manager.publish('a', '3');
    const epoch = 'position' in one ? one.position[0] : 0;
    const cases = [
      ['now', 3],
      ['start', 0],
      [{ last: 1 }, 2],
      [{ last: 9 }, 0],
      [[epoch, 1], 1],
    ] as const;
    for (const [from, offset] of cases) {
      const client = await server.greet({ instance: JSON.stringify(from) });
      expect(await client.subscribe('a', from)).toMatchObject({ t: 'ok', at: [epoch, offset] });
      const rest = ['1', '2', '3'].slice(offset);
      expect((await client.data('a', rest.length)).map(([, payload]) => payload)).toEqual(rest);
    }
  });

  it('are told the gap when they start before what is kept, or beyond what there is', async () => {
    await using server = await startServer({}, open({ retentionEntries: 2 }));
    for (const payload of ['1', '2', '3', '4']) await server.manager.publish('a', payload);
    const client = await server.greet();
    const outcome = client.welcome?.topics.get('@');
    const epoch = outcome !== undefined && 'at' in outcome ? outcome.at[0] : 0;
    expect(await client.subscribe('a', [epoch, 1])).toMatchObject({
      t: 'ok',
      gap: { was: [epoch, 1], now: [epoch, 2], why: 'retention' },
    });
    expect(await client.data('a', 2)).toEqual([
      [3, '3'],
      [4, '4'],
    ]);
    const ahead = await server.greet({ instance: 'other' });
    expect(await ahead.subscribe('a', [epoch, 9])).toMatchObject({ gap: { now: [epoch, 4], why: 'ahead' } });
    await server.manager.publish('a', '5');
    expect(await ahead.data('a', 1)).toEqual([[5, '5']]);
    expect(server.manager.snapshot().gaps.total).toBe(2);
  });

  it('are idempotent: whoever asks twice, even at once, gets each entry once', async () => {
    await using server = await startServer({}, open());
    const client = await server.greet();
    for (const id of [101, 102]) client.control({ t: 'sub', id, topic: 'a', from: 'start' });
    expect([(await client.next('ok')).id, (await client.next('ok')).id]).toEqual([101, 102]);
    await server.manager.publish('a', '1');
    await server.manager.publish('a', '2');
    expect(await client.data('a', 2)).toEqual([
      [1, '1'],
      [2, '2'],
    ]);
    await client.settled();
    expect(client.unread).toEqual([]);
    client.cut();
    await until(() => expect(server.manager.snapshot().feeds).toBe(0));
  });

  it('end when they are ended, also right after they were asked for', async () => {
    await using server = await startServer({}, open());
    const client = await server.greet();
    await client.subscribe('a');
    client.control({ t: 'unsub', id: 50, topic: 'a' });
    client.control({ t: 'sub', id: 51, topic: 'b', from: 'now' });
    client.control({ t: 'unsub', id: 52, topic: 'b' });
    expect([(await client.next('ok')).id, (await client.next('ok')).id, (await client.next('ok')).id].sort()).toEqual([
      50, 51, 52,
    ]);
    await server.manager.publish('a', '1');
    await server.manager.publish('b', '1');
    await client.settled();
    await client.subscribe('c', 'now');
    await server.manager.publish('c', '1');
    await client.data('c', 1);
    expect(client.unread).toEqual([]);
    expect(server.manager.snapshot().feeds).toBe(2);
  });

  it('are denied with the reason that authorize gives, and for names that are none', async () => {
    const authorize = (_: string, name: string) => name !== 'secret' || 'members only';
    await using server = await startServer({}, { ...open(), authorize });
    const client = await server.greet();
    expect(await client.subscribe('secret')).toMatchObject({ t: 'err', code: 'ERR_DENIED', message: 'members only' });
    await server.manager.publish('secret', 'x');
    await client.settled();
    expect(client.unread).toEqual([]);
  });

  it('stop at maxSubscriptions, also when all are asked for at once', async () => {
    // The inbox is one of them.
    await using server = await startServer({ maxSubscriptions: 3 }, open());
    const client = await server.greet();
    for (let id = 1; id <= 6; id++) client.control({ t: 'sub', id, topic: `t${id}`, from: 'now' });
    const granted = [(await client.next('ok')).id, (await client.next('ok')).id];
    for (let n = 0; n < 4; n++) expect(await client.next('err')).toMatchObject({ code: 'ERR_DENIED' });
    expect(granted).toEqual([1, 2]);
    client.control({ t: 'unsub', id: 7, topic: 't1' });
    await client.next('ok');
    expect(await client.subscribe('t9')).toMatchObject({ t: 'ok' });
  });

  it('can be made and ended by the server', async () => {
    await using server = await startServer({}, open());
    const client = await server.greet();
    const session = server.manager.session(client.session);
    await server.manager.publish('room', '1');
    expect(await session?.join('room', 'start')).toMatchObject({ at: [expect.any(Number), 0] });
    expect(await client.next('sub')).toMatchObject({ topic: 'room', at: [expect.any(Number), 0] });
    expect(await client.data('room', 1)).toEqual([[1, '1']]);
    session?.leave('room', 'banned');
    expect(await client.next('unsub')).toEqual({ t: 'unsub', topic: 'room', why: 'banned' });
    await server.manager.publish('room', '2');
    await client.settled();
    expect(client.unread).toEqual([]);
    session?.leave('room');
    await client.settled();
    expect(client.unread).toEqual([]);
  });

  it('that server and client ask for at the same time are one', async () => {
    let allow = (): void => {};
    const allowed = new Promise<true>((resolve) => {
      allow = () => resolve(true);
    });
    const authorize = vi.fn(() => allowed);
    await using server = await startServer({}, { ...open(), authorize });
    const client = await server.greet();
    const joined = server.manager.session(client.session)?.join('room', 'start');
    client.control({ t: 'sub', id: 1, topic: 'room', from: 'start' });
    await until(() => expect(authorize).toHaveBeenCalledTimes(2));
    allow();
    expect(await joined).toHaveProperty('at');
    await client.next('ok');
    await server.manager.publish('room', '1');
    await server.manager.publish('room', '2');
    expect(await client.data('room', 2)).toEqual([
      [1, '1'],
      [2, '2'],
    ]);
    await client.settled();
    expect(client.unread.filter(({ t }) => t === 'data')).toEqual([]);
    client.cut();
    await until(() => expect(server.manager.snapshot().feeds).toBe(0));
  });

  it('of a client that is away are in its next welcome', async () => {
    await using server = await startServer({}, open());
    const client = await server.greet();
    const { session, token } = client;
    client.cut();
    await until(() => expect(server.manager.session(session)?.connected).toBe(false));
    await server.manager.session(session)?.join('room');
    await server.manager.publish('room', 'missed');
    const back = await server.greet({ session, token });
    expect(back.welcome?.topics.get('room')).toHaveProperty('at');
    expect(await back.data('room', 1)).toEqual([[1, 'missed']]);
  });
});

describe('subscriptions', () => {
  it('refuse a name that no topic can have, without a word about it to the application', async () => {
    const authorize = vi.fn(() => true as const);
    await using server = await startServer({}, { authorize });
    const client = await server.greet();
    client.ws.send('{"t":"sub","id":1,"topic":"@other","from":"now"}');
    const { code } = await Promise.race([client.closed, client.next('err')]);
    expect([4004, 'ERR_DENIED']).toContain(code);
    expect(authorize).not.toHaveBeenCalled();
  });

  it('that the log cannot open are answered, and can be asked for again', async () => {
    const { log, sessions } = inMemory.open();
    await using server = await startServer({}, { log, sessions });
    const client = await server.greet();
    vi.spyOn(log, 'heads').mockRejectedValueOnce(new Error('no log'));
    expect(await client.subscribe('a')).toMatchObject({ t: 'err', code: 'ERR_DENIED' });
    expect(server.errors.splice(0)).toEqual([new Error('no log')]);
    expect(await client.subscribe('a')).toMatchObject({ t: 'ok' });
  });
});
