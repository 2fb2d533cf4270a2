// The Prometheus text as Prometheus itself reads it: `promtool check metrics` parses it and judges names, units and help texts.
import { spawnSync } from 'node:child_process';
import { ClientStatistics, exportClientStatistics, MetricsRegistry } from '@ws-stability/metrics';
import { EventLoopDelay } from '@ws-stability/metrics/node';
import { prometheusText } from '@ws-stability/metrics/prometheus';
import { eventually } from '@ws-stability/testing';
import { describe, expect, test } from 'vitest';

const available = spawnSync('promtool', ['--version']).status === 0;
if (!available) {
  const remedy = 'promtool is missing, the Prometheus text is NOT read by Prometheus: apt-get install prometheus';
  if (process.env.CI === 'true') throw new Error(remedy);
  process.stderr.write(`\n!!! ${remedy}\n\n`);
}

const HOSTILE = [
  'quote " quote',
  'back \\ slash',
  'back at the end \\',
  'line\nbreak',
  'carriage\r\nreturn',
  '\\n is no line break',
  '{a="b"} 1',
  '# HELP x y',
  'Grüße ☂ 漢字 🙂 \u202e',
  'nul \u0000 and \u001b[31m',
  'half \ud800 of a pair',
];

function check(text: string): { readonly code: number | null; readonly complaints: string } {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  return { code: status, complaints: stdout + stderr };
}

/** One of every kind, with what a careless or hostile caller would give. */
function everything(): MetricsRegistry {
  const metrics = new MetricsRegistry({ clientSeries: 50 });
  metrics.counter('messages_sent_total', { help: HOSTILE.join(' ') }).add(1e21);
  metrics.counter('sent_bytes_total', { help: 'Bytes sent.', unit: 'bytes', read: () => 2 ** 53 });
  const labelled = metrics.counter('gaps_total', { help: 'Gaps.', labels: { reason: HOSTILE, kind: ['a', 'b'] } });
  for (const reason of HOSTILE) labelled.at({ reason, kind: 'b' }).add(0.1);
  metrics.gauge('clock_offset_seconds', { help: 'May be negative.', unit: 'seconds', read: () => -1e-9 });
  metrics.gauge('none', { help: 'Has no value.', read: () => undefined });
  metrics.gauge('broken', {
    help: 'Cannot be read.',
    read: () => {
      throw new Error('broken');
    },
  });
  const latency = metrics.histogram('send_seconds', {
    help: 'Latency.',
    unit: 'seconds',
    labels: { way: ['up', 'down'] },
  });
  for (const seconds of [0, 1e-9, 0.002, 3600]) latency.at('up').observe(seconds);
  metrics.balance({ name: 'connections', left: () => 3, right: () => 2 });
  const statistics = new ClientStatistics({ columns: ['messages_sent', 'sent_bytes'] });
  // Two that become one when what is no text is replaced, and one id twice.
  for (const id of [...HOSTILE, 'half \udfff of a pair', 'twice', 'twice']) {
    statistics.add(statistics.open(id), statistics.columns.messages_sent, 2);
  }
  exportClientStatistics(metrics, statistics);
  return metrics;
}

describe.runIf(available)('promtool', () => {
  test('reads everything there is, and finds nothing to complain of', async () => {
    const metrics = everything();
    const delay = new EventLoopDelay({ resolutionMs: 1 });
    delay.exportTo(metrics);
    delay.start();
    await eventually(() => expect(delay.read()).toBeDefined());
    const { body } = await prometheusText(metrics);
    delay.stop();
    expect(body).toContain('ws_stability_event_loop_delay_seconds{statistic="p99"}');
    expect(check(body)).toEqual({ code: 0, complaints: '' });
  });

  test('reads the text of an empty and of a disabled registry', async () => {
    for (const enabled of [true, false]) {
      const { body } = await prometheusText(new MetricsRegistry({ enabled }));
      expect(check(body)).toEqual({ code: 0, complaints: '' });
    }
  });

  test('would have complained', async () => {
    expect(check('# TYPE x counter\nx 1\n').code).not.toBe(0);
    expect(check('x{a="b} 1\n').code).not.toBe(0);
  });
});
