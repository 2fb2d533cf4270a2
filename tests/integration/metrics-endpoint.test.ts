// GET /metrics of the reference server with real clients: its numbers are what the clients did, and add up at any moment.
import type { ClientOptions } from '@ws-stability/client';
import { StabilityClient } from '@ws-stability/client/node';
import { createServer } from '@ws-stability/server';
import { cutAtRandom, eventually, FaultProxy, withSeed } from '@ws-stability/testing';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { PrometheusPage, promtoolComplaints, scrape } from '../harness/prometheus-page.ts';
import { ServerCommand } from '../harness/server-command.ts';

type Settings = NonNullable<Parameters<typeof createServer>[0]>;

interface Line {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

async function startServer(settings: Settings = {}) {
  const lines: Line[] = [];
  const line = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
  const logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  const server = createServer({ env: 'testing', ...settings, server: { port: 0, ...settings.server } }, { logger });
  const { port } = await server.listen();
  return { server, port, lines, [Symbol.asyncDispose]: () => server.close() };
}

function connect(port: number, options: ClientOptions = {}): StabilityClient {
  const quick = { baseMs: 4, floorMs: 1, capMs: 50, ackDelayMs: 1, ...options };
  return new StabilityClient(`ws://127.0.0.1:${port}/ws`, quick);
}

/** Listens to a topic. @returns what comes, once the subscription stands */
async function listen(client: StabilityClient, topic: string): Promise<string[]> {
  const got: string[] = [];
  await client.subscribe(topic, (payload) => void got.push(String(payload))).ready;
  return got;
}

async function listenPlainly(
  port: number,
  topic: string,
): Promise<{ readonly got: string[]; readonly socket: WebSocket }> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?topic=${topic}`);
  const got: string[] = [];
  socket.on('message', (message: Buffer) => void got.push(message.toString()));
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return { got, socket };
}

async function publish(port: number, topic: string, payload: string, id: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/api/publish`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ topic, payload, id }),
  });
  await response.arrayBuffer();
  return response.status;
}

async function health(port: number): Promise<unknown> {
  return (await fetch(`http://127.0.0.1:${port}/health/websocket`)).json();
}

