// GET /metrics: everything the manager and the process can say of themselves, for Prometheus.
import type { Clock } from '@ws-stability/core';
import type { MetricsRegistry } from '@ws-stability/metrics';
import {
  formatFor,
  type PrometheusFormat,
  type PrometheusText,
  prometheusText,
} from '@ws-stability/metrics/prometheus';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { processReadings } from './process-readings.ts';
import type { Refusal } from './refusal.ts';
import { refuse } from './reply.ts';
import { sharedReading } from './shared-reading.ts';

export function metricsRoute(registry: Pick<MetricsRegistry, 'enabled' | 'read'>, clock: Pick<Clock, 'now'>) {
  const everything = { read: () => [...processReadings(), ...registry.read()] };
  const reading = (format: PrometheusFormat): (() => Promise<PrometheusText>) =>
    sharedReading(() => prometheusText(everything, { format }), clock);
  const readings = { text: reading('text'), openMetrics: reading('openMetrics') };
  return async ({ headers }: FastifyRequest, reply: FastifyReply) => {
    if (!registry.enabled) return refuse(reply, DISABLED);
    const { contentType, body } = await readings[formatFor(headers.accept)]();
    return reply.type(contentType).send(body);
  };
}

const DISABLED: Refusal = {
  status: 404,
  code: 'ERR_METRICS_DISABLED',
  message: 'This server exports no metrics, because they are switched off.',
  remedy: 'Set WS_STABILITY_METRICS_ENABLED=true, or stop scraping it.',
};
