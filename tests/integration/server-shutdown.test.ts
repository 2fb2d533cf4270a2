// The reference server as a process is told to stop while it is at work.
import { StabilityClient } from '@ws-stability/client';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ServerCommand } from '../harness/server-command.ts';

const PATIENCE = { timeout: 10_000 };

interface Report {
  readonly acknowledged: number;
  readonly resumable: number;
  readonly lost: number;
  readonly sessions: number;
  readonly terminated: number;
  readonly durationMs: number;
}

function connect(port: number): StabilityClient {
  return new StabilityClient(`ws://127.0.0.1:${port}/ws`, { baseMs: 20, floorMs: 5, capMs: 200 }, { WebSocket });
}

/** Speaks the protocol just far enough to subscribe, and never acknowledges anything. */
async function connectMute(
  port: number,
  topic: string,
): Promise<{ readonly data: string[]; readonly socket: WebSocket }> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, 'ws-stability.v1');
  const data: string[] = [];
  const subscribed = new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.on('open', () => socket.send('{"t":"hello","v":1,"instance":"mute"}'));
    socket.on('message', (message: Buffer) => {
      const text = message.toString();
      if (!text.startsWith('{')) return void data.push(text);
      const { t, generation } = JSON.parse(text);
      if (t === 'welcome') {
        socket.send(JSON.stringify({ t: 'ready', generation }));
        socket.send(JSON.stringify({ t: 'sub', topic, id: 1, from: 'start' }));
      }
      if (t === 'ok') resolve();
    });
  });
  await subscribed;
  return { data, socket };
}

async function publish(port: number, topic: string, count: number): Promise<void> {
  for (let n = 1; n <= count; n++) {
    const response = await fetch(`http://127.0.0.1:${port}/api/publish`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ topic, payload: n }),
    });
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  }
}