describe('GET /metrics', () => {
  test('says what the clients did, no more and no less', async () => {
    await using running = await startServer();
    const { port } = running;
    await using proxy = await FaultProxy.listen({ port });
    const clients = Array.from({ length: 4 }, () => connect(proxy.port));
    const inboxes = await Promise.all(clients.map((client) => listen(client, 'news')));
    const plain = await Promise.all([listenPlainly(port, 'news'), listenPlainly(port, 'news')]);
    const readers = [...inboxes, ...plain.map(({ got }) => got)];
    const [first] = clients;

    for (let n = 0; n < 30; n++) expect(await publish(port, 'news', `a${n}`, `id-${n}`)).toBe(200);
    for (let n = 0; n < 3; n++) expect(await publish(port, 'news', 'again', `id-${n}`)).toBe(200);
    for (let n = 0; n < 5; n++) await first?.publish('news', `b${n}`);
    for (let n = 0; n < 7; n++) expect(await first?.request('echo', `${n}`)).toBe(n);
    await eventually(() => expect(readers.map(({ length }) => length)).toEqual(readers.map(() => 35)));
    await expect(listenPlainly(port, 'not a topic')).rejects.toThrow('400');

    proxy.cutAll();
    await eventually(async () => expect((await scrape(port)).value('resumes_total{outcome="resumed"}')).toBe(4));
    for (let n = 0; n < 10; n++) expect(await publish(port, 'news', `c${n}`, `later-${n}`)).toBe(200);
    await eventually(() => expect(readers.map(({ length }) => length)).toEqual(readers.map(() => 45)));

    const page = await eventually(async () => {
      const settled = await scrape(port);
      expect(settled.value('messages_published_total')).toBe(45);
      // Plain readers acknowledge nothing, resumable ones all.
      expect(settled.value('messages_in_flight')).toBeLessThanOrEqual(2 * 45);
      return settled;
    });
    const expected = {
      messages_duplicate_total: 3,
      messages_refused_total: 0,
      messages_lagging: 0,
      messages_received_total: 12,
      messages_running: 0,
      'messages_settled_total{outcome="handled"}': 12,
      'messages_settled_total{outcome="resent"}': 0,
      'messages_settled_total{outcome="rejected"}': 0,
      'messages_settled_total{outcome="failed"}': 0,
      'messages_lost_total{reason="retention"}': 0,
      'connections{mode="resumable"}': 4,
      'connections{mode="plain"}': 2,
      connections_opened_total: 10,
      connections_closed_total: 4,
      upgrades_misdirected_total: 1,
      'sessions{state="attached"}': 6,
      'sessions{state="detached"}': 0,
      cursors: 12,
      log_entries: 45,
      'log_topics{kind="topic"}': 1,
      'client_statistics_clients{state="connected"}': 6,
      'breaker_state{breaker="log"}': 0,
      'breaker_calls_total{breaker="on_upgrade",outcome="success"}': 10,
      'manager_state{state="accepting"}': 1,
      metrics_read_failures_total: 0,
      metrics_refused_values_total: 0,
    };
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, page.value(name)]))).toEqual(expected);
    const delivered = page.value('messages_delivered_total') ?? Number.NaN;
    expect(delivered - (page.value('messages_rewound_total') ?? Number.NaN)).toBe(6 * 45);
    expect(page.value('acknowledgement_seconds_count')).toBeGreaterThanOrEqual(4);
    expect(page.value('handler_seconds_count')).toBeGreaterThanOrEqual(7);
    expect(page.value('sent_bytes_total')).toBeGreaterThan(6 * 45 * 2);
    expect(page.value('received_bytes_total')).toBeGreaterThan(0);
    expect(page.unbalanced).toEqual([]);
    expect(await health(port)).toMatchObject({
      status: 'accepting',
      connections: { total: 10, active: 6, failed: 0, reconnections: 4, timeouts: 0 },
      messages: { sent: delivered, expired: 0, failed: 0, deduplicated: 3, published: 45, received: 12 },
      queue: { current_size: 0, overflows: 0 },
      retry: { attempts: 4, successes: 4, failures: 0, success_rate: 1 },
      circuit_breaker: { state: 'closed', opens: 0 },
      resumes: { resumed: 4 },
      gaps: { total: 0 },
      clients: { connected: 6 },
    });
    for (const { socket } of plain) socket.close();
    await eventually(async () => {
      const left = await scrape(port);
      expect(left.value('connections_closed_total')).toBe(6);
      expect(left.value('messages_in_flight')).toBe(0);
      expect(left.unbalanced).toEqual([]);
    });
    await Promise.all(clients.map((client) => client.close()));
  });

  test('adds up at any moment while clients are cut at random', async () => {
    await withSeed(async (seed) => {
      await using running = await startServer({ metrics: { clientSeries: 3 } });
      const { port } = running;
      await using proxy = await FaultProxy.listen({ port, seed });
      const clients = Array.from({ length: 8 }, () => connect(proxy.port));
      const inboxes = await Promise.all(clients.map((client) => listen(client, 'news')));
      const cuts = cutAtRandom(proxy, { leastMs: 1, mostMs: 8 });
      let going = true;
      const scraping = (async () => {
        let scrapes = 0;
        for (; going || scrapes === 0; scrapes++) expect((await scrape(port)).unbalanced).toEqual([]);
        return scrapes;
      })();
      await Promise.all(
        clients.map(async (client, index) => {
          for (let n = 0; n < 25; n++) await client.publish('news', `${index}-${n}`, { id: `${index}-${n}` });
        }),
      );
      cuts.close();
      await eventually(() => expect(inboxes.map((got) => new Set(got).size)).toEqual(clients.map(() => 200)), {
        timeoutMs: 20_000,
      });
      going = false;
      expect(await scraping).toBeGreaterThan(5);
      await eventually(async () => {
        const page = await scrape(port);
        expect(page.unbalanced).toEqual([]);
        expect(page.value('messages_published_total')).toBe(200);
        expect(page.value('resumes_total{outcome="resumed"}')).toBeGreaterThan(3);
      });
      await Promise.all(clients.map((client) => client.close()));
    });
  }, 60_000);

  test('shows the breaker of a client that acknowledges nothing, until it does', async () => {
    await using running = await startServer({
      manager: { ackMs: 100, plainBatchMs: 50 },
      sessionBreaker: {
        consecutiveFailures: 1,
        openMs: 50,
        maxOpenMs: 0,
        trials: 1,
        concurrentTrials: 1,
        trialSuccesses: 1,
      },
      client: { ackDelayMs: 50 },
    });
    const { port, lines } = running;
    const client = connect(port);
    // A listener that does not settle acknowledges nothing.
    let settle = (): void => {};
    const gate = new Promise<void>((resolve) => {
      settle = resolve;
    });
    await client.subscribe('news', () => gate).ready;
    await publish(port, 'news', 'one', 'one');
    await eventually(async () => {
      const page = await scrape(port);
      expect(page.value('session_breakers_open')).toBe(1);
      expect(page.value('client_troubles_total{kind="overdue"}')).toBeGreaterThanOrEqual(1);
      expect(page.value('breaker_transitions_total{of="session",to="open"}')).toBeGreaterThanOrEqual(1);
    });
    expect(await health(port)).toMatchObject({ breakers: { sessions: { open: 1 } } });
    const opened = lines.find(({ message }) => message === 'sessionBreaker');
    expect(opened).toMatchObject({ level: 'warn', fields: { from: 'closed', to: 'open', cause: 'ERR_NO_PROGRESS' } });

    await publish(port, 'news', 'two', 'two');
    settle();
    await eventually(
      async () => {
        const page = await scrape(port);
        expect(page.value('session_breakers_open')).toBe(0);
        expect(page.value('messages_in_flight')).toBe(0);
        expect(page.unbalanced).toEqual([]);
      },
      { timeoutMs: 10_000 },
    );
    await client.close();
  });

  test('is text that Prometheus takes, with a help for each metric and names by convention', async () => {
    await using running = await startServer({ metrics: { clientSeries: 2 } });
    const client = connect(running.port);
    const got = await listen(client, 'news');
    await publish(running.port, 'news', 'one', 'one');
    await eventually(() => expect(got).toEqual(['one']));
    const text = await (await fetch(`http://127.0.0.1:${running.port}/metrics`)).text();
    const { types } = new PrometheusPage(text);
    expect(types.size).toBeGreaterThan(60);
    for (const [name, type] of types) expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    expect(promtoolComplaints(text)).toBe('');
    await client.close();
  });

  test('is served by the command, to no other Host, and not at all where it is switched off', async () => {
    await using on = new ServerCommand(['--env', 'production']);
    await using off = new ServerCommand([], { WS_STABILITY_METRICS_ENABLED: 'false' });
    const [port, offPort] = await Promise.all([on.port(), off.port()]);
    expect((await scrape(port)).value('messages_published_total')).toBe(0);
    const refused = await fetch(`http://127.0.0.1:${offPort}/metrics`);
    expect(refused.status).toBe(404);
    expect(await refused.json()).toMatchObject({ error: { code: 'ERR_METRICS_DISABLED' } });
    expect(await health(offPort)).toMatchObject({ status: 'accepting', cleanup: { running: false } });
    // What is still counted and timed must not keep the process.
    for (const server of [on, off]) server.kill('SIGTERM');
    expect([(await on.ended).code, (await off.ended).code]).toEqual([0, 0]);
  });
});
