import { describe, expect, it } from 'vitest';
import { formatFor, loadPeer, prometheusText } from './prometheus-text.ts';
import { MetricsRegistry } from './registry.ts';

function small(): MetricsRegistry {
  const metrics = new MetricsRegistry({ prefix: 'chat_' });
  metrics
    .counter('gaps_total', { help: 'Told "gaps" \\ of\nlines.', labels: { reason: ['a"b', 'c\\d', 'e\nf', 'ü☂'] } })
    .at('ü☂')
    .add(2);
  const latency = metrics.histogram('send_seconds', { help: 'Latency.', unit: 'seconds', buckets: [0.5, 1] });
  for (const seconds of [0.1, 0.75, 3]) latency.observe(seconds);
  return metrics;
}

function block(body: string, name: string): readonly string[] {
  return body.split('\n').filter((line) => line.split(/[ {]/).some((word) => word.startsWith(name)));
}

describe('prometheusText', () => {
  it('writes the Prometheus text format, hostile texts escaped', async () => {
    const { contentType, body } = await prometheusText(small());
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(block(body, 'chat_gaps')).toEqual([
      '# HELP chat_gaps_total Told "gaps" \\\\ of\\nlines.',
      '# TYPE chat_gaps_total counter',
      'chat_gaps_total{reason="a\\"b"} 0',
      'chat_gaps_total{reason="c\\\\d"} 0',
      'chat_gaps_total{reason="e\\nf"} 0',
      'chat_gaps_total{reason="ü☂"} 2',
    ]);
    expect(block(body, 'chat_send').slice(2)).toEqual([
      'chat_send_seconds_bucket{le="0.5"} 1',
      'chat_send_seconds_bucket{le="1"} 2',
      'chat_send_seconds_bucket{le="+Inf"} 3',
      'chat_send_seconds_sum 3.85',
      'chat_send_seconds_count 3',
    ]);
  });

  it('writes OpenMetrics: counters named without their ending, floating bounds, an end', async () => {
    const { contentType, body } = await prometheusText(small(), { format: 'openMetrics' });
    expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(block(body, 'chat_gaps').slice(0, 3)).toEqual([
      "# HELP chat_gaps Told 'gaps' \\\\ of\\nlines.",
      '# TYPE chat_gaps counter',
      'chat_gaps_total{reason="a\\"b"} 0',
    ]);
    expect(body).toContain('chat_send_seconds_bucket{le="1.0"} 2\n');
    expect(body.endsWith('\n# EOF\n')).toBe(true);
  });

  it('keeps nothing: each text is read anew', async () => {
    const metrics = new MetricsRegistry();
    const sent = metrics.counter('sent_total', { help: 'Sent.' });
    for (const total of [1, 2]) {
      sent.add();
      expect((await prometheusText(metrics)).body).toContain(`ws_stability_sent_total ${total}\n`);
    }
  });

  it('writes nothing in the disabled mode', async () => {
    const metrics = new MetricsRegistry({ enabled: false });
    metrics.counter('sent_total', { help: 'Sent.' }).add();
    expect((await prometheusText(metrics)).body.trim()).toBe('');
  });

  it('says what to install where prom-client is missing', async () => {
    const missing = loadPeer(() => Promise.reject(new Error("Cannot find package 'prom-client'")));
    await expect(missing).rejects.toMatchObject({
      code: 'ERR_METRIC_PEER',
      message: expect.stringContaining('npm install prom-client'),
      cause: expect.any(Error),
    });
  });
});

describe('formatFor', () => {
  it('gives a scraper what it asks for', () => {
    const prometheus = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1';
    expect([formatFor(prometheus), formatFor('text/plain'), formatFor(undefined)]).toEqual([
      'openMetrics',
      'text',
      'text',
    ]);
  });
});
