// Reading everything once, with 100,000 clients: what a scrape costs the event loop.
import type { Batch, Comparison, Contender } from '../frame/area.ts';
import { clientIds, columns } from './clients.ts';

const CLIENTS = 100_000;
const SCRAPE = 'scrape';
const OWN = 'snapshot, 20 clients listed';
const PROM = 'prom-client metrics(), a series per client';

const inMs = (nanoseconds: number): number => nanoseconds / 1e6;

const contenders: readonly Contender[] = [
  {
    name: OWN,
    packageName: '@ws-stability/metrics',
    async start() {
      const registry = await ownRegistry();
      const run = (times: number): unknown => {
        let last: unknown;
        for (let i = 0; i < times; i++) last = registry.snapshot({ clients: 20 });
        return last;
      };
      return { [SCRAPE]: { run, value: inMs } satisfies Batch };
    },
  },
  {
    name: PROM,
    packageName: 'prom-client',
    async start() {
      const { Counter, Registry } = await import('prom-client');
      const registry = new Registry();
      const counter = new Counter({ name: 'a_total', help: 'A.', labelNames: ['client'], registers: [registry] });
      for (const client of clientIds(CLIENTS)) counter.inc({ client });
      const run = async (times: number): Promise<unknown> => {
        let last: unknown;
        for (let i = 0; i < times; i++) last = await registry.metrics();
        return last;
      };
      return { [SCRAPE]: { run, value: inMs, times: 1 } satisfies Batch };
    },
  },
];

async function ownRegistry() {
  const { ClientStatistics, MetricsRegistry } = await import('@ws-stability/metrics');
  const registry = new MetricsRegistry();
  const statistics = new ClientStatistics({ columns, maxClients: CLIENTS });
  for (const id of clientIds(CLIENTS)) statistics.add(statistics.open(id), 0);
  registry.clients(statistics);
  registry.gauge('clients', { help: 'Clients.', read: () => CLIENTS });
  return registry;
}

export const scraping: Comparison = {
  id: 'scraping',
  title: 'reading all metrics once, 100,000 clients',
  figures: [{ name: SCRAPE, unit: 'ms', better: 'less' }],
  contenders,
  findings: [{ name: 'a scrape', contender: OWN, against: PROM, figure: SCRAPE }],
  few: true,
};
