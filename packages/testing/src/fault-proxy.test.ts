import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { FaultProxy } from './fault-proxy.ts';

/** One side of a connection: what it received and how it ended. */
class Peer {
  readonly socket: Socket;
  readonly chunks: Buffer[] = [];
  ended = false;
  closed = false;
  error: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket.setNoDelay(true);
    socket.on('data', (chunk) => this.chunks.push(chunk));
    socket.on('end', () => (this.ended = true));
    socket.on('close', () => (this.closed = true));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.error = error.code));
  }

  get over(): boolean {
    return this.ended || this.closed;
  }

  get received(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

let server: Server;
let proxy: FaultProxy;
let accepted: Peer[] = [];
let dialled: Peer[] = [];

beforeEach(async () => {
  accepted = [];
  dialled = [];
  server = createServer({ allowHalfOpen: true }, (socket) => accepted.push(new Peer(socket)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  proxy = await FaultProxy.listen({
    port: typeof address === 'object' && address !== null ? address.port : 0,
    seed: 7,
  });
});

afterEach(async () => {
  await proxy.close();
  for (const peer of [...accepted, ...dialled]) peer.socket.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

function dial(): Peer {
  const peer = new Peer(connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }));
  dialled.push(peer);
  return peer;
}

async function pair(): Promise<readonly [client: Peer, far: Peer]> {
  const before = accepted.length;
  const client = dial();
  const far = await eventually(() => {
    expect(accepted.length).toBeGreaterThan(before);
    return accepted[before] as Peer;
  });
  return [client, far];
}

function bytes(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 31) % 251));
}

