import type { MetricsRegistry } from '@ws-stability/metrics';
import { describe, expect, it } from 'vitest';
import { startServer } from '../testing/test-server.ts';
import { until } from '../testing/until.ts';
import { ManagerMetrics } from './manager-metrics.ts';

/** The value of a series as an exporter would read it. */
function readSeries(
  registry: MetricsRegistry,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const reading = registry.read().find((metric) => metric.name === `ws_stability_${name}`);
  if (reading === undefined || reading.type === 'histogram') return undefined;
  const fits = (given: Readonly<Record<string, string>>): boolean =>
    Object.entries(labels).every(([label, value]) => given[label] === value);
  return reading.samples.find((sample) => fits(sample.labels))?.value;
}

describe('the metrics of a manager', () => {
  it('say what happened, by groups, by name and by client', async () => {
    await using metrics = new ManagerMetrics();
    await using server = await startServer({}, { observer: metrics });
    metrics.watch(server.manager);
    server.manager.onMessage(() => 'done');
    const client = await server.greet();
    await client.subscribe('a');
    const outcome = await server.manager.publish('a', 'one');
    await client.data('a', 1);
    if (outcome.status === 'appended') client.ack({ a: outcome.position });
    client.send('hello');
    await client.next('res');
    await client.settled();
    client.cut();
    await until(() => expect(server.manager.snapshot().connections.active).toBe(0));
    for (const payload of ['two', 'three']) await server.manager.publish('a', payload);
    const { registry } = metrics;
    expect(metrics.groups()).toMatchObject({
      connections: { total: 1, active: 0, failed: 0, reconnections: 0, timeouts: 0 },
      messages: { sent: 1, queued: 2, failed: 0, expired: 0, deduplicated: 0 },
      queue: { current_size: 2, max_size: 2, overflows: 0 },
      retry: { attempts: 0, successes: 0, failures: 0, success_rate: 0 },
      circuit_breaker: { state: 'closed', opens: 0, half_opens: 0, closes: 0 },
      clients: { connected: 0, idle: 1 },
      cleanup: { running: true, removed_total: 0 },
      lag: { lagging_cursors: 1, messages: 2, max_messages: 2 },
    });
    expect(readSeries(registry, 'connections_opened_total')).toBe(1);
    expect(readSeries(registry, 'sessions', { state: 'detached' })).toBe(1);
    expect(readSeries(registry, 'messages_lagging')).toBe(2);
    expect(readSeries(registry, 'messages_settled_total', { outcome: 'handled' })).toBe(1);
    expect(readSeries(registry, 'breaker_state', { breaker: 'on_hello' })).toBe(0);
    for (const balance of ['connections', 'messages', 'offsets']) {
      expect(readSeries(registry, 'balance_difference', { balance })).toBe(0);
    }
    const histograms = registry.read().filter(({ type }) => type === 'histogram');
    expect(histograms.map(({ name }) => name)).toEqual([
      'ws_stability_acknowledgement_seconds',
      'ws_stability_handler_seconds',
    ]);
    expect(histograms).toMatchObject([{ samples: [{ count: 1 }] }, { samples: [{ count: 1 }] }]);
    expect(metrics.clients.entries()).toMatchObject([
      { id: client.session, counts: { messages_sent: 1, connections: 1, disconnections: 1 } },
    ]);
    const back = await server.greet({ session: client.session, token: client.token });
    await back.data('a', 2);
    expect(metrics.groups()).toMatchObject({
      connections: { reconnections: 1 },
      messages: { sent: 3, queued: 2 },
      queue: { current_size: 0, max_size: 2 },
      retry: { attempts: 1, successes: 1, success_rate: 1 },
      resumes: { resumed: 1 },
    });
  });

  it('count every reason for which a session could not be taken up again', async () => {
    await using metrics = new ManagerMetrics();
    await using server = await startServer({}, { observer: metrics });
    metrics.watch(server.manager);
    const client = await server.greet();
    await server.greet({ session: client.session, token: 'wrong', instance: 'other' });
    await server.greet({ session: 'nobody', token: 'x', instance: 'other' });
    expect(metrics.groups()).toMatchObject({ resumes: { token: 1, unknown: 1 }, retry: { failures: 2 } });
    expect(readSeries(metrics.registry, 'resumes_total', { outcome: 'token' })).toBe(1);
  });

  it('read nothing, and keep nothing, when they are switched off', async () => {
    await using metrics = new ManagerMetrics({ enabled: false });
    await using server = await startServer({}, { observer: metrics });
    metrics.watch(server.manager);
    await server.greet();
    expect(metrics.registry.read()).toEqual([]);
    expect(metrics.clients.entries()).toEqual([]);
  });

  it('say what is missing while there is no manager', () => {
    const problems: unknown[] = [];
    const metrics = new ManagerMetrics({}, { onError: (error) => problems.push(error) });
    metrics.registry.read();
    expect(problems[0]).toMatchObject({ code: 'ERR_METRIC_READ', cause: { code: 'ERR_METRIC_SOURCE' } });
    expect(() => metrics.groups()).toThrowError(/watch/);
  });
});
