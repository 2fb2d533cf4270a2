// One counter update for a client, 1,024 clients in turn.
import type { Comparison, Contender } from '../frame/area.ts';
import { columns, inTurn } from './clients.ts';

const UPDATE = 'update';
const BARE = 'bare field increment';
const OWN = 'ClientStatistics.add';
const OWN_CELL = 'Counter.add, one for all';
const PROM = 'prom-client inc({ client })';
const PROM_BOUND = 'prom-client labels(client).inc()';
const packageName = '@ws-stability/metrics';

async function statistics(enabled: boolean) {
  const { ClientStatistics } = await import('@ws-stability/metrics');
  return new ClientStatistics({ columns, enabled });
}

async function promCounter() {
  const { Counter, Registry } = await import('prom-client');
  return new Counter({
    name: 'messages_total',
    help: 'Messages.',
    labelNames: ['client'],
    registers: [new Registry()],
  });
}

const contenders: readonly Contender[] = [
  {
    name: BARE,
    start: () => ({
      [UPDATE]: inTurn(
        () => ({ sent: 0 }),
        (client) => {
          client.sent++;
        },
      ),
    }),
  },
  {
    name: OWN,
    packageName,
    async start() {
      const clients = await statistics(true);
      const column = clients.columns.messages_sent;
      return {
        [UPDATE]: inTurn(
          (id) => clients.open(id),
          (slot) => clients.add(slot, column),
        ),
      };
    },
  },
  {
    name: `${OWN}, disabled`,
    packageName,
    async start() {
      const clients = await statistics(false);
      const column = clients.columns.messages_sent;
      return {
        [UPDATE]: inTurn(
          (id) => clients.open(id),
          (slot) => clients.add(slot, column),
        ),
      };
    },
  },
  {
    name: OWN_CELL,
    packageName,
    async start() {
      const { MetricsRegistry } = await import('@ws-stability/metrics');
      const counter = new MetricsRegistry().counter('messages_sent_total', { help: 'Messages.' });
      return {
        [UPDATE]: inTurn(
          () => counter,
          (cell) => cell.add(),
        ),
      };
    },
  },
  {
    name: PROM,
    packageName: 'prom-client',
    async start() {
      const counter = await promCounter();
      return {
        [UPDATE]: inTurn(
          (id) => id,
          (client) => counter.inc({ client }),
        ),
      };
    },
  },
  {
    name: PROM_BOUND,
    packageName: 'prom-client',
    async start() {
      const counter = await promCounter();
      return {
        [UPDATE]: inTurn(
          (id) => counter.labels(id),
          (child) => child.inc(),
        ),
      };
    },
  },
];

export const counting: Comparison = {
  id: 'counting',
  title: 'counter update, 1,024 clients in turn',
  figures: [{ name: UPDATE, unit: 'ns/op', better: 'less' }],
  contenders,
  findings: [
    { name: 'counter update per client', contender: OWN, against: PROM, figure: UPDATE, atMost: 1 / 25 },
    { name: 'counter update per client, bound child', contender: OWN, against: PROM_BOUND, figure: UPDATE },
    { name: 'counter update per client, bare field', contender: OWN, against: BARE, figure: UPDATE },
    { name: 'original: metrics, nanoseconds per operation', contender: OWN, figure: UPDATE, atMost: 1_000_000 },
  ],
};