describe('a fault proxy', () => {
  test('passes both directions and half-closes on untouched, and counts the bytes', async () => {
    const [client, far] = await pair();
    client.socket.end(bytes(100_000));
    await eventually(() => expect(far.ended).toBe(true));
    far.socket.end('answer');
    await eventually(() => expect(client.closed).toBe(true));
    expect(far.received.equals(bytes(100_000))).toBe(true);
    expect(client.received.toString()).toBe('answer');
    await eventually(() => expect(proxy.links).toHaveLength(0));
    expect(proxy.snapshot()).toMatchObject({
      accepted: 1,
      cuts: 0,
      up: { received: 100_000, forwarded: 100_000, swallowed: 0 },
      down: { received: 6, forwarded: 6, swallowed: 0 },
    });
  });

  test.each(['end', 'reset'] as const)(
    'forwards exactly the bytes before a cut, in each direction (%s)',
    async (manner) => {
      const points = [0, 1, 2, 63, 64, 65, 999, 1000];
      for (const direction of ['up', 'down'] as const) {
        for (const point of points) {
          const stop = proxy.onConnection((link) => link.lane(direction).cutAfter(point, manner));
          const forwardedBefore = proxy.snapshot()[direction].forwarded;
          const client = dial();
          // Both sides talk, so that a cut in one direction has the other one to spoil.
          client.socket.write(bytes(1000));
          const before = accepted.length;
          await eventually(() => expect(accepted.length > before || client.over).toBe(true));
          const far = accepted[before];
          far?.socket.write(bytes(1000));
          await eventually(() => expect(client.over).toBe(true));
          if (far !== undefined) await eventually(() => expect(far.over).toBe(true));
          const received = (direction === 'up' ? far : client)?.received ?? bytes(0);
          expect(received.equals(bytes(received.length)), `${direction} ${point}: what arrives is a start of it`).toBe(
            true,
          );
          // A kernel that is sent a reset throws away what its process has not read yet.
          if (manner === 'end') expect(received.length, `${direction} ${point}`).toBe(point);
          else expect(received.length, `${direction} ${point}`).toBeLessThanOrEqual(point);
          expect(proxy.snapshot()[direction].forwarded - forwardedBefore, `${direction} ${point}`).toBe(point);
          stop();
        }
      }
      expect(proxy.snapshot().cuts).toBe(2 * points.length);
    },
  );

  test('keeps the order of bytes under delay, jitter and slicing into single bytes', async () => {
    proxy.setFaults('up', { delayMs: 2, jitterMs: 15, sliceBytes: 1 });
    const [client, far] = await pair();
    for (let start = 0; start < 300; start += 10) {
      client.socket.write(bytes(300).subarray(start, start + 10));
      await new Promise(setImmediate);
    }
    await eventually(() => expect(far.received.length).toBe(300));
    expect(far.received.equals(bytes(300))).toBe(true);
    expect(far.chunks.length).toBeGreaterThan(100);
  });

  test('delays what it passes on by the time it was told', async () => {
    const [client, far] = await pair();
    proxy.setFaults('down', { delayMs: 40 });
    const start = performance.now();
    far.socket.write('x');
    await eventually(() => expect(client.received.length).toBe(1));
    expect(performance.now() - start).toBeGreaterThanOrEqual(39);
  });

  test('throttles to its rate', async () => {
    const [client, far] = await pair();
    proxy.setFaults('down', { bytesPerSecond: 20_000 });
    const start = performance.now();
    far.socket.write(bytes(5000));
    await eventually(() => expect(client.received.length).toBe(5000));
    // The first 1,000 are the burst.
    expect(performance.now() - start).toBeGreaterThanOrEqual(190);
    expect(client.received.equals(bytes(5000))).toBe(true);
  });

  test('a stall is felt by the sender and keeps little; everything follows when it ends', async () => {
    const [client, far] = await pair();
    proxy.stall('down');
    const size = 32 * 1024 * 1024;
    far.socket.write(Buffer.alloc(size, 5));
    // The kernels take their part first; then nothing moves any more.
    let held = -1;
    let looks = 0;
    await eventually(() => {
      const now = far.socket.writableLength;
      looks = now === held ? looks + 1 : 0;
      held = now;
      expect(looks).toBeGreaterThanOrEqual(5);
    });
    expect(held).toBeGreaterThan(size / 2);
    expect(proxy.snapshot().links[0]?.down.waiting).toBeLessThanOrEqual(2 * 65_536);
    expect(client.received.length).toBe(0);
    proxy.resume('down');
    await eventually(() => expect(client.chunks.reduce((sum, chunk) => sum + chunk.length, 0)).toBe(size));
  });

  test('a slow lane holds no more than its buffer', async () => {
    const [, far] = await pair();
    proxy.setFaults('down', { bytesPerSecond: 1000 });
    far.socket.write(Buffer.alloc(8 * 1024 * 1024));
    await eventually(() => expect(proxy.snapshot().links[0]?.down.waiting).toBeGreaterThan(65_536));
    await new Promise<void>((resolve) => setTimeout(resolve, 30));
    expect(proxy.snapshot().links[0]?.down.waiting).toBeLessThanOrEqual(2 * 65_536);
  });

  test('a black hole swallows, the end too, and tells nobody', async () => {
    const [client, far] = await pair();
    proxy.blackHole('up');
    client.socket.end('lost');
    await eventually(() => expect(proxy.snapshot().up).toEqual({ received: 4, forwarded: 0, swallowed: 4 }));
    far.socket.write('still open');
    await eventually(() => expect(client.received.toString()).toBe('still open'));
    expect(far.received.length).toBe(0);
    expect(far.ended).toBe(false);
  });

  test('what is set holds for connections to come, until it is resumed', async () => {
    proxy.stall('up');
    const [client, far] = await pair();
    client.socket.write('late');
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
    expect(far.received.length).toBe(0);
    proxy.resume();
    await eventually(() => expect(far.received.toString()).toBe('late'));
  });

  test('a reset reaches both sides as a reset, an end as an end', async () => {
    const [client, far] = await pair();
    proxy.cutAll('reset');
    await eventually(() => expect([client.error, far.error]).toEqual(['ECONNRESET', 'ECONNRESET']));
    const [other, otherFar] = await pair();
    proxy.cutAll('end');
    await eventually(() => expect([other.ended, otherFar.ended]).toEqual([true, true]));
    expect([other.error, otherFar.error]).toEqual([undefined, undefined]);
  });

  test('a reset by one side is passed on to the other', async () => {
    const [client, far] = await pair();
    client.socket.resetAndDestroy();
    await eventually(() => expect(far.error).toBe('ECONNRESET'));
  });

  test('refuses as long as it is told to', async () => {
    proxy.refuse();
    const client = dial();
    await eventually(() => expect(client.closed).toBe(true));
    expect(accepted).toHaveLength(0);
    expect(proxy.snapshot().refused).toBe(1);
    proxy.refuse(false);
    await pair();
  });

  test('configures connections one by one', async () => {
    proxy.onConnection((link) => {
      if (link.index === 1) link.up.cutAfter(3);
    });
    const [, first] = await pair();
    dialled[0]?.socket.write('abcdef');
    await eventually(() => expect(first.received.toString()).toBe('abcdef'));
    const [second, far] = await pair();
    second.socket.write('abcdef');
    await eventually(() => expect(second.over).toBe(true));
    expect(far.received.toString()).toBe('abc');
    expect(first.closed).toBe(false);
  });

  test('a target that is not there resets the client', async () => {
    const nowhere = await FaultProxy.listen({ port: 1 });
    const client = new Peer(connect({ port: nowhere.port, host: '127.0.0.1' }));
    await eventually(() => expect(client.closed).toBe(true));
    await nowhere.close();
  });

  test('leads connections to come elsewhere when told to', async () => {
    const [, first] = await pair();
    const heard: Socket[] = [];
    const other = createServer((socket) => heard.push(socket));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    proxy.setTarget(typeof address === 'object' && address !== null ? address.port : 0);
    dial();
    await eventually(() => expect(heard).toHaveLength(1));
    expect([accepted.length, first.closed]).toEqual([1, false]);
    for (const socket of heard) socket.destroy();
    await new Promise<void>((resolve) => other.close(() => resolve()));
  });

  test('faults that make no sense are refused', async () => {
    await pair();
    expect(() => proxy.setFaults('up', { sliceBytes: 0 })).toThrow(/sliceBytes from 1/);
  });

  test('close ends every connection and may be repeated', async () => {
    const [client] = await pair();
    await proxy.close();
    await eventually(() => expect(client.over).toBe(true));
    await proxy.close();
  });
});
