import { StabilityError } from '@ws-stability/core';
import { ManualClock } from '@ws-stability/core/testing';
import { topic } from '@ws-stability/protocol';
import { type LogStore, MemoryLogStore } from '@ws-stability/store';
import { describe, expect, it } from 'vitest';
import { storeKinds } from './testing/stores.ts';
import { startServer } from './testing/test-server.ts';
import { until } from './testing/until.ts';

describe.each(storeKinds)('publishing, on $name', ({ open }) => {
  it('reaches every subscriber in order, text as text and bytes as bytes', async () => {
    await using server = await startServer({}, open());
    const clients = [await server.greet({ instance: 'i1' }), await server.greet({ instance: 'i2' })];
    for (const client of clients) await client.subscribe('a');
    await server.manager.publish('a', 'text ü');
    await server.manager.publish('a', new Uint8Array([0, 255]));
    await server.manager.publish(topic<'a', { n: number }>('a'), { n: 1 });
    for (const client of clients) {
      expect(await client.next('data')).toMatchObject({ topic: 'a', offset: 1, payload: 'text ü' });
      expect((await client.next('data')).payload).toEqual(new Uint8Array([0, 255]));
      expect(await client.next('data')).toMatchObject({ offset: 3, payload: '{"n":1}' });
    }
    await until(() =>
      expect(server.manager.snapshot()).toMatchObject({ messages: { published: 3 }, delivery: { delivered: 6 } }),
    );
  });

  it('with an id is done once in its scope', async () => {
    await using server = await startServer({}, open());
    const first = await server.manager.publish('a', 'x', { id: 'm1' });
    expect(first.status).toBe('appended');
    expect(await server.manager.publish('a', 'x', { id: 'm1' })).toEqual({ ...first, status: 'duplicate' });
    expect((await server.manager.publish('a', 'x', { id: 'm1', scope: 'other' })).status).toBe('appended');
    expect(server.manager.snapshot().messages).toMatchObject({ published: 2, duplicates: 1 });
  });

  it('to a principal reaches each of its sessions, connected or away, and nobody else', async () => {
    await using server = await startServer(
      {},
      { ...open(), onHello: (auth) => ({ accept: true, ...(auth === undefined ? {} : { principal: auth }) }) },
    );
    const phone = await server.greet({ auth: 'ann', instance: 'phone' });
    const laptop = await server.greet({ auth: 'ann', instance: 'laptop' });
    const bob = await server.greet({ auth: 'bob', instance: 'bob' });
    const { session, token } = laptop;
    laptop.cut();
    await until(() => expect(server.manager.session(session)?.connected).toBe(false));
    await server.manager.sendToPrincipal('ann', 'hello ann');
    expect(await phone.data('@u', 1)).toEqual([[1, 'hello ann']]);
    const back = await server.greet({ auth: 'ann', instance: 'laptop', session, token });
    expect(await back.data('@u', 1)).toEqual([[1, 'hello ann']]);
    await server.manager.sendToPrincipal('bob', 'hello bob');
    expect(await bob.data('@u', 1)).toEqual([[1, 'hello bob']]);
    for (const client of [phone, back, bob]) {
      await client.settled();
      expect(client.unread).toEqual([]);
    }
  });

  it('by a client without echo comes back to it as a skip, and to the others as data', async () => {
    await using server = await startServer({}, open());
    const [author, reader] = [await server.greet({ instance: 'i1' }), await server.greet({ instance: 'i2' })];
    for (const client of [author, reader]) await client.subscribe('a');
    author.send('mine', { topic: 'a', echo: false });
    author.send('mine too', { topic: 'a', echo: false });
    for (let n = 1; n <= 2; n++) expect(await author.next('res')).toMatchObject({ n });
    await server.manager.publish('a', 'theirs');
    expect(await reader.data('a', 3)).toEqual([
      [1, 'mine'],
      [2, 'mine too'],
      [3, 'theirs'],
    ]);
    expect(await author.data('a', 1)).toEqual([[3, 'theirs']]);
    const skipped: number[] = [];
    while (skipped.length < 2) {
      const { from, to, why } = await author.next('skip');
      expect(why).toBe('filtered');
      for (let offset = from; offset <= to; offset++) skipped.push(offset);
    }
    expect(skipped).toEqual([1, 2]);
    await author.settled();
    expect(author.unread).toEqual([]);
  });
});

