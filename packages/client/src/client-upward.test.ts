import { topic } from '@ws-stability/protocol';
import { describe, expect, it } from 'vitest';
import { turn } from './testing/fake-server.ts';
import { online, resume, setUp } from './testing/set-up.ts';

describe('upward', () => {
  it('resends what has no result after a resume, in its place, and what is new after it', async () => {
    const parts = await online();
    const { client } = parts;
    const outcomes = ['a', 'b', 'c'].map((value) => client.send(value));
    parts.socket.say({ t: 'res', n: 1, ok: true, value: 'A' });
    parts.server.socket.end();
    const later = client.send('d');
    const { socket, rest } = await resume(parts, { handled: 2 });
    expect(rest).toEqual([]);
    socket.say({ t: 'res', n: 2, err: { code: 'ERR_NO', message: 'refused', path: 'x' } });
    expect(socket.sent().filter(({ t }) => t === 'data')).toMatchObject([
      { seq: 3, payload: 'c' },
      { seq: 4, payload: 'd' },
    ]);
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
