import type { StabilityError } from '@ws-stability/core';
import { ManualClock } from '@ws-stability/core/testing';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { exportClientStatistics } from './client-metrics.ts';
import { ClientStatistics } from './client-statistics.ts';
import type { MetricReading, ValueSample } from './reading.ts';
import { MetricsRegistry } from './registry.ts';

const help = 'What it counts.';

function reading(metrics: MetricsRegistry, name: string): MetricReading | undefined {
  return metrics.snapshot().metrics.find((metric) => metric.name === `ws_stability_${name}`);
}

function samples(metrics: MetricsRegistry, name: string): readonly ValueSample[] {
  const found = reading(metrics, name);
  return found === undefined || found.type === 'histogram' ? [] : found.samples;
}

function shown(metrics: MetricsRegistry, name: string): number | undefined {
  return samples(metrics, name)[0]?.value;
}

function listen(metrics: MetricsRegistry): readonly StabilityError[] {
  const problems: StabilityError[] = [];
  metrics.on('problem', (problem) => problems.push(problem));
  return problems;
}

describe('counters', () => {
  it('count, and never fall', () => {
    const metrics = new MetricsRegistry();
    const sent = metrics.counter('messages_sent_total', { help });
    sent.add();
    sent.add(4);
    for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY]) sent.add(wrong);
    expect([sent.value, shown(metrics, 'messages_sent_total')]).toEqual([5, 5]);
    expect(shown(metrics, 'metrics_refused_values_total')).toBe(3);
  });

  it('have a cell for each value of a label, and none for others', () => {
    const metrics = new MetricsRegistry();
    const gaps = metrics.counter('gaps_total', { help, labels: { reason: ['epoch', 'retention'] } });
    gaps.at('epoch').add(2);
    gaps.at({ reason: 'retention' }).add();
    expect(gaps.at('epoch')).toBe(gaps.at({ reason: 'epoch' }));
    expect(samples(metrics, 'gaps_total')).toEqual([
      { labels: { reason: 'epoch' }, value: 2 },
      { labels: { reason: 'retention' }, value: 1 },
    ]);
  });

  it('take only listed values, by their types', () => {
    const metrics = new MetricsRegistry();
    const gaps = metrics.counter('gaps_total', { help, labels: { reason: ['epoch', 'retention'] } });
    const both = metrics.counter('sent_total', { help, labels: { kind: ['text', 'binary'], way: ['up', 'down'] } });
    expectTypeOf(gaps.at)
      .parameter(0)
      .toEqualTypeOf<'epoch' | 'retention' | { readonly reason: 'epoch' | 'retention' }>();
    expectTypeOf(both.at)
      .parameter(0)
      .toEqualTypeOf<{ readonly kind: 'text' | 'binary'; readonly way: 'up' | 'down' }>();
    // @ts-expect-error not listed
    gaps.at('other reason');
    // @ts-expect-error two labels have no bare value
    both.at('text');
  });

  it('count what came past the types as other, so that foreign input makes no series and throws nothing', () => {
    const metrics = new MetricsRegistry();
    const gaps = metrics.counter('gaps_total', { help, labels: { reason: ['epoch', 'retention'] } });
    expect(samples(metrics, 'gaps_total')).toHaveLength(2);
    const hostile = [
      '__proto__',
      'constructor',
      '',
      'x'.repeat(1e5),
      ...Array.from({ length: 1000 }, (_, id) => `${id}`),
    ];
    for (const value of hostile) gaps.at(JSON.parse(JSON.stringify(value))).add();
    for (const value of [null, {}, { reason: 7 }, 7]) gaps.at(JSON.parse(JSON.stringify(value))).add();
    expect(samples(metrics, 'gaps_total').slice(2)).toEqual([
      { labels: { reason: 'other' }, value: hostile.length + 4 },
    ]);
  });

  it('use the listed other where there is one', () => {
    const metrics = new MetricsRegistry();
    const errors = metrics.counter('errors_total', { help, labels: { kind: ['other', 'socket'] } });
    errors.at(JSON.parse('"strange"')).add();
    expect(samples(metrics, 'errors_total').map(({ value }) => value)).toEqual([1, 0]);
  });

  it('have a cell for each pair of two labels', () => {
    const metrics = new MetricsRegistry();
    const sent = metrics.counter('sent_total', { help, labels: { kind: ['text', 'binary'], way: ['up', 'down'] } });
    sent.at({ kind: 'binary', way: 'up' }).add(3);
    sent.at(JSON.parse('{"kind":"binary","way":"sideways"}')).add();
    expect(samples(metrics, 'sent_total').map(({ labels, value }) => [labels.kind, labels.way, value])).toEqual([
      ['text', 'up', 0],
      ['text', 'down', 0],
      ['binary', 'up', 3],
      ['binary', 'down', 0],
      ['binary', 'other', 1],
    ]);
  });
});

