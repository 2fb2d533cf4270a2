// A short script, and the connection cut after every single byte of it, in each direction: whatever is lost on the way,
// everything is delivered once and in order, appended once, run once, and answered truthfully.
import { topic } from '@ws-stability/protocol';
import { MemoryLogStore } from '@ws-stability/store';
import { checkDelivery, type Direction, eventually, FaultProxy, History } from '@ws-stability/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inParallel } from '../harness/in-parallel.ts';
import { readLog } from '../harness/log-contents.ts';
import { publishRecorded, subscribeRecorded } from '../harness/recorded-client.ts';
import { connectClient, type StabilityServer, startServer } from '../harness/stability-server.ts';

const AT_ONCE = 24;
const double = topic<'double', { readonly run: string; readonly n: number }>('double');

let log: MemoryLogStore;
let server: StabilityServer<unknown>;
const runs = new Map<string, number>();

beforeAll(async () => {
  log = new MemoryLogStore();
  server = await startServer({}, { log });
  server.manager.handle(double, ({ run, n }) => {
    runs.set(run, (runs.get(run) ?? 0) + 1);
    return n * 2;
  });
});

afterAll(() => server.close());

/** Plays the script once. @returns the bytes of the first connection and whether it was cut. */
async function play(run: string, cut?: { readonly direction: Direction; readonly bytes: number }) {
  const history = new History();
  const name = `t-${run}`;
  await using proxy = await FaultProxy.listen({ port: server.port, seed: 1 });
  const first = { up: 0, down: 0 };
  proxy.onConnection((link) => {
    if (cut !== undefined && link.index === 0) link.lane(cut.direction).cutAfter(cut.bytes);
  });
  const client = connectClient(proxy.port);
  const inbox: string[] = [];
  client.onInbox((payload) => void inbox.push(String(payload)));

  await subscribeRecorded(history, client, 'client', name);
  const acknowledged = publishRecorded(history, client, name, 'up-1', { id: 'fixed-id' });
  const serverSide = await server.manager.publish(name, 'down-1');
  if (serverSide.status === 'appended') history.publish(name, 'down-1', serverSide.position);
  const doubled = await client.request(double, { run, n: 21 });
  await acknowledged;
  await publishRecorded(history, client, name, 'up-2');
  // Resolves when the client's acknowledgement arrives: the last of the three kinds of byte.
  await server.manager.send(client.session ?? '', 'to you');
  await eventually(() => expect(history.seen.filter((event) => event.type === 'delivered')).toHaveLength(3));

  const bytes = proxy.links[0]?.snapshot();
  if (bytes?.index === 0) Object.assign(first, { up: bytes.up.forwarded, down: bytes.down.forwarded });
  await client.close();

  const where = cut === undefined ? 'uncut' : `${cut.direction} cut after ${cut.bytes}`;
  const report = checkDelivery(history);
  expect(report.ok, `${where}: ${report.describe()}`).toBe(true);
  expect(report.counts, where).toMatchObject({ acknowledged: 3, unknown: 0, delivered: 3, gaps: 0 });
  const contents = (await readLog(log, name)).map((entry) => entry.content);
  expect([...contents].sort(), where).toEqual(['down-1', 'up-1', 'up-2']);
  expect([doubled, runs.get(run)], where).toEqual([42, 1]);
  expect(inbox, where).toEqual(['to you']);
  return { ...first, cuts: proxy.snapshot().cuts };
}

describe('a cut after every byte', () => {
  test.each(['up', 'down'] as const)(
    '%s',
    async (direction) => {
      const uncut = await play(`${direction}-uncut`);
      const total = uncut[direction];
      expect(total).toBeGreaterThan(300);
      let cuts = 0;
      const points = Array.from({ length: total + 1 }, (_, bytes) => bytes);
      await inParallel(points, AT_ONCE, async (bytes) => {
        const run = await play(`${direction}-${String(bytes).padStart(5, '0')}`, { direction, bytes });
        cuts += Math.min(run.cuts, 1);
      });
      // Acknowledgements may be merged differently in a run, so that its last bytes are never reached.
      expect(cuts).toBeGreaterThan(total * 0.95);
    },
    60_000,
  );
});
