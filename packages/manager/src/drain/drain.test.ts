import { StabilityError } from '@ws-stability/core';
import type { Position } from '@ws-stability/protocol';
import { MemoryLogStore } from '@ws-stability/store';
import { RemoteLikeLogStore } from '@ws-stability/store/conformance';
import { describe, expect, it, vi } from 'vitest';
import { inMemory, storeKinds } from '../testing/stores.ts';
import { startServer } from '../testing/test-server.ts';
import { until } from '../testing/until.ts';
import type { WireClient } from '../testing/wire-client.ts';

function epochOf(client: WireClient): number {
  const outcome = client.welcome?.topics.get('@');
  return outcome !== undefined && 'at' in outcome ? outcome.at[0] : 0;
}

/** The drain has looked again, more than once. */
async function looks(client: WireClient): Promise<void> {
  const later = performance.now() + 70;
  while (performance.now() < later) await client.settled();
}

describe.each(storeKinds)('a shutdown, on $name', ({ open }) => {
  it('tells clients when to come back, waits for their acknowledgements, closes 1012 and reports what became of all', async () => {
    await using server = await startServer({ drainAcceptPerSecond: 100 }, open());
    const phases: string[] = [];
    server.manager.on('drain', ({ phase }) => phases.push(phase));
    const client = await server.greet();
    await client.subscribe('a');
    for (const payload of ['1', '2', '3']) await server.manager.publish('a', payload);
    await client.data('a', 3);
    const over = server.manager.shutdown({ deadlineMs: 4_000 });
    const { why, afterMs, deadlineMs } = await client.next('goaway');
    expect([why, deadlineMs]).toEqual(['restart', 4_000]);
    expect(afterMs).toBeGreaterThanOrEqual(250);
    client.ack({ a: [epochOf(client), 3] });
    const { code, reason } = await client.closed;
    expect(code).toBe(1012);
    expect(reason).toMatch(/^after=\d+$/);
    const report = await over;
    expect(report).toMatchObject({ acknowledged: 3, resumable: 0, lost: 0, sessions: 1, terminated: 0 });
    expect(report.durationMs).toBeLessThan(4_000);
    expect(phases).toEqual(['begun', 'over']);
    expect(await server.manager.shutdown()).toBe(report);
    expect(server.manager.snapshot().state).toBe('closed');
  });

  it('counts as lost what ends with the process: owed to who is away, to who does not acknowledge', async () => {
    await using server = await startServer({}, open());
    const [silent, away] = [await server.greet({ instance: 'i1' }), await server.greet({ instance: 'i2' })];
    for (const client of [silent, away]) await client.subscribe('a');
    away.cut();
    await until(() => expect(server.manager.session(away.session)?.connected).toBe(false));
    for (const payload of ['1', '2']) await server.manager.publish('a', payload);
    const sent = expect(server.manager.send(away.session, 'x')).rejects.toMatchObject({ code: 'ERR_SESSION_ENDED' });
    await silent.data('a', 2);
    silent.ack({ a: [epochOf(silent), 1] });
    await silent.settled();
    const report = await server.manager.shutdown({ deadlineMs: 200 });
    // One of the silent one's, two and the inbox's of the other's.
    expect(report).toMatchObject({ acknowledged: 0, lost: 1 + 2 + 1, resumable: 0, sessions: 2 });
    await silent.closed;
    await sent;
  });

  it('destroys at the deadline who answers no close frame, and says how many', async () => {
    await using server = await startServer({}, open());
    const stuck = await server.greet({ instance: 'i1' });
    await server.greet({ instance: 'i2' });
    stuck.ws.pause();
    const report = await server.manager.shutdown({ deadlineMs: 150 });
    expect(report.terminated).toBe(1);
    expect(report.durationMs).toBeGreaterThanOrEqual(150);
    await until(() => expect(server.manager.snapshot().connections.active).toBe(0));
  });

  it('refuses what is new: connections, publishes, sends, messages of clients', async () => {
    await using server = await startServer({}, open());
    server.manager.onMessage(() => 'never');
    const client = await server.greet();
    await client.subscribe('a');
    await server.manager.publish('a', 'owed');
    const session = server.manager.session(client.session) ?? expect.unreachable();
    const over = server.manager.shutdown({ deadlineMs: 3_000 });
    expect(server.manager.accepting).toBe(false);
    expect(await server.manager.publish('a', 'x')).toMatchObject({ status: 'refused', limit: 'draining' });
    expect(await server.manager.sendToPrincipal('ann', 'x')).toMatchObject({ status: 'refused', limit: 'draining' });
    await expect(server.manager.send(session, 'x')).rejects.toMatchObject({ code: 'ERR_DRAINING', retryable: true });
    await expect(server.dial()).rejects.toThrow('503');
    client.send('x');
    client.send('y', { topic: 'a' });
    for (const n of [1, 2]) expect(await client.next('res')).toMatchObject({ n, err: { code: 'ERR_DRAINING' } });
    expect(await client.data('a', 1)).toEqual([[1, 'owed']]);
    client.ack({ a: [epochOf(client), 1] }, 2);
    expect(await over).toMatchObject({ acknowledged: 1, lost: 0 });
    expect(server.manager.snapshot().messages).toMatchObject({ published: 1, refused: 3 });
  });

  it('waits for handlers that run, and for their results to be confirmed', async () => {
    await using server = await startServer({}, open());
    let finish = (): void => {};
    const aborted = vi.fn();
    server.manager.onMessage((_, { signal }) => {
      signal.addEventListener('abort', aborted);
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
    const client = await server.greet();
    client.send('slow');
    await client.settled();
    let over = false;
    const report = server.manager.shutdown({ deadlineMs: 4_000 }).finally(() => {
      over = true;
    });
    await client.next('goaway');
    await looks(client);
    expect(over).toBe(false);
    finish();
    expect(await client.next('res')).toMatchObject({ ok: true });
    await looks(client);
    expect([over, aborted.mock.calls.length]).toEqual([false, 0]);
    client.ack({}, 1);
    expect(await report).toMatchObject({ terminated: 0 });
    expect(aborted).toHaveBeenCalledTimes(1);
  });
});

describe('a shutdown', () => {
  it('of a log that outlives the process counts as resumable what is not acknowledged', async () => {
    const { log, sessions } = inMemory.open();
    Object.defineProperty(log, 'durability', { value: 'disk' });
    const before = await startServer({}, { log, sessions });
    const client = await before.greet();
    expect(client.welcome?.durability).toBe('disk');
    await client.subscribe('a');
    for (const payload of ['1', '2']) await before.manager.publish('a', payload);
    await client.data('a', 2);
    const epoch = epochOf(client);
    const at: Position = [epoch, 1];
    client.ack({ a: at });
    await client.settled();
    expect(await before.manager.shutdown({ deadlineMs: 100 })).toMatchObject({
      acknowledged: 0,
      resumable: 1,
      lost: 0,
    });
    await before[Symbol.asyncDispose]();
    // The next process takes the session up where it was.
    await using after = await startServer({}, { log, sessions });
    const { session, token } = client;
    const back = await after.greet({ session, token });
    expect(back.welcome).toMatchObject({ session, resumed: true });
    expect(await back.data('a', 1)).toEqual([[2, '2']]);
  });

  it('tells plain clients by the close frame alone, each its own moment', async () => {
    await using server = await startServer({ drainAcceptPerSecond: 1 });
    const clients = [
      await server.dial({ plain: true }),
      await server.dial({ plain: true }),
      await server.dial({ plain: true }),
    ];
    await until(() => expect(server.manager.snapshot().sessions.attached).toBe(3));
    await server.manager.shutdown({ deadlineMs: 2_000 });
    const closed = await Promise.all(clients.map((client) => client.closed));
    expect(closed.map(({ code }) => code)).toEqual([1012, 1012, 1012]);
    expect(new Set(closed.map(({ reason }) => reason)).size).toBe(3);
    for (const client of clients) expect(client.messages).toEqual([]);
  });

  it('with nobody there is over at once, and leaves nothing that runs', async () => {
    await using server = await startServer();
    expect(await server.manager.shutdown()).toMatchObject({ sessions: 0, acknowledged: 0, lost: 0, terminated: 0 });
    expect(await server.manager.publish('a', 'x')).toMatchObject({ status: 'refused' });
  });
});

describe('a shutdown without its log', () => {
  it('counts what it heard of', async () => {
    const log = new RemoteLikeLogStore(() => new MemoryLogStore(), { delayMs: 1 });
    await using server = await startServer({}, { log });
    const client = await server.greet();
    await client.subscribe('a');
    for (const payload of ['1', '2']) await server.manager.publish('a', payload);
    await client.data('a', 2);
    log.heads = () => Promise.reject(new StabilityError('ERR_STORE', 'It is down.', { retryable: true }));
    expect(await server.manager.shutdown({ deadlineMs: 100 })).toMatchObject({ acknowledged: 0, lost: 2 });
    server.errors.length = 0;
  });
});