describe('counters read from elsewhere', () => {
  it('show the field as it is at that time', () => {
    const metrics = new MetricsRegistry();
    const manager = { opened: 3, gaps: { epoch: 1, retention: 2 } };
    metrics.counter('opened_total', { help, read: () => manager.opened });
    metrics.counter('gaps_total', {
      help,
      labels: { reason: ['epoch', 'retention'] },
      read: ({ reason }) => manager.gaps[reason],
    });
    manager.opened = 5;
    expect(shown(metrics, 'opened_total')).toBe(5);
    expect(samples(metrics, 'gaps_total').map(({ value }) => value)).toEqual([1, 2]);
  });

  it('are never shown to fall; that the source fell is told', () => {
    const metrics = new MetricsRegistry();
    const problems = listen(metrics);
    let source = 10;
    metrics.counter('opened_total', { help, read: () => source });
    const values = [10, 4, 9, 12].map((now) => {
      source = now;
      return shown(metrics, 'opened_total');
    });
    expect(values).toEqual([10, 10, 10, 12]);
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('fell from 10 to 4'),
      expect.stringContaining('fell from 10 to 9'),
    ]);
  });

  it('go on where they were when the source is restarted', () => {
    const metrics = new MetricsRegistry();
    const problems = listen(metrics);
    let source = 10;
    const opened = metrics.counter('opened_total', { help, read: () => source });
    expect(shown(metrics, 'opened_total')).toBe(10);
    opened.restart();
    source = 2;
    expect([shown(metrics, 'opened_total'), opened.value, problems.length]).toEqual([12, 12, 0]);
  });

  it('that cannot be read stay what they were, are told, and spoil nothing else', () => {
    const metrics = new MetricsRegistry();
    const problems = listen(metrics);
    let fault: unknown;
    metrics.counter('opened_total', {
      help,
      read: () => {
        if (fault !== undefined) throw fault;
        return 7;
      },
    });
    metrics.gauge('live', { help, read: () => 1 });
    metrics.gauge('lost', {
      help,
      read: () => {
        throw new Error('lost');
      },
    });
    metrics.snapshot();
    fault = new Error('closed');
    expect([shown(metrics, 'opened_total'), shown(metrics, 'live'), samples(metrics, 'lost')]).toEqual([7, 1, []]);
    expect(problems.at(-1)).toMatchObject({
      code: 'ERR_METRIC_READ',
      details: { metric: expect.stringMatching(/opened|lost/) },
    });
    expect(problems.map(({ cause }) => cause)).toContain(fault);
    expect(shown(metrics, 'metrics_read_failures_total')).toBeGreaterThanOrEqual(4);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('do not show %s', (wrong) => {
    const metrics = new MetricsRegistry();
    const problems = listen(metrics);
    metrics.counter('opened_total', { help, read: () => wrong });
    expect([shown(metrics, 'opened_total'), problems.length]).toEqual([0, 1]);
  });
});

describe('gauges', () => {
  it('are computed when somebody looks', () => {
    const metrics = new MetricsRegistry();
    const states = { closed: 3, open: 1 };
    metrics.gauge('breakers', { help, labels: { state: ['closed', 'open'] }, read: ({ state }) => states[state] });
    states.open = 2;
    expect(samples(metrics, 'breakers').map(({ value }) => value)).toEqual([3, 2]);
  });

  it('leave out what is none at present', () => {
    const metrics = new MetricsRegistry();
    metrics.gauge('one', { help, read: () => undefined });
    metrics.gauge('other', { help, read: () => Number.NaN });
    expect([samples(metrics, 'one'), samples(metrics, 'other')]).toEqual([[], []]);
  });
});

