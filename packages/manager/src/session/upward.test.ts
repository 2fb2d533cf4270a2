import { StabilityError } from '@ws-stability/core';
import { topic } from '@ws-stability/protocol';
import { describe, expect, it, vi } from 'vitest';
import { storeKinds } from '../testing/stores.ts';
import { startServer } from '../testing/test-server.ts';
import { until } from '../testing/until.ts';
import type { WireClient } from '../testing/wire-client.ts';

describe.each(storeKinds)('messages of a client, on $name', ({ open }) => {
  it('get the value that their handler returns as their result, in order', async () => {
    await using server = await startServer({}, open());
    server.manager.onMessage(async (payload) => ({ said: payload }));
    const client = await server.greet();
    client.send('one');
    client.send('two');
    expect(await client.next('res')).toEqual({ t: 'res', n: 1, ok: true, value: { said: 'one' } });
    expect(await client.next('res')).toEqual({ t: 'res', n: 2, ok: true, value: { said: 'two' } });
  });

  it('keep their results until the client confirms them, repeated at each resume', async () => {
    await using server = await startServer({}, open());
    server.manager.onMessage((payload) => `re: ${payload}`);
    const client = await server.greet();
    for (const payload of ['a', 'b', 'c']) client.send(payload);
    for (const n of [1, 2, 3]) expect(await client.next('res')).toMatchObject({ n });
    client.ack({}, 1);
    await client.settled();
    const { session, token } = client;
    let current = client;
    for (let round = 0; round < 2; round++) {
      current.cut();
      current = await server.greet({ session, token });
      expect(current.welcome?.handled).toBe(3);
      expect(await current.next('res')).toEqual({ t: 'res', n: 2, ok: true, value: 're: b' });
      expect(await current.next('res')).toEqual({ t: 'res', n: 3, ok: true, value: 're: c' });
    }
    current.ack({}, 3);
    await current.settled();
    current.cut();
    const last = await server.greet({ session, token });
    await last.settled();
    expect(last.unread).toEqual([]);
  });

  it('are answered from the kept result when they are sent again, and run no second time', async () => {
    await using server = await startServer({}, open());
    const handler = vi.fn(() => 'done');
    server.manager.onMessage(handler);
    const client = await server.greet();
    client.send('x');
    await client.next('res');
    client.send('x', { seq: 1 });
    expect(await client.next('res')).toMatchObject({ n: 1, value: 'done' });
    client.ack({}, 1);
    client.send('x', { seq: 1 });
    await client.settled();
    expect(client.unread).toEqual([]);
    expect(handler).toHaveBeenCalledTimes(1);
  });

  it('join their handler when they are sent again while it runs, also over another connection', async () => {
    await using server = await startServer({}, open());
    const keys: string[] = [];
    const finish: ((value: string) => void)[] = [];
    server.manager.onMessage((_, { key }) => {
      keys.push(key);
      return new Promise<string>((resolve) => finish.push(resolve));
    });
    const client = await server.greet();
    client.send('slow');
    await client.settled();
    client.send('slow', { seq: 1 });
    await client.settled();
    client.cut();
    const { session, token } = client;
    const back = await server.greet({ session, token });
    expect(back.welcome?.handled).toBe(0);
    back.send('slow', { seq: 1 });
    await back.settled();
    expect(keys).toEqual([`${session}:1`]);
    finish[0]?.('at last');
    expect(await back.next('res')).toEqual({ t: 'res', n: 1, ok: true, value: 'at last' });
  });

  it('are appended once when they are published with an id, by whichever session of the principal', async () => {
    await using server = await startServer(
      {},
      { ...open(), onHello: (auth) => ({ accept: true, principal: auth ?? 'nobody' }) },
    );
    const [first, second, other] = [
      await server.greet({ auth: 'ann', instance: 'i1' }),
      await server.greet({ auth: 'ann', instance: 'i2' }),
      await server.greet({ auth: 'bob', instance: 'i3' }),
    ];
    const publish = async (client: WireClient): Promise<unknown> => {
      client.send('order', { topic: 'orders', id: 'order-1' });
      const result = await client.next('res');
      return 'value' in result ? result.value : result;
    };
    const position = [expect.any(Number), 1];
    expect(await publish(first)).toEqual({ position, duplicate: false });
    expect(await publish(second)).toEqual({ position, duplicate: true });
    expect(await publish(other)).toEqual({ position: [expect.any(Number), 2], duplicate: false });
  });
});

