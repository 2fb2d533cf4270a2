// One observation of a histogram.
import type { Batch, Comparison, Contender } from '../frame/area.ts';
import { inTurn } from './clients.ts';

const OBSERVE = 'observe';
const OWN = 'Histogram.observe';
const PROM = 'prom-client observe';
const packageName = '@ws-stability/metrics';

/** prom-client's own default, so that all have as many buckets. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Latencies over all buckets, the same for everyone. */
const values = Float64Array.from({ length: 1024 }, (_, place) => 0.001 * 10 ** (((place * 389) % 1024) / 240));

function observations(observe: (value: number) => void): Batch {
  return {
    run: (times) => {
      for (let i = 0; i < times; i++) observe(values[i & 1023] ?? 0);
      return values;
    },
  };
}

async function promHistogram<Label extends string>(labelNames: Label[]) {
  const { Histogram, Registry } = await import('prom-client');
  return new Histogram({ name: 'latency_seconds', help: 'Latency.', buckets, labelNames, registers: [new Registry()] });
}

const contenders: readonly Contender[] = [
  {
    name: OWN,
    packageName,
    async start() {
      const { Histogram } = await import('@ws-stability/metrics');
      const histogram = new Histogram(buckets);
      return { [OBSERVE]: observations((value) => histogram.observe(value)) };
    },
  },
  {
    name: `${OWN}, its 30 latency buckets`,
    packageName,
    async start() {
      const { Histogram } = await import('@ws-stability/metrics');
      const histogram = new Histogram();
      return { [OBSERVE]: observations((value) => histogram.observe(value)) };
    },
  },
  {
    name: PROM,
    packageName: 'prom-client',
    async start() {
      const histogram = await promHistogram([]);
      return { [OBSERVE]: observations((value) => histogram.observe(value)) };
    },
  },
  {
    name: `${PROM}({ client })`,
    packageName: 'prom-client',
    async start() {
      const histogram = await promHistogram(['client']);
      return {
        [OBSERVE]: inTurn(
          (id) => id,
          (client) => histogram.observe({ client }, 0.02),
        ),
      };
    },
  },
];

export const observing: Comparison = {
  id: 'observing',
  title: 'histogram observation, 11 buckets',
  figures: [{ name: OBSERVE, unit: 'ns/op', better: 'less' }],
  contenders,
  findings: [{ name: 'histogram observation', contender: OWN, against: PROM, figure: OBSERVE }],
};