describe('histograms', () => {
  it('are shown with count, sum, quantiles and buckets', () => {
    const metrics = new MetricsRegistry();
    const latency = metrics.histogram('send_seconds', { help, unit: 'seconds', buckets: [0.1, 1] });
    for (const seconds of [0.05, 0.05, 0.5, 2]) latency.observe(seconds);
    expect(reading(metrics, 'send_seconds')).toMatchObject({
      type: 'histogram',
      unit: 'seconds',
      samples: [
        {
          labels: {},
          count: 4,
          sum: 2.6,
          p50: 0.1,
          p95: 1,
          buckets: [
            { le: 0.1, count: 2 },
            { le: 1, count: 3 },
            { le: null, count: 4 },
          ],
        },
      ],
    });
  });

  it('have a cell for each value of a label', () => {
    const metrics = new MetricsRegistry();
    const latency = metrics.histogram('send_seconds', { help, unit: 'seconds', labels: { way: ['up', 'down'] } });
    latency.at('up').observe(1);
    const found = reading(metrics, 'send_seconds');
    expect(found?.samples.map((sample) => ('count' in sample ? sample.count : undefined))).toEqual([1, 0]);
  });
});

describe('hooks before a reading', () => {
  it('are called each time until they are ended, and one that throws keeps nothing else from being read', () => {
    const metrics = new MetricsRegistry();
    const problems = listen(metrics);
    let calls = 0;
    metrics.collect(() => {
      throw new Error('broken');
    });
    const end = metrics.collect(() => calls++);
    metrics.gauge('calls', { help, read: () => calls });
    expect([shown(metrics, 'calls'), shown(metrics, 'calls'), problems.length]).toEqual([1, 2, 2]);
    end();
    expect(shown(metrics, 'calls')).toBe(2);
  });
});

describe('series that come and go', () => {
  it('are bounded, added up where their labels are equal, and what is left out is counted', () => {
    const metrics = new MetricsRegistry();
    metrics.series('topics', 'gauge', {
      help,
      label: 'topic',
      limit: 2,
      read: () => [
        ['a\ud800', 1],
        ['b', 2],
        ['a\ud801', 3],
        ['c', 4],
        ['d', 5],
      ],
    });
    expect(samples(metrics, 'topics')).toEqual([
      { labels: { topic: 'a\ufffd' }, value: 4 },
      { labels: { topic: 'b' }, value: 2 },
    ]);
    expect(shown(metrics, 'metrics_dropped_series_total')).toBeGreaterThanOrEqual(2);
  });
});

describe('balances', () => {
  it('are read at any time and exported with their difference', () => {
    const metrics = new MetricsRegistry();
    const manager = { opened: 5, closed: 2, live: 3 };
    const balance = metrics.balance({
      name: 'connections',
      equation: 'opened = closed + live',
      left: () => manager.opened,
      right: () => manager.closed + manager.live,
    });
    const even = { name: 'connections', equation: 'opened = closed + live', left: 5, right: 5, difference: 0 };
    expect(metrics.balances()).toEqual([even]);
    manager.live = 1;
    expect(balance.read()).toMatchObject({ left: 5, right: 3, difference: 2 });
    expect(samples(metrics, 'balance_difference')).toEqual([{ labels: { balance: 'connections' }, value: 2 }]);
  });

  it('whose side cannot be read say so, and the others are read', () => {
    const metrics = new MetricsRegistry();
    const problems = listen(metrics);
    metrics.balance({
      name: 'broken',
      left: () => {
        throw new Error('gone');
      },
      right: () => 1,
    });
    metrics.balance({ name: 'even', left: () => 1, right: () => 1 });
    expect(metrics.balances()).toMatchObject([
      { name: 'broken', left: null, right: 1, difference: null },
      { name: 'even', difference: 0 },
    ]);
    expect(problems).toMatchObject([{ code: 'ERR_METRIC_READ', details: { metric: 'balance broken' } }]);
    expect(samples(metrics, 'balance_difference')).toHaveLength(1);
  });

  it('have names of their own', () => {
    const metrics = new MetricsRegistry();
    const balance = { name: 'one', left: () => 1, right: () => 1 };
    metrics.balance(balance);
    expect(() => metrics.balance(balance)).toThrow(expect.objectContaining({ code: 'ERR_METRIC_DUPLICATE' }));
    expect(() => metrics.balance({ ...balance, name: 'Two' })).toThrow(
      expect.objectContaining({ code: 'ERR_METRIC_NAME' }),
    );
  });
});