describe('SIGTERM', () => {
  it('under load: clients are told, what was accepted reaches everyone, the process ends by itself with 0', async () => {
    await using server = new ServerCommand([], { WS_STABILITY_MANAGER_DRAIN_DEADLINE_MS: '10000' });
    const port = await server.port();
    const clients = Array.from({ length: 12 }, () => connect(port));
    const received = clients.map(() => new Set<number>());
    const goaways: unknown[] = [];
    const accepted = new Set<number>();
    await Promise.all(
      clients.map((client, index) => {
        client.on('goaway', (goaway) => goaways.push(goaway));
        return client.subscribe('load', (_payload, { offset }) => void received[index]?.add(offset), { from: 'start' })
          .ready;
      }),
    );
    const plain = new WebSocket(`ws://127.0.0.1:${port}/ws?topic=load`);
    const plainClose = new Promise<[number, string]>((resolve) => {
      plain.on('close', (code, reason) => resolve([code, reason.toString()]));
    });

    let publishing = true;
    const load = clients.map(async (client, index) => {
      for (let n = 0; publishing; n++) {
        const receipt = await client.publish('load', `${index}.${n}`).catch(() => undefined);
        if (receipt !== undefined) accepted.add(receipt.position[1]);
      }
    });
    await expect.poll(() => accepted.size, PATIENCE).toBeGreaterThan(500);
    const toldAt = performance.now();
    server.kill('SIGTERM');
    const { code, signal, stderr } = await server.ended;
    const tookMs = performance.now() - toldAt;
    publishing = false;
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(load);

    const report = server.lines.find(({ msg }) => msg === 'drained')?.report as Report;
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(tookMs).toBeLessThan(10_000);
    expect(report).toMatchObject({ resumable: 0, terminated: 0, sessions: 13 });
    expect(goaways).toHaveLength(12);
    expect(goaways[0]).toMatchObject({ why: 'restart', afterMs: expect.any(Number) });
    expect(await plainClose).toEqual([1012, expect.stringMatching(/^after=\d+$/)]);
    // Clients acknowledge when they are told and once more when they leave, so nothing counts as lost that they have.
    const missing = received.reduce((sum, had) => sum + [...accepted].filter((offset) => !had.has(offset)).length, 0);
    expect({ missing, lost: report.lost }).toEqual({ missing: 0, lost: 0 });
    expect(report.acknowledged + report.lost).toBeGreaterThan(0);
  });

  it('leaves nothing behind that keeps the process alive', async () => {
    await using server = new ServerCommand();
    const port = await server.port();
    const client = connect(port);
    await client.subscribe('t', () => {}).ready;
    await publish(port, 't', 3);
    server.kill('SIGTERM');
    await server.line('drained');
    const drainedAt = performance.now();
    expect((await server.ended).code).toBe(0);
    // Far below every timer of the server; an open handle would hold it for seconds.
    expect(performance.now() - drainedAt).toBeLessThan(2_000);
    await client.close();
  });

  it('with a client that acknowledges nothing: its messages are counted as lost, and the deadline holds', async () => {
    await using server = new ServerCommand([], { WS_STABILITY_MANAGER_DRAIN_DEADLINE_MS: '1500' });
    const port = await server.port();
    const { data } = await connectMute(port, 't');
    await publish(port, 't', 7);
    await expect.poll(() => data.length, PATIENCE).toBe(7);
    const toldAt = performance.now();
    server.kill('SIGTERM');
    const { code } = await server.ended;
    const report = server.lines.find(({ msg }) => msg === 'drained')?.report as Report;
    expect(code).toBe(0);
    expect(report).toMatchObject({ lost: 7, acknowledged: 0, sessions: 1 });
    expect(performance.now() - toldAt).toBeLessThan(4_000);
  });

  it('is not ready while it drains, and refuses what is new', async () => {
    await using server = new ServerCommand([], { WS_STABILITY_MANAGER_DRAIN_DEADLINE_MS: '20000' });
    const port = await server.port();
    const { data } = await connectMute(port, 't');
    await publish(port, 't', 1);
    await expect.poll(() => data.length, PATIENCE).toBe(1);
    server.kill('SIGTERM');
    await server.line('drain begun');
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(503);
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    const refused = new WebSocket(`ws://127.0.0.1:${port}/ws?topic=t`);
    const answer = await new Promise((resolve) => {
      refused.on('error', ({ message }) => resolve(message));
    });
    expect(answer).toContain('503');
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('a second %s ends at once with %i', async (signal, exitCode) => {
    await using server = new ServerCommand([], { WS_STABILITY_MANAGER_DRAIN_DEADLINE_MS: '60000' });
    const port = await server.port();
    const { data } = await connectMute(port, 't');
    await publish(port, 't', 1);
    await expect.poll(() => data.length, PATIENCE).toBe(1);
    server.kill(signal);
    await server.line('drain begun');
    // What follows at once is the same Ctrl-C on its way through npm; later it is meant.
    let code: number | null | undefined;
    void server.ended.then((end) => {
      code = end.code;
    });
    const again = (): unknown => {
      server.kill(signal);
      return code;
    };
    await expect.poll(again, { ...PATIENCE, interval: 100 }).toBe(exitCode);
  });
});

describe('after a restart', () => {
  it('clients come back by themselves and are told what is gone, with why: epoch', async () => {
    await using first = new ServerCommand();
    const port = await first.port();
    const client = connect(port);
    const gaps: unknown[] = [];
    const sessions: unknown[] = [];
    const received: string[] = [];
    client.on('gap', (gap) => gaps.push(gap));
    client.on('session', (session) => sessions.push(session));
    const subscription = client.subscribe('t', (payload) => void received.push(String(payload)));
    await subscription.ready;
    await publish(port, 't', 3);
    await expect.poll(() => received, PATIENCE).toEqual(['1', '2', '3']);
    const [epoch] = subscription.position ?? [0];
    first.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);

    await using second = new ServerCommand([], { PORT: String(port) });
    await second.line('listening');
    await expect
      .poll(() => gaps.find((gap) => (gap as { topic: string }).topic === 't'), PATIENCE)
      .toMatchObject({
        topic: 't',
        was: [epoch, 3],
        why: 'epoch',
      });
    expect(sessions.at(-1)).toMatchObject({ resumed: false, why: 'unknown' });
    await publish(port, 't', 1);
    await expect.poll(() => received.length, PATIENCE).toBe(4);
    await client.close();
  });
});
