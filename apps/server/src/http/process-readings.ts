// The process as metrics: memory, processor time and start, under the names that all Prometheus clients give them.
import type { MetricReading } from '@ws-stability/metrics';

/** Reads them now. */
export function processReadings(): readonly MetricReading[] {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return [
    gauge('nodejs_external_memory_bytes', 'bytes', 'Memory outside the JavaScript heap, such as buffers.', external),
    gauge('nodejs_heap_size_used_bytes', 'bytes', 'Memory of the JavaScript heap that is in use.', heapUsed),
    {
      ...gauge(
        'process_cpu_seconds_total',
        'seconds',
        'Processor time that this process has used.',
        (user + system) / 1e6,
      ),
      type: 'counter',
    },
    gauge('process_resident_memory_bytes', 'bytes', 'Memory of this process that is held in RAM.', rss),
    gauge(
      'process_start_time_seconds',
      'seconds',
      'When this process started, in seconds since 1970.',
      performance.timeOrigin / 1000,
    ),
  ];
}

type ValueReading = Extract<MetricReading, { readonly type: 'counter' | 'gauge' }>;

function gauge(name: string, unit: MetricReading['unit'], help: string, value: number): ValueReading {
  return { type: 'gauge', name, unit, help, samples: [{ labels: {}, value }] };
}