describe('names', () => {
  const make = {
    counter: (name: string, unit?: 'bytes' | 'seconds') => (metrics: MetricsRegistry) =>
      metrics.counter(name, { help, ...(unit === undefined ? {} : { unit }) }),
    gauge: (name: string, unit?: 'bytes' | 'seconds') => (metrics: MetricsRegistry) =>
      metrics.gauge(name, { help, ...(unit === undefined ? {} : { unit }), read: () => 1 }),
  };

  it.each([
    ['a counter without _total', make.counter('messages_sent'), 'ERR_METRIC_NAME'],
    ['a gauge with it', make.gauge('live_total'), 'ERR_METRIC_NAME'],
    ['capitals', make.gauge('liveClients'), 'ERR_METRIC_NAME'],
    ['a hyphen', make.gauge('live-clients'), 'ERR_METRIC_NAME'],
    ['a colon', make.gauge('live:clients'), 'ERR_METRIC_NAME'],
    ['two underscores', make.gauge('live__clients'), 'ERR_METRIC_NAME'],
    ['nothing', make.gauge(''), 'ERR_METRIC_NAME'],
    ['a line break', make.gauge('live\n'), 'ERR_METRIC_NAME'],
    ['a name that is too long', make.gauge('x'.repeat(129)), 'ERR_METRIC_NAME'],
    ['the ending of a part', make.gauge('send_count'), 'ERR_METRIC_NAME'],
    ['its type', make.gauge('live_gauge'), 'ERR_METRIC_NAME'],
    ['a scaled unit', make.gauge('delay_ms'), 'ERR_METRIC_UNIT'],
    ['a scaled unit in the middle', make.counter('kilobytes_sent_total'), 'ERR_METRIC_UNIT'],
    ['a unit that is not in the name', make.counter('sent_total', 'bytes'), 'ERR_METRIC_UNIT'],
    ['a unit at the wrong place', make.counter('bytes_sent_total', 'bytes'), 'ERR_METRIC_UNIT'],
    ['a unit that is not given', make.counter('sent_bytes_total'), 'ERR_METRIC_UNIT'],
    ['an empty help', (metrics: MetricsRegistry) => metrics.counter('sent_total', { help: ' \n' }), 'ERR_METRIC_NAME'],
    [
      'no label',
      (metrics: MetricsRegistry) => metrics.counter('sent_total', { help, labels: {} }),
      'ERR_METRIC_LABELS',
    ],
    [
      'three labels',
      (metrics: MetricsRegistry) => metrics.counter('sent_total', { help, labels: { a: ['x'], b: ['x'], c: ['x'] } }),
      'ERR_METRIC_LABELS',
    ],
    [
      'a label without values',
      (metrics: MetricsRegistry) => metrics.counter('sent_total', { help, labels: { a: [] } }),
      'ERR_METRIC_LABELS',
    ],
    [
      'an empty value',
      (metrics: MetricsRegistry) => metrics.counter('sent_total', { help, labels: { a: [''] } }),
      'ERR_METRIC_LABELS',
    ],
    [
      'a value twice',
      (metrics: MetricsRegistry) => metrics.counter('sent_total', { help, labels: { a: ['x', 'x'] } }),
      'ERR_METRIC_LABELS',
    ],
    [
      'the label le',
      (metrics: MetricsRegistry) => metrics.counter('sent_total', { help, labels: { le: ['x'] } }),
      'ERR_METRIC_LABELS',
    ],
    [
      'a label with capitals',
      (metrics: MetricsRegistry) => metrics.counter('sent_total', { help, labels: { Reason: ['x'] } }),
      'ERR_METRIC_NAME',
    ],
    [
      'too many combinations',
      (metrics: MetricsRegistry) =>
        metrics.counter('sent_total', { help, labels: { a: Array.from({ length: 1001 }, (_, value) => `${value}`) } }),
      'ERR_METRIC_LABELS',
    ],
    [
      'wrong buckets',
      (metrics: MetricsRegistry) => metrics.histogram('send_seconds', { help, unit: 'seconds', buckets: [] }),
      'ERR_METRIC_BUCKETS',
    ],
  ] as const)('may not have %s', (_, wrong, code) => {
    const metrics = new MetricsRegistry();
    const before = metrics.snapshot().metrics.length;
    expect(() => wrong(metrics)).toThrow(expect.objectContaining({ code }));
    expect(metrics.snapshot().metrics).toHaveLength(before);
  });

  it('are given once, a counter without its _total included', () => {
    const metrics = new MetricsRegistry();
    metrics.counter('sent_total', { help });
    for (const again of [
      () => metrics.counter('sent_total', { help }),
      () => metrics.gauge('sent', { help, read: () => 1 }),
    ]) {
      expect(again).toThrow(expect.objectContaining({ code: 'ERR_METRIC_DUPLICATE' }));
    }
  });

  it('begin with the prefix', () => {
    const metrics = new MetricsRegistry({ prefix: 'chat_' });
    metrics.counter('sent_total', { help });
    expect(metrics.snapshot().metrics.every(({ name }) => name.startsWith('chat_'))).toBe(true);
    expect(() => new MetricsRegistry({ prefix: 'Chat' })).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });
});

