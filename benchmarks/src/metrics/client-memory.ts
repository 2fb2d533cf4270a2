// Five counters of one client, with 100,000 clients. Their ids exist before, as in a server that holds sessions.
import type { Comparison, Contender } from '../frame/area.ts';
import { bytesPer } from '../frame/memory.ts';
import { clientIds, columns } from './clients.ts';

const CLIENTS = 100_000;
const BYTES = 'per client';
const FOR_THOUSAND = '1,000 clients';
const OWN = 'ClientStatistics';
const PROM = 'prom-client, five labelled counters';

function kept(create: (ids: readonly string[]) => unknown) {
  const ids = clientIds(CLIENTS);
  return { [BYTES]: { measure: () => bytesPer(CLIENTS, () => create(ids)) } };
}

const contenders: readonly Contender[] = [
  {
    name: OWN,
    packageName: '@ws-stability/metrics',
    async start() {
      const { ClientStatistics } = await import('@ws-stability/metrics');
      return kept((ids) => {
        const statistics = new ClientStatistics({ columns, maxClients: CLIENTS });
        // The slots are counted as well: each is held by its connection.
        const slots = ids.map((id) => statistics.open(id));
        for (const slot of slots) for (let column = 0; column < columns.length; column++) statistics.add(slot, column);
        return { statistics, slots };
      });
    },
  },
  {
    name: 'Map of objects',
    start: () =>
      kept(
        (ids) => new Map(ids.map((id) => [id, { sent: 1, received: 1, sentBytes: 1, receivedBytes: 1, errors: 1 }])),
      ),
  },
  {
    name: PROM,
    packageName: 'prom-client',
    async start() {
      const { Counter, Registry } = await import('prom-client');
      return kept((ids) => {
        const registers = [new Registry()];
        const counters = columns.map(
          (column) => new Counter({ name: `${column}_total`, help: column, labelNames: ['client'], registers }),
        );
        for (const client of ids) for (const counter of counters) counter.inc({ client });
        return counters;
      });
    },
  },
];

export const clientMemory: Comparison = {
  id: 'client-memory',
  title: 'five counters of one client, 100,000 clients',
  figures: [
    { name: BYTES, unit: 'B', better: 'less', timeless: true },
    {
      name: FOR_THOUSAND,
      unit: 'MB',
      better: 'less',
      derived: { from: BYTES, value: (bytes) => (bytes * 1000) / 1e6 },
    },
  ],
  contenders,
  findings: [
    { name: 'five counters of one client, at 100,000 clients, bytes', contender: OWN, figure: BYTES, atMost: 60 },
    { name: 'five counters of one client, against prom-client', contender: OWN, against: PROM, figure: BYTES },
    { name: 'original: metrics of 1,000 clients, MB', contender: OWN, figure: FOR_THOUSAND, atMost: 100 },
  ],
  fresh: true,
};
