import { describe, expect, it, vi } from 'vitest';
import { ConnectionManager } from './connection-manager.ts';
import { startServer } from './testing/test-server.ts';

describe('a manager', () => {
  it('outlives listeners that throw, also the one of errors, and tells each error once', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    await using server = await startServer();
    const told: unknown[] = [];
    server.manager.on('error', (error) => {
      told.push(error);
      throw new Error('of the listener of errors');
    });
    server.manager.on('session', () => {
      throw new Error('of the listener of sessions');
    });
    const client = await server.greet();
    await client.settled();
    expect(told).toEqual([new Error('of the listener of sessions')]);
    expect(warned.mock.calls).toEqual([[new Error('of the listener of errors')]]);
    server.errors.length = 0;
    warned.mockRestore();
  });

  it('allows nothing on an authorize that answers nothing', async () => {
    await using server = await startServer({}, { authorize: () => undefined as never });
    const client = await server.greet();
    expect(await client.subscribe('a')).toMatchObject({ t: 'err', code: 'ERR_DENIED' });
    client.send('x', { topic: 'a' });
    expect(await client.next('res')).toMatchObject({ err: { code: 'ERR_DENIED' } });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1])('shuts down with a deadline of %s', async (deadlineMs) => {
    const manager = new ConnectionManager();
    expect(await manager.shutdown({ deadlineMs })).toMatchObject({ terminated: 0 });
  });

  it('tells clients a deadline they can read, whatever it was given', async () => {
    await using server = await startServer();
    const client = await server.greet();
    void server.manager.shutdown({ deadlineMs: Number.POSITIVE_INFINITY });
    expect(await client.next('goaway')).toMatchObject({ deadlineMs: 86_400_000 });
    client.cut();
  });
});
