import { StabilityError } from '@ws-stability/core';
import { MemoryLogStore } from '@ws-stability/store';
import { RemoteLikeLogStore } from '@ws-stability/store/conformance';
import { describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../testing/running-server.ts';

/** The value of a series in the Prometheus text. */
function valueIn(text: string, series: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

async function scrape(running: RunningServer, headers: Record<string, string> = {}): Promise<string> {
  return (await running.ask('GET', '/metrics', { headers })).text;
}

describe('GET /metrics', () => {
  it('is the Prometheus text, not to be kept, and says what happened', async () => {
    await using running = await startServer();
    const client = await running.connect('/ws?topic=t');
    await running.publish({ topic: 't', payload: 'x' });
    await expect.poll(() => client.messages).toEqual(['x']);
    const { status, headers, text } = await running.ask('GET', '/metrics');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(valueIn(text, 'ws_stability_messages_published_total')).toBe(1);
    expect(valueIn(text, 'ws_stability_messages_delivered_total')).toBe(1);
    expect(valueIn(text, 'ws_stability_connections{mode="plain"}')).toBe(1);
    expect(text).not.toMatch(/NaN|undefined/);
  });

  it('is OpenMetrics for those who ask for it', async () => {
    await using running = await startServer();
    const accept = 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
    const { headers, text } = await running.ask('GET', '/metrics', { headers: { accept } });
    expect(headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(text).toMatch(/# EOF\n$/);
    expect(text).toContain('\n# TYPE process_cpu_seconds counter\nprocess_cpu_seconds_total ');
  });

  it('has the process under the names that every dashboard knows', async () => {
    await using running = await startServer();
    const text = await scrape(running);
    expect(valueIn(text, 'process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    expect(valueIn(text, 'nodejs_heap_size_used_bytes')).toBeGreaterThan(1_000_000);
    expect(valueIn(text, 'nodejs_external_memory_bytes')).toBeGreaterThan(0);
    expect(valueIn(text, 'process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(valueIn(text, 'process_start_time_seconds')).toBeCloseTo(performance.timeOrigin / 1000, 3);
    expect(valueIn(text, 'ws_stability_uptime_seconds')).toBeLessThan(60);
  });

  it('answers HEAD without the text, other methods with 405, and other hosts with 421', async () => {
    await using running = await startServer();
    const head = await running.ask('HEAD', '/metrics');
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(Number(head.headers['content-length'])).toBeGreaterThan(1_000);
    expect(await running.ask('POST', '/metrics')).toMatchObject({ status: 405, headers: { allow: 'GET' } });
    expect((await running.ask('GET', '/metrics', { headers: { host: 'evil.example' } })).status).toBe(421);
    expect((await running.ask('GET', '/health/websocket', { headers: { host: 'evil.example' } })).status).toBe(421);
  });

  it('names no client, unless it is told to', async () => {
    const named = { env: 'development', metrics: { clientSeries: 5 } } as const;
    await using without = await startServer();
    await using withSeries = await startServer(named);
    for (const running of [without, withSeries]) {
      const client = await running.connect('/ws?topic=t&client=marlin');
      await running.publish({ topic: 't', payload: 'x' });
      await expect.poll(() => client.messages).toEqual(['x']);
    }
    expect(await scrape(without)).not.toContain('client="');
    const text = await scrape(withSeries);
    expect(text).toMatch(/^ws_stability_client_messages_sent_total\{client="[^"]+"\} 1$/m);
  });

  it('is refused when metrics are switched off, while the health report goes on', async () => {
    await using running = await startServer({ metrics: { enabled: false } });
    expect(await running.ask('GET', '/metrics')).toMatchObject({
      status: 404,
      json: {
        error: { code: 'ERR_METRICS_DISABLED', remedy: expect.stringContaining('WS_STABILITY_METRICS_ENABLED') },
      },
    });
    expect((await running.ask('HEAD', '/metrics')).status).toBe(404);
    const { json } = await running.ask('GET', '/health/websocket');
    expect(json).toMatchObject({ status: 'accepting', cleanup: { running: false }, event_loop_delay: null });
  });

  it('goes on during a drain, and cleanup ends with the server', async () => {
    await using running = await startServer();
    const { manager, metrics } = running.server;
    expect(metrics.clients.snapshot().cleanup.running).toBe(true);
    const drained = manager.shutdown();
    expect((await running.ask('GET', '/metrics')).status).toBe(200);
    await drained;
    expect(metrics.clients.snapshot().cleanup.running).toBe(true);
    await running.server.shutdown();
    expect(metrics.clients.snapshot().cleanup.running).toBe(false);
  });

  it('has the metrics that the program adds', async () => {
    await using running = await startServer();
    const orders = running.server.metrics.registry.counter('orders_total', { help: 'Orders taken.' });
    orders.add(3);
    expect(valueIn(await scrape(running), 'ws_stability_orders_total')).toBe(3);
  });

  it('reads once for all who ask at the same time', async () => {
    await using running = await startServer();
    const { manager } = running.server;
    const snapshot = manager.snapshot.bind(manager);
    let readings = 0;
    manager.snapshot = () => {
      readings++;
      const until = performance.now() + 20;
      while (performance.now() < until);
      return snapshot();
    };
    const answers = await Promise.all(Array.from({ length: 50 }, () => running.ask('GET', '/metrics')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(readings).toBeLessThanOrEqual(5);
  });
});

describe('GET /health/websocket', () => {
  it('has exactly the groups and keys of the original', async () => {
    await using running = await startServer();
    const { json } = await running.ask('GET', '/health/websocket');
    const keysOf = (group: string): readonly string[] =>
      Object.keys(Object(new Map(Object.entries(Object(json))).get(group)));
    expect(keysOf('connections')).toEqual(['total', 'active', 'failed', 'reconnections', 'timeouts']);
    expect(keysOf('messages').slice(0, 5)).toEqual(['sent', 'queued', 'failed', 'expired', 'deduplicated']);
    expect(keysOf('queue')).toEqual(['current_size', 'max_size', 'overflows']);
    expect(keysOf('retry')).toEqual(['attempts', 'successes', 'failures', 'success_rate']);
    expect(keysOf('circuit_breaker')).toEqual(['state', 'opens', 'half_opens', 'closes']);
    expect(keysOf('latency')).toEqual(['average_send_ms']);
    expect(json).toMatchObject({ uptime_seconds: expect.any(Number), last_update: expect.any(Number) });
  });

  it('has the groups that the original had not, in its way of writing', async () => {
    await using running = await startServer();
    const { json, text } = await running.ask('GET', '/health/websocket');
    const groups = ['cleanup', 'resumes', 'gaps', 'lag', 'backpressure', 'event_loop_delay', 'bytes', 'send_latency'];
    expect(Object.keys(Object(json))).toEqual(
      expect.arrayContaining([...groups, 'clients', 'sessions', 'breakers', 'log']),
    );
    expect(json).toMatchObject({
      breakers: {
        log: { state: 'closed', retry_after_ms: 0, opened: 0, rejected: 0 },
        session_store: { state: 'closed' },
        on_upgrade: { state: 'closed' },
        on_hello: { state: 'closed' },
        authorize: { state: 'closed' },
        sessions: { members: 0, open: 0, trips_suppressed: 0 },
        short_circuited: 0,
      },
      log: { budget_bytes: 67_108_864, trimmed: { budget: 0 } },
    });
    expect([...text.matchAll(/"([^"]+)":/g)].flatMap(([, key]) => (/[A-Z]/.test(key ?? '') ? [key] : []))).toEqual([]);
    expect(text).not.toMatch(/\d\.\d{4}/);
  });

  it('leaves out breakers that there are not', async () => {
    await using running = await startServer({ breaker: { enabled: false }, sessionBreaker: { enabled: false } });
    const { json } = await running.ask('GET', '/health/websocket');
    expect(json).toMatchObject({ circuit_breaker: { state: 'closed' } });
    expect(new Map(Object.entries(Object(json))).get('breakers')).toEqual({ short_circuited: 0 });
  });
});

describe('a log that does not answer', () => {
  it('opens its breaker as the settings say; the log, /metrics and the health report tell', async () => {
    const log = new RemoteLikeLogStore(() => new MemoryLogStore(), { delayMs: 1 });
    const { append, heads } = log;
    const settings = { env: 'testing', breaker: { openMs: 1_000, maxOpenMs: 0 } } as const;
    await using running = await startServer(settings, { log });
    const publish = () => running.publish({ topic: 't', payload: 'marlin' });
    const breakerLines = () =>
      running.lines.flatMap(({ level, fields, message }) => (message === 'breaker' ? [{ level, ...fields }] : []));
    const state = async () => valueIn(await scrape(running), 'ws_stability_breaker_state{breaker="log"}');
    expect((await publish()).status).toBe(200);
    expect(await state()).toBe(0);

    const fail = () => Promise.reject(new StabilityError('ERR_STORE', 'It is down.', { retryable: true }));
    log.append = fail;
    log.heads = fail;
    expect([(await publish()).status, (await publish()).status]).toEqual([503, 503]);
    // On a slow machine the open time may be over; then a trial fails, and the next one is refused again.
    await expect
      .poll(publish)
      .toMatchObject({ status: 503, headers: { 'retry-after': '1' }, json: { error: { code: 'ERR_STORE' } } });
    await expect.poll(state).toBe(2);
    await expect
      .poll(async () => (await running.ask('GET', '/health/websocket')).json)
      .toMatchObject({ circuit_breaker: { state: 'open' }, breakers: { log: { state: 'open' } } });
    const [opened] = breakerLines();
    expect(opened).toMatchObject({ level: 'warn', breaker: 'log', from: 'closed', to: 'open', cause: 'ERR_STORE' });

    log.append = append;
    log.heads = heads;
    await expect.poll(async () => (await publish()).status, { timeout: 10_000 }).toBe(200);
    await expect.poll(state, { timeout: 10_000 }).toBe(0);
    expect(breakerLines().at(-1)).toMatchObject({ level: 'info', breaker: 'log', from: 'halfOpen', to: 'closed' });
    expect(JSON.stringify(running.lines)).not.toContain('marlin');
  });
});