describe('the snapshot', () => {
  it('is plain JSON in an order that does not depend on the order of making', () => {
    const clock = new ManualClock();
    const [one, other] = [new MetricsRegistry({}, { clock }), new MetricsRegistry({}, { clock })];
    for (const name of ['y_total', 'x_total', 'z_total']) one.counter(name, { help });
    for (const name of ['z_total', 'y_total', 'x_total']) other.counter(name, { help });
    clock.advance(1500);
    expect(JSON.stringify(one.snapshot())).toBe(JSON.stringify(other.snapshot()));
    const snapshot = one.snapshot();
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
    expect(snapshot).toMatchObject({ enabled: true, uptimeMs: 1500, takenAt: clock.wall() });
  });

  it('shows clients only when they are asked for', () => {
    const metrics = new MetricsRegistry();
    const statistics = new ClientStatistics({ columns: ['sent', 'sent_bytes'] });
    exportClientStatistics(metrics, statistics);
    const slots = ['ann', 'ben', 'eve'].map((id) => statistics.open(id));
    for (const [place, slot] of slots.entries()) statistics.add(slot, statistics.columns.sent, place);
    expect(metrics.snapshot()).toMatchObject({ clientStatistics: { connected: 3 } });
    expect(metrics.snapshot()).not.toHaveProperty('clients');
    expect(metrics.snapshot({ clients: 2 }).clients?.map(({ id }) => id)).toEqual(['eve', 'ben']);
    expect(samples(metrics, 'client_sent_total')).toEqual([]);
    expect(samples(metrics, 'client_statistics_clients').map(({ value }) => value)).toEqual([3, 0]);
  });

  it('has series of the most active clients where that was chosen', () => {
    const metrics = new MetricsRegistry({ clientSeries: 2 });
    const statistics = new ClientStatistics({ columns: ['sent', 'sent_bytes'] });
    for (const [place, id] of ['ann', 'ben', 'eve'].entries())
      statistics.add(statistics.open(id), statistics.columns.sent, place);
    exportClientStatistics(metrics, statistics);
    expect(samples(metrics, 'client_sent_total')).toEqual([
      { labels: { client: 'eve' }, value: 2 },
      { labels: { client: 'ben' }, value: 1 },
    ]);
    expect(reading(metrics, 'client_sent_bytes_total')?.unit).toBe('bytes');
  });
});

describe('the disabled mode', () => {
  it('gives the same objects, reads nothing and exports nothing', () => {
    const metrics = new MetricsRegistry({ enabled: false });
    const sent = metrics.counter('sent_total', { help, labels: { way: ['up', 'down'] } });
    sent.at('up').add();
    metrics.histogram('send_seconds', { help, unit: 'seconds' }).observe(1);
    let reads = 0;
    const read = (): number => reads++;
    metrics.gauge('live', { help, read });
    metrics.counter('opened_total', { help, read });
    metrics.collect(read);
    metrics.balance({ name: 'even', left: read, right: read });
    expect(sent.at('up').value).toBe(1);
    expect(metrics.snapshot({ clients: 5 })).toMatchObject({ enabled: false, metrics: [], balances: [] });
    expect(reads).toBe(0);
    expect(() => metrics.counter('sent_total', { help })).toThrow(
      expect.objectContaining({ code: 'ERR_METRIC_DUPLICATE' }),
    );
  });
});