describe('publishing', () => {
  it('tells a client that lags which messages ran out of time', async () => {
    const clock = new ManualClock();
    const log = new MemoryLogStore({}, { clock });
    await using server = await startServer({}, { clock, log });
    const client = await server.greet();
    await client.subscribe('a');
    const { session, token } = client;
    client.cut();
    await until(() => expect(server.manager.session(session)?.connected).toBe(false));
    await server.manager.publish('a', 'stays');
    await server.manager.publish('a', 'short', { ttlMs: 100 });
    await server.manager.publish('a', 'shorter', { ttlMs: 50 });
    await server.manager.publish('a', 'stays too');
    clock.advance(100);
    const back = await server.greet({ session, token });
    expect(await back.next('data')).toMatchObject({ offset: 1 });
    expect(await back.next('skip')).toEqual({ t: 'skip', topic: 'a', from: 2, to: 3, why: 'ttl' });
    expect(await back.next('data')).toMatchObject({ offset: 4 });
    expect(server.manager.snapshot().delivery).toMatchObject({ delivered: 2, skipped: { ttl: 2 } });
  });

  it('tells a skip with nothing behind it by itself', async () => {
    await using server = await startServer();
    const client = await server.greet();
    await client.subscribe('a');
    client.send('mine', { topic: 'a', echo: false });
    expect(await client.next('skip')).toEqual({ t: 'skip', topic: 'a', from: 1, to: 1, why: 'filtered' });
    await client.next('res');
    await server.manager.publish('a', 'theirs');
    expect(await client.data('a', 1)).toEqual([[2, 'theirs']]);
    await client.settled();
    expect(client.unread).toEqual([]);
  });

  it('says no to what no topic and no payload can be', async () => {
    await using server = await startServer();
    const { manager } = server;
    for (const name of ['', '@', '@u', 'with space', 'x'.repeat(129)])
      expect(() => manager.publish(name, 'x')).toThrow(expect.objectContaining({ code: 'ERR_TOPIC' }));
    // @ts-expect-error a payload is text or bytes
    expect(() => manager.publish('a', { n: 1 })).toThrow(expect.objectContaining({ code: 'ERR_PAYLOAD' }));
  });

  it('is refused by the log’s limits, to the server as an outcome and to a client as an error', async () => {
    const log = new MemoryLogStore({ maxMessageBytes: 10 });
    await using server = await startServer({}, { log });
    expect(await server.manager.publish('a', 'x'.repeat(11))).toMatchObject({
      status: 'refused',
      limit: 'messageBytes',
    });
    const client = await server.greet();
    client.send('x'.repeat(11), { topic: 'a' });
    expect(await client.next('res')).toMatchObject({ err: { code: 'ERR_REFUSED' } });
    expect(server.manager.snapshot().messages).toMatchObject({ published: 0, refused: 2 });
  });

  it('with an id is repeated until its outcome is known; without one the caller is told that it is not', async () => {
    const log: LogStore = new MemoryLogStore();
    const append = log.append.bind(log);
    // Took place without an answer, did not take place, answers.
    const script = ['lost answer', 'lost call', 'answer', 'lost answer', 'lost call'];
    log.append = async (request) => {
      const next = script.shift();
      const outcome = next === 'lost call' ? undefined : await append(request);
      if (next === 'answer' && outcome !== undefined) return outcome;
      throw new StabilityError('ERR_APPEND_UNKNOWN', 'No answer.');
    };
    await using server = await startServer({}, { log });
    expect(await server.manager.publish('a', 'x', { id: 'm1' })).toMatchObject({ status: 'duplicate' });
    const unknown = { code: 'ERR_OUTCOME_UNKNOWN', retryable: true };
    for (let n = 0; n < 2; n++) await expect(server.manager.publish('a', 'x')).rejects.toMatchObject(unknown);
    expect(script).toEqual([]);
    expect(log.snapshot().entries).toBe(2);
  });
});
