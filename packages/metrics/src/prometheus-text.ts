// The Prometheus bridge: hands what the registry reads to prom-client, which writes it. Nothing of prom-client is touched
// before somebody scrapes, and nothing is kept of it afterwards.
import { StabilityError } from '@ws-stability/core';
import type { Metric, Registry, RegistryContentType } from 'prom-client';
import type { HistogramSample, MetricReading, SampleLabels } from './reading.ts';
import type { MetricsRegistry } from './registry.ts';

/** `text` is the Prometheus text format 0.0.4, `openMetrics` is OpenMetrics 1.0.0. */
export type PrometheusFormat = 'text' | 'openMetrics';

export interface PrometheusTextOptions {
  /** @default 'text' */
  readonly format?: PrometheusFormat;
}

export interface PrometheusText {
  /** For the header `Content-Type`. */
  readonly contentType: string;
  readonly body: string;
}

/** The format that a scraper asks for in its header `Accept`; `text` when it names neither. */
export function formatFor(accept: string | undefined): PrometheusFormat {
  return accept?.includes('application/openmetrics-text') === true ? 'openMetrics' : 'text';
}

/**
 * Reads all metrics now and writes them for Prometheus.
 *
 * @throws StabilityError `ERR_METRIC_PEER` when prom-client, an optional peer, is not installed.
 */
export async function prometheusText(
  metrics: Pick<MetricsRegistry, 'read'>,
  { format = 'text' }: PrometheusTextOptions = {},
): Promise<PrometheusText> {
  const { Registry } = await loadPeer(() => import('prom-client'));
  const contentType = format === 'text' ? Registry.PROMETHEUS_CONTENT_TYPE : Registry.OPENMETRICS_CONTENT_TYPE;
  const registry = new (Registry as RegistryConstructor)(contentType);
  for (const reading of metrics.read()) registry.registerMetric(asPeerMetric(reading, format));
  return { contentType: registry.contentType, body: await registry.metrics() };
}

/** @internal The declarations of prom-client leave out the argument of its constructor. */
type RegistryConstructor = new (contentType: RegistryContentType) => Registry<RegistryContentType>;

/** @internal Exported for tests: what is not installed cannot be left out of a workspace. */
export async function loadPeer<Peer>(load: () => Promise<Peer>): Promise<Peer> {
  try {
    return await load();
  } catch (cause) {
    throw new StabilityError(
      'ERR_METRIC_PEER',
      'Install prom-client, which writes the Prometheus text: npm install prom-client@15.',
      {
        cause,
      },
    );
  }
}

interface PeerSample {
  readonly labels: SampleLabels;
  readonly value: number;
  readonly metricName?: string;
}

/** What the registry of prom-client asks of a metric: its name, its type, and `get`. */
interface PeerMetric {
  name: string;
  readonly help: string;
  readonly type: MetricReading['type'];
  get(): Promise<PeerMetric & { readonly values: readonly PeerSample[] }>;
}

function asPeerMetric(reading: MetricReading, format: PrometheusFormat): Metric {
  const values =
    reading.type === 'histogram'
      ? reading.samples.flatMap((sample) => histogramSamples(reading.name, sample, format))
      : reading.samples;
  const metric: PeerMetric = {
    name: reading.name,
    // The peer escapes no quotes in it, which OpenMetrics wants.
    help: format === 'openMetrics' ? reading.help.replaceAll('"', "'") : reading.help,
    type: reading.type,
    // The name at that time: without `_total` for OpenMetrics, the peer sees to it and puts it back on each series.
    get: async () => ({ ...metric, values }),
  };
  return metric as unknown as Metric;
}

function histogramSamples(
  name: string,
  { labels, buckets, count, sum }: HistogramSample,
  format: PrometheusFormat,
): readonly PeerSample[] {
  return [
    ...buckets.map(({ le, count: value }) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: boundText(le, format) },
      value,
    })),
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

/** OpenMetrics writes bounds as floating point numbers, also whole ones. */
function boundText(le: number | null, format: PrometheusFormat): string {
  if (le === null) return '+Inf';
  return format === 'openMetrics' && Number.isInteger(le) && le < 1e21 ? `${le}.0` : String(le);
}
