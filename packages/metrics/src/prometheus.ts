// What needs prom-client, an optional peer.
export {
  formatFor,
  type PrometheusFormat,
  type PrometheusText,
  type PrometheusTextOptions,
  prometheusText,
} from './prometheus-text.ts';