describe('messages of a client', () => {
  it('close the connection 4004 when a number is missing, and go on after a resume', async () => {
    await using server = await startServer();
    server.manager.onMessage(() => undefined);
    const client = await server.greet();
    client.send('one');
    client.send('three', { seq: 3 });
    expect(await client.closed).toMatchObject({ code: 4004 });
    const { session, token } = client;
    const back = await server.greet({ session, token });
    expect(back.welcome).toMatchObject({ resumed: true, handled: 1 });
    back.send('two');
    await back.next('res');
    expect(back.unread).toEqual([]);
  });

  it('merge results without a value into one frame', async () => {
    await using server = await startServer();
    server.manager.onMessage(() => undefined);
    const client = await server.greet();
    client.ws.pause();
    for (const payload of ['a', 'b', 'c']) client.send(payload);
    await until(() => expect(server.manager.snapshot().messages.received).toBe(3));
    client.ws.resume();
    const results = [];
    for (let upTo = 0; upTo < 3; ) {
      const result = await client.next('res');
      results.push(result);
      upTo = 'to' in result ? result.to : result.n;
    }
    expect(results.length).toBeLessThanOrEqual(3);
    for (const result of results) expect(result).toMatchObject({ ok: true, from: expect.any(Number) });
  });

  it('pause the socket while windowMessages are in the works, and go on when handlers settle', async () => {
    await using server = await startServer({ windowMessages: 3 });
    const waiting: (() => void)[] = [];
    server.manager.onMessage(() => new Promise<void>((resolve) => waiting.push(resolve)));
    const client = await server.greet();
    for (let n = 0; n < 50; n++) client.send(`message ${n} ${'x'.repeat(10_000)}`);
    const { manager } = server;
    await until(() => expect(manager.snapshot().messages.received).toBeGreaterThanOrEqual(3));
    // What the library had read before the pause still comes, no more.
    const held = await steady(() => manager.snapshot().messages.received);
    expect(held).toBeLessThan(25);
    expect(waiting).toHaveLength(1);
    for (let n = 1; n <= 50; n++) {
      await until(() => expect(waiting).toHaveLength(n));
      waiting[n - 1]?.();
    }
    let last = 0;
    while (last < 50) {
      const result = await client.next('res');
      last = 'to' in result ? result.to : result.n;
    }
    await client.settled();
    expect(manager.snapshot().messages.received).toBe(50);
  });

  it('close the connection 4100 when too many results are left unconfirmed, and nothing is lost', async () => {
    await using server = await startServer({ maxResults: 4 });
    const handled: string[] = [];
    server.manager.onMessage((payload) => void handled.push(String(payload)));
    const client = await server.greet();
    for (let n = 1; n <= 5; n++) client.send(`${n}`);
    expect(await client.closed).toMatchObject({ code: 4100 });
    const { session, token } = client;
    const back = await server.greet({ session, token });
    expect(back.welcome?.handled).toBe(4);
    back.ack({}, 4);
    back.send('5');
    // The repeated results of 1 to 4, then its own.
    for (let last = 0; last < 5; ) {
      const result = await back.next('res');
      last = 'to' in result ? result.to : result.n;
    }
    expect(handled).toEqual(['1', '2', '3', '4', '5']);
  });

  it('close the connection 4100 when the results left unconfirmed are too long together, and nothing is lost', async () => {
    await using server = await startServer({ maxResultBytes: 2_000 });
    server.manager.onMessage((payload) => String(payload).repeat(900));
    const client = await server.greet();
    for (const payload of ['a', 'b', 'c', 'd']) client.send(payload);
    expect(await client.closed).toMatchObject({ code: 4100 });
    const { session, token } = client;
    const back = await server.greet({ session, token });
    expect(back.welcome?.handled).toBe(3);
    for (const n of [1, 2, 3]) expect(await back.next('res')).toMatchObject({ n });
    back.ack({}, 3);
    back.send('d');
    expect(await back.next('res')).toEqual({ t: 'res', n: 4, ok: true, value: 'd'.repeat(900) });
  });

  it('are answered once in a turn, however often they are sent again in it', async () => {
    await using server = await startServer();
    server.manager.onMessage(() => 'done');
    const client = await server.greet();
    client.send('x');
    await client.next('res');
    client.ws.pause();
    for (let times = 0; times < 500; times++) client.send('x', { seq: 1 });
    client.ws.resume();
    await client.settled();
    expect(client.unread.length).toBeLessThan(50);
  });

  it.each<[string, () => unknown]>([
    ['asked for its then', () => Object.defineProperty({}, 'then', { get: () => raise() })],
    ['waited for', () => Object.defineProperty({}, 'then', { value: () => raise() })],
    ['thrown, being an error of ours without details', () => raise(Object.assign(oddError(), { details: undefined }))],
    [
      'awaited, being an error of ours without details',
      async () => raise(Object.assign(oddError(), { details: undefined })),
    ],
    [
      'thrown, being an error of ours whose message is no text',
      () => raise(Object.assign(oddError(), { message: 1n })),
    ],
  ])('go on after one whose handler gives what throws when it is %s', async (_, handler) => {
    await using server = await startServer();
    server.manager.handle('odd', handler);
    server.manager.handle('good', () => 'fine');
    const client = await server.greet();
    client.send('', { topic: 'odd', op: 'req' });
    client.send('', { topic: 'good', op: 'req' });
    expect(await client.next('res')).toMatchObject({
      n: 1,
      err: { code: expect.stringMatching(/^ERR_(HANDLER|ODD)$/) },
    });
    expect(await client.next('res')).toEqual({ t: 'res', n: 2, ok: true, value: 'fine' });
    server.errors.length = 0;
  });

  it.each([
    ['throws', () => Promise.reject(new Error('internal')), 'ERR_HANDLER', 1, { rejected: 0, failed: 1 }],
    [
      'refuses',
      () => Promise.reject(new StabilityError('ERR_SOLD_OUT', 'Sold out; come back tomorrow.')),
      'ERR_SOLD_OUT',
      0,
      { rejected: 1, failed: 0 },
    ],
    ['returns what JSON cannot say', () => ({ big: 1n }), 'ERR_RESULT', 0, { rejected: 0, failed: 1 }],
    ['returns a cycle', cycle, 'ERR_RESULT', 0, { rejected: 0, failed: 1 }],
  ])('get an error as their result when the handler %s', async (_, handler, code, failures, counts) => {
    await using server = await startServer();
    const refused = vi.fn();
    server.manager.on('messageRefused', refused);
    server.manager.onMessage(handler);
    const client = await server.greet();
    client.send('x');
    const result = await client.next('res');
    expect(result).toMatchObject({ n: 1, err: { code } });
    expect(JSON.stringify(result)).not.toContain('internal');
    expect(refused).toHaveBeenCalledWith(expect.objectContaining({ code }));
    expect(server.errors.splice(0)).toHaveLength(failures);
    expect(server.manager.snapshot().messages).toMatchObject({ received: 1, handled: 0, ...counts });
  });

  it('are refused with what is wrong when nobody handles them or they may not', async () => {
    const authorize = (action: string, name: string) => name !== 'secret' || `no ${action}`;
    await using server = await startServer({}, { authorize });
    const sum = topic<'sum', number[]>('sum');
    server.manager.handle(sum, (numbers) => numbers.reduce((left, right) => left + right, 0));
    const client = await server.greet();
    const ask = async (payload: string, fields: Parameters<WireClient['send']>[1]): Promise<unknown> => {
      client.send(payload, fields);
      const result = await client.next('res');
      return 'err' in result ? result.err.code : 'value' in result ? result.value : undefined;
    };
    expect(await ask('x', {})).toBe('ERR_NO_HANDLER');
    expect(await ask('x', { topic: 'nobody', op: 'req' })).toBe('ERR_NO_HANDLER');
    expect(await ask('[1,2,3]', { topic: 'sum', op: 'req' })).toBe(6);
    expect(await ask('[1,2', { topic: 'sum', op: 'req' })).toBe('ERR_PAYLOAD');
    expect(await ask('x', { topic: 'secret' })).toBe('ERR_DENIED');
    expect(await ask('x', { topic: 'secret', op: 'req' })).toBe('ERR_DENIED');
    expect(server.manager.snapshot().messages.published).toBe(0);
  });

  it('larger than maxBytes close the connection 1009', async () => {
    await using server = await startServer({ maxBytes: 1_024 });
    const client = await server.greet();
    client.send('x'.repeat(1_025));
    expect(await client.closed).toMatchObject({ code: 1009 });
  });
});

function cycle(): object {
  const self: { self?: object } = {};
  self.self = self;
  return self;
}

/** A number that has stopped growing, as far as the event loop can tell. */
async function steady(read: () => number): Promise<number> {
  let last = read();
  for (let quiet = 0; quiet < 20; ) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    quiet = read() === last ? quiet + 1 : 0;
    last = read();
  }
  return last;
}

function raise(error: Error = new Error('odd')): never {
  throw error;
}

function oddError(): StabilityError {
  return new StabilityError('ERR_ODD', 'odd');
}
