// A client that stops reading while 200 MB are published to it: the server's memory stays within its budget, and the client
// gets everything that is retained, is told what is not, and then is live again.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { assertDelivery, eventually, FaultProxy, History } from '@ws-stability/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { subscribeRecorded } from '../harness/recorded-client.ts';
import type { Answer, Command, Memory } from '../harness/slow-reader-server.ts';
import { connectClient } from '../harness/stability-server.ts';

const MIB = 1024 * 1024;
const HIGH_WATER = 16 * 1024;
const ALLOWED = 8 * MIB;
const MESSAGE = 16 * 1024;
const MESSAGES = Math.ceil(200_000_000 / MESSAGE);

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children) child.kill();
  children.length = 0;
});

class MeasuredServer {
  readonly #child: ChildProcess;
  port = 0;

  constructor(budgetBytes: number) {
    this.#child = fork(
      fileURLToPath(new URL('../harness/slow-reader-server.ts', import.meta.url)),
      [`${budgetBytes}`],
      {
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
        execArgv: ['--expose-gc', '--conditions=@ws-stability/source', '--import', 'tsx'],
      },
    );
    children.push(this.#child);
  }

  async start(): Promise<void> {
    this.port = (await this.#answer('listening')).port;
  }

  async publish(messages: number): Promise<void> {
    await this.#ask({ do: 'publish', messages, bytes: MESSAGE }, 'published');
  }

  async measure(): Promise<Memory> {
    return (await this.#ask({ do: 'measure' }, 'measured')).memory;
  }

  async head() {
    return this.#ask({ do: 'head' }, 'head');
  }

  #ask<Is extends Answer['is']>(command: Command, is: Is): Promise<Extract<Answer, { is: Is }>> {
    const answer = this.#answer(is);
    this.#child.send(command);
    return answer;
  }

  #answer<Is extends Answer['is']>(is: Is): Promise<Extract<Answer, { is: Is }>> {
    return new Promise((resolve, reject) => {
      this.#child.once('message', (answer: Answer) => {
        if (answer.is === is) resolve(answer as Extract<Answer, { is: Is }>);
        else reject(new Error(`expected ${is}, was told ${answer.is}`));
      });
      this.#child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    });
  }
}

describe.each([8 * MIB, 64 * MIB])('with a budget of %i bytes for all logs', (budget) => {
  test('a resumable client that stops reading costs the budget at most, and is told what it missed', async () => {
    const server = new MeasuredServer(budget);
    await server.start();
    await using proxy = await FaultProxy.listen({ port: server.port, seed: 1 });
    const history = new History();
    const client = connectClient(proxy.port);
    await subscribeRecorded(history, client, 'slow', 'flood');
    // Code that runs for the first time takes memory too, and is not what is measured.
    await server.publish(100);
    const delivered = () => history.seen.filter((event) => event.type === 'delivered');
    await eventually(() => expect(delivered()).toHaveLength(100));
    const before = await server.measure();

    proxy.stall('down');
    await server.publish(MESSAGES);
    const after = await server.measure();
    const limit = budget + HIGH_WATER + ALLOWED;
    const mib = (bytes: number): string => (bytes / MIB).toFixed(1);
    process.stdout.write(
      `slow reader, budget ${mib(budget)} MiB: grew by ${mib(after.used - before.used)} MiB in use, ` +
        `${mib(after.rss - before.rss)} MiB resident; allowed ${mib(limit)} MiB\n`,
    );
    expect(after.used - before.used).toBeLessThanOrEqual(limit);
    expect(after.rss - before.rss).toBeLessThanOrEqual(limit);

    const { epoch, first, last } = await server.head();
    expect(last).toBe(100 + MESSAGES);
    // Most of the budget is in use, and most of the flood is gone.
    expect((last - first) * MESSAGE).toBeGreaterThan(budget * 0.8);
    expect(first).toBeGreaterThan(MESSAGES / 2);
    for (let offset = 1; offset <= last; offset++) history.publish('flood', `m${offset}`, [epoch, offset]);
    proxy.resume('down');
    await eventually(() => expect(delivered().at(-1)).toMatchObject({ content: `m${last}` }), { timeoutMs: 60_000 });
    const gaps = history.seen.filter((event) => event.type === 'gap').map((event) => event.gap);
    // One, as a rule; more when the kernel's buffers take a little more while the flood goes on. The checker knows each range.
    expect(gaps.length).toBeGreaterThan(0);
    expect(gaps.slice(-1)).toEqual([
      {
        topic: 'flood',
        was: [epoch, expect.any(Number)],
        now: [epoch, first - 1],
        why: expect.stringMatching(/retention|budget/),
      },
    ]);
    await server.publish(1);
    history.publish('flood', `m${last + 1}`, [epoch, last + 1]);
    await eventually(() => expect(delivered().at(-1)).toMatchObject({ content: `m${last + 1}` }));
    const report = assertDelivery(history);
    expect(report.counts.delivered + report.counts.missedInGaps).toBe(last + 1);
    expect(client.snapshot().counters.reconnects).toBe(0);
    await client.close();
  }, 180_000);
});

test('a plain client that stops reading is closed with the range it missed', async () => {
  const server = new MeasuredServer(8 * MIB);
  await server.start();
  await using proxy = await FaultProxy.listen({ port: server.port, seed: 2 });
  const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/`);
  let heard = 0;
  let closed: { readonly code: number; readonly reason: string } | undefined;
  socket.on('message', () => heard++);
  socket.on('close', (code, reason) => {
    closed = { code, reason: reason.toString() };
  });
  await new Promise((resolve) => socket.once('open', resolve));
  await server.publish(1);
  await eventually(() => expect(heard).toBe(1));
  proxy.stall('down');
  await server.publish(2000);
  const { epoch, first } = await server.head();
  proxy.resume('down');
  await eventually(() => expect(closed).toBeDefined(), { timeoutMs: 30_000 });
  expect(closed?.code).toBe(4201);
  const [, last] = closed?.reason.match(new RegExp(`^gap ${epoch}:${heard + 1}-(\\d+)$`)) ?? [];
  // Told at the moment at which the server had room again and found that what comes next was gone.
  expect(Number(last)).toBeGreaterThan(heard);
  expect(Number(last)).toBeLessThan(first);
}, 60_000);
