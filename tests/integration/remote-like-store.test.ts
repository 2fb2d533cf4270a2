// The main path on stores that behave as remote ones do: late answers, tails with holes, appends with unknown outcome,
// outages, and restarts from an older copy.
import { isStabilityError } from '@ws-stability/core';
import { MemoryLogStore, MemorySessionStore } from '@ws-stability/store';
import { RemoteLikeLogStore, RemoteLikeSessionStore, SOME_FAULTS } from '@ws-stability/store/conformance';
import { assertDelivery, eventually, History, withSeed } from '@ws-stability/testing';
import { expect, test } from 'vitest';
import { inParallel } from '../harness/in-parallel.ts';
import { readLog } from '../harness/log-contents.ts';
import { publishFromServer, publishRecorded, subscribeRecorded } from '../harness/recorded-client.ts';
import { ShortScript } from '../harness/short-script.ts';
import { connectClient, startServer } from '../harness/stability-server.ts';
import { storm } from '../harness/storm.ts';

const openLog = () => new MemoryLogStore();
const openSessions = () => new MemorySessionStore();

test('a storm on stores with every fault: nothing lost, twice or out of order', async () => {
  await withSeed(async (seed) => {
    const log = new RemoteLikeLogStore(openLog, { ...SOME_FAULTS, seed, delayMs: 8 });
    const sessions = new RemoteLikeSessionStore(openSessions, { seed, delayMs: 8 });
    const { report, cuts, gaps } = await storm({
      seed,
      clients: 8,
      upEach: 15,
      downToAll: 40,
      betweenCutsMs: [15, 60],
      manager: { headPollMs: 100 },
      // A fifth of the answers is lost, so five in a row do happen; what open breakers refuse is another test's matter.
      dependencies: { log, sessions, breakers: { log: false, sessionStore: false } },
    });
    expect(report.ok, report.describe()).toBe(true);
    expect(gaps).toBe(0);
    expect(cuts).toBeGreaterThan(5);
    // A fifth of the 160 appends without a key; those with one are repeated until they are known.
    expect(report.counts.unknown).toBeLessThan(64);
  });
}, 60_000);

test('cuts at many bytes of the short script, on stores that answer late and tell only half of the entries', async () => {
  const log = new RemoteLikeLogStore(openLog, { delayMs: 4, tailDropRate: 0.5, tailDelayMs: 10 });
  const sessions = new RemoteLikeSessionStore(openSessions, { delayMs: 4 });
  await using server = await startServer({ headPollMs: 50 }, { log, sessions });
  const script = new ShortScript(server, log);
  await script.play('uncut-00000');
  const points = Array.from({ length: 120 }, (_, index) => index * 12);
  await inParallel(points, 24, async (bytes) => {
    const padded = String(bytes).padStart(5, '0');
    await script.play(`down-${padded}`, [{ link: 0, direction: 'down', bytes }]);
    await script.play(`ups--${padded}`, [{ link: 0, direction: 'up', bytes }]);
  });
}, 60_000);

test('a store that is away for a while: publishes are refused or unknown, and nothing that was accepted is lost', async () => {
  const log = new RemoteLikeLogStore(openLog, { delayMs: 4 });
  await using server = await startServer({ headPollMs: 50 }, { log });
  server.manager.on('error', (error) => expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_/) }));
  const history = new History();
  const client = connectClient(server.port);
  await subscribeRecorded(history, client, 'client', 'news');
  for (let n = 1; n <= 60; n++) {
    if (n === 20) log.down(200);
    try {
      await publishFromServer(history, server.manager, 'news', `m${n}`);
    } catch (error) {
      if (!isStabilityError(error)) throw error;
      // The store said that it took nothing.
      expect(error).toMatchObject({ code: 'ERR_STORE' });
      history.publish('news', `m${n}`, 'refused');
    }
    await new Promise<void>((resolve) => setTimeout(resolve, 5));
  }
  // The polls of the heads find out that it is back.
  await eventually(() => expect(server.manager.snapshot().breakers.log?.state).toBe('closed'));
  for (let n = 61; n <= 80; n++) await publishRecorded(history, client, 'news', `m${n}`);
  const report = await eventually(() => assertDelivery(history));
  // All before the outage and all after it.
  expect(report.counts.acknowledged).toBeGreaterThanOrEqual(19 + 20);
  expect(report.counts.refused + report.counts.unknown).toBeGreaterThan(0);
  await client.close();
});

test('a store that restarts from an older copy: connected clients are told the new epoch and go on', async () => {
  const log = new RemoteLikeLogStore(openLog, { delayMs: 2 });
  await using server = await startServer({ headPollMs: 50 }, { log });
  const history = new History();
  const publish = async (): Promise<void> => {
    const outcome = await server.manager.publish('news', 'x');
    if (outcome.status !== 'appended') throw new Error(outcome.status);
    history.publish('news', outcome.position.join(':'), outcome.position);
  };
  const client = connectClient(server.port);
  // Contents are named by their place: what the copy still had stands at new places of the new epoch.
  const subscription = client.subscribe('news', (_, { epoch, offset }) => {
    history.deliver('client', 'news', [epoch, offset], `${epoch}:${offset}`);
  });
  // The inbox is told its new epoch as well.
  client.on('gap', (gap) => {
    if (gap.topic === 'news') history.gap('client', 'news', gap);
  });
  const outcome = await subscription.ready;
  if (!('at' in outcome)) throw new Error('no start');
  history.subscribe('client', 'news', outcome.at);
  for (let n = 0; n < 10; n++) await publish();
  await eventually(() => assertDelivery(history));
  await log.reopen({ lose: 3 });
  for (const { position } of await readLog(log, 'news')) history.publish('news', position.join(':'), position);
  for (let n = 0; n < 5; n++) await publish();
  const report = await eventually(() => assertDelivery(history));
  expect(report.counts).toMatchObject({ gaps: 1, delivered: 10 + 7 + 5 });
  expect(history.seen.find((event) => event.type === 'gap')).toMatchObject({ gap: { why: 'epoch' } });
  await client.close();
});
