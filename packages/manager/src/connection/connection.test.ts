import { once } from 'node:events';
import { ManualClock } from '@ws-stability/core/testing';
import { encodeControl } from '@ws-stability/protocol';
import { MemoryLogStore } from '@ws-stability/store';
import { describe, expect, it } from 'vitest';
import { startServer } from '../testing/test-server.ts';
import { until } from '../testing/until.ts';

const times = { pingMs: 10_000, pongMs: 4_000 };

describe('a connection', () => {
  it('is pinged when it is quiet and lives on when it answers', async () => {
    const clock = new ManualClock();
    await using server = await startServer(times, { clock });
    const client = await server.greet();
    clock.advance(10_050); // its hello counts as life
    for (let round = 0; round < 3; round++) {
      clock.advance(10_050);
      const { ts } = await client.next('ping');
      client.control({ t: 'pong', ts });
      await client.settled();
      clock.advance(4_050);
    }
    await client.settled();
    expect(server.manager.snapshot().connections).toMatchObject({ active: 1, timeouts: 0 });
  });

  it('is destroyed when a ping brings nothing, and its session waits', async () => {
    const clock = new ManualClock();
    await using server = await startServer(times, { clock });
    const client = await server.greet();
    clock.advance(10_050); // its hello counts as life
    clock.advance(10_050);
    await client.next('ping');
    clock.advance(4_050);
    expect(await client.closed).toMatchObject({ code: 1006 });
    await until(() => expect(server.manager.snapshot().sessions).toMatchObject({ attached: 0, detached: 1 }));
    expect(server.manager.snapshot().connections).toMatchObject({ active: 0, timeouts: 1 });
    const { session, token } = client;
    expect((await server.greet({ session, token })).welcome?.resumed).toBe(true);
  });

  it('that is not read because its handler hangs is still found dead when its peer is gone', async () => {
    await using server = await startServer({ pingMs: 100, pongMs: 100, windowMessages: 1 });
    server.manager.handle('hang', () => new Promise(() => {}));
    const client = await server.greet();
    client.ws.send('1 t=hang op=req\nx');
    await until(() => expect(server.manager.snapshot().messages.received).toBe(1));
    client.ws.terminate();
    await until(() => expect(server.manager.snapshot().connections.active).toBe(0));
    await server.manager.shutdown({ deadlineMs: 50 });
  });

  it('of a plain client is pinged by the WebSocket’s own ping', async () => {
    const clock = new ManualClock();
    await using server = await startServer(times, { clock });
    const client = await server.dial({ plain: true });
    await until(() => expect(server.manager.snapshot().sessions.attached).toBe(1));
    const pinged = once(client.ws, 'ping');
    clock.advance(10_300);
    await pinged;
    expect(client.messages).toEqual([]);
  });

  it('that is not read from by its client lags, without a queue; then it gets everything kept, once and in order', async () => {
    await using server = await startServer({ highWaterBytes: 4_096 });
    const client = await server.greet();
    await client.subscribe('a');
    client.ws.pause();
    const count = 900;
    const payload = 'x'.repeat(4_000);
    for (let n = 1; n <= count; n++) await server.manager.publish('a', `${n} ${payload}`);
    client.ws.resume();
    const got = await client.data('a', count);
    expect(got.map(([offset]) => offset)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(got.every(([offset, text]) => text === `${offset} ${payload}`)).toBe(true);
  });

  it('whose client asks on and on and reads no answer is not heard until it reads; then it gets every answer', async () => {
    await using server = await startServer();
    const client = await server.greet();
    client.ws.pause();
    const message = encodeControl({ t: 'ping', ts: 1 });
    let asked = 0;
    // Asks until the server takes no more: what it has read, and what waits in the sockets between, has an end.
    for (let still = 0; still < 5; ) {
      const { bytesOut } = server.manager.snapshot();
      for (let more = 0; more < 20_000 && client.ws.bufferedAmount === 0; more += 1_000) {
        for (let one = 0; one < 1_000; one++, asked++) client.ws.send(message);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
      still = client.ws.bufferedAmount > 0 && server.manager.snapshot().bytesOut === bytesOut ? still + 1 : 0;
      expect(asked).toBeLessThan(5_000_000);
    }
    expect(client.ws.bufferedAmount).toBeGreaterThan(0);
    client.ws.resume();
    await until(() => expect(client.unread.length).toBe(asked));
  });

  it('that is stalled by a drill is given nothing meanwhile and everything after', async () => {
    const clock = new ManualClock();
    await using server = await startServer({}, { clock });
    const client = await server.greet();
    await client.subscribe('a');
    const session = server.manager.session(client.session);
    session?.connection?.stallWrites(1_000);
    for (const payload of ['1', '2', '3']) await server.manager.publish('a', payload);
    for (let turn = 0; turn < 10; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    expect(server.manager.snapshot().delivery.delivered).toBe(0);
    clock.advance(1_000);
    expect(await client.data('a', 3)).toEqual([
      [1, '1'],
      [2, '2'],
      [3, '3'],
    ]);
  });

  it('that breaks WebSocket’s own rules is closed with their code, and the cause is told', async () => {
    await using server = await startServer();
    const causes: (string | undefined)[] = [];
    server.manager.on('disconnected', ({ cause }) => causes.push(cause));
    const client = await server.greet();
    client.ws.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect(await client.closed).toMatchObject({ code: 1007 });
    await until(() => expect(causes).toEqual(['WS_ERR_INVALID_UTF8']));
  });

  it('of one client outlives a log that was closed too early; what the log then says is reported', async () => {
    const log = new MemoryLogStore();
    await using server = await startServer({ highWaterBytes: 1_024 }, { log });
    const client = await server.greet();
    await client.subscribe('a');
    server.manager.session(client.session)?.connection?.stallWrites(20);
    await server.manager.publish('a', 'x');
    log.close();
    await until(() => expect(server.errors.length).toBeGreaterThan(0));
    await client.settled();
    await server.manager.shutdown({ deadlineMs: 0 });
    for (const error of server.errors.splice(0)) expect(error).toMatchObject({ code: 'ERR_STORE_CLOSED' });
  });
});
