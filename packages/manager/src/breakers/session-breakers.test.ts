import { BreakerGroup, type BreakerGroupSettings } from '@ws-stability/circuit-breaker';
import { ManualClock, seededRandom } from '@ws-stability/core/testing';
import type { Position } from '@ws-stability/protocol';
import { type LogStore, MemoryLogStore } from '@ws-stability/store';
import { describe, expect, it } from 'vitest';
import type { PlainRequest } from '../dependencies.ts';
import { startServer, type TestServer } from '../testing/test-server.ts';
import { until } from '../testing/until.ts';
import type { WireClient } from '../testing/wire-client.ts';
import type { ManagerBreakerChange } from './manager-breakers.ts';

const ACK_MS = 8_000;
const OPEN_MS = 20_000;

interface Trial {
  readonly server: TestServer<unknown>;
  readonly clock: ManualClock;
  readonly changes: ManagerBreakerChange[];
  readonly sessions: BreakerGroup;
  /** Lets time pass, with what it brings. */
  pass(ms: number): Promise<void>;
  /** @returns the position of the last */
  publish(...payloads: string[]): Promise<Position>;
}

/** Clients are judged by acknowledgements within eight seconds; two failures open, one good page closes. */
async function startTrial({
  plain,
  log,
  ...group
}: { readonly plain?: PlainRequest; readonly log?: LogStore } & BreakerGroupSettings = {}): Promise<Trial> {
  const clock = new ManualClock();
  const random = seededRandom(7);
  const sessions = new BreakerGroup(
    { consecutiveFailures: 2, openMs: OPEN_MS, trials: 1, trialSuccesses: 1, concurrentTrials: 1, ...group },
    { clock, random },
  );
  const options = { ackMs: ACK_MS, stallMs: ACK_MS, pingMs: 3_600_000, pongMs: 3_600_000 };
  const server = await startServer(options, {
    clock,
    random,
    breakers: { sessions },
    ...(log === undefined ? {} : { log }),
    onUpgrade: () => ({ accept: true, ...(plain === undefined ? {} : { plain }) }),
  });
  const changes: ManagerBreakerChange[] = [];
  server.manager.on('breaker', (change) => changes.push(change));
  return {
    server,
    clock,
    changes,
    sessions,
    async pass(ms) {
      for (let passed = 0; passed < ms; passed += 500) {
        clock.advance(500);
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    },
    async publish(...payloads) {
      let last: Position = [0, 0];
      for (const payload of payloads) {
        const outcome = await server.manager.publish('a', payload);
        if (outcome.status === 'appended') last = outcome.position;
      }
      return last;
    },
  };
}

/** A client whose breaker is open, with one message that it never acknowledged. */
async function failedClient(trial: Trial): Promise<WireClient> {
  const client = await trial.server.greet({ instance: `i${trial.changes.length}` });
  await client.subscribe('a');
  await trial.publish('first');
  expect(await client.data('a', 1)).toEqual([[1, 'first']]);
  await trial.pass(2.5 * ACK_MS);
  expect(trial.changes).toMatchObject([{ name: 'session', session: client.session, from: 'closed', to: 'open' }]);
  return client;
}

/** Where a client stands in the topic: what it was given last. */
function placeOf({ manager }: TestServer<unknown>, { session }: WireClient): Position {
  return manager.session(session)?.cursors.get('a')?.position ?? [0, 0];
}

describe('the breaker of a session', () => {
  it('opens when nothing is acknowledged, and only control frames go there from then on', async () => {
    const trial = await startTrial();
    await using server = trial.server;
    const client = await failedClient(trial);
    await trial.publish('second', 'third');
    await client.settled();
    expect(client.unread.filter(({ t }) => t === 'data')).toEqual([]);
    const snapshot = server.manager.snapshot();
    expect(snapshot).toMatchObject({ troubles: { overdue: 2 }, delivery: { lagging: 2, laggards: 1, maxLag: 2 } });
    expect(snapshot.breakers.sessions).toMatchObject({ members: 1, open: 1 });
  });

  it('lets a page through when its time is over, and all the rest when that is acknowledged', async () => {
    const trial = await startTrial();
    await using server = trial.server;
    const client = await failedClient(trial);
    const third = await trial.publish('second', 'third');
    await trial.pass(OPEN_MS + 1_000);
    expect(await client.data('a', 2)).toEqual([
      [2, 'second'],
      [3, 'third'],
    ]);
    client.ack({ a: third });
    await until(() => expect(trial.changes.at(-1)).toMatchObject({ from: 'halfOpen', to: 'closed' }));
    await trial.publish('fourth');
    expect(await client.data('a', 1)).toEqual([[4, 'fourth']]);
    expect(server.manager.snapshot().trials).toEqual({ attempts: 1, successes: 1, failures: 0 });
  });

  it('opens again when the page is not acknowledged either', async () => {
    const trial = await startTrial();
    await using server = trial.server;
    const client = await failedClient(trial);
    await trial.publish('second');
    await trial.pass(OPEN_MS + 1_000);
    expect(await client.data('a', 1)).toEqual([[2, 'second']]);
    await trial.pass(1.5 * ACK_MS);
    expect(trial.changes.at(-1)).toMatchObject({ from: 'halfOpen', to: 'open' });
    expect(server.manager.snapshot().trials).toEqual({ attempts: 1, successes: 0, failures: 1 });
    await trial.publish('third');
    await client.settled();
    expect(client.unread.filter(({ t }) => t === 'data')).toEqual([]);
  });

  it('stays open over a resume, and loses nothing by it', async () => {
    const trial = await startTrial();
    await using server = trial.server;
    const client = await failedClient(trial);
    await trial.publish('second');
    client.cut();
    await until(() => expect(server.manager.snapshot().connections.active).toBe(0));
    const back = await server.greet({ instance: 'i0', session: client.session, token: client.token });
    expect(back.welcome).toMatchObject({ resumed: true });
    await back.settled();
    expect(back.unread.filter(({ t }) => t === 'data')).toEqual([]);
    await trial.pass(OPEN_MS + 1_000);
    // What it never acknowledged comes again, then what it was not given.
    expect(await back.data('a', 2)).toEqual([
      [1, 'first'],
      [2, 'second'],
    ]);
  });

  it('closes by an acknowledgement that comes late, and its client is served at once', async () => {
    const trial = await startTrial();
    await using server = trial.server;
    const client = await failedClient(trial);
    await trial.pass(OPEN_MS + 1_000);
    client.ack({ a: placeOf(server, client) });
    await client.settled();
    expect(trial.changes.at(-1)).toMatchObject({ from: 'halfOpen', to: 'closed' });
    await trial.publish('second');
    expect(await client.data('a', 1)).toEqual([[2, 'second']]);
    expect(server.manager.snapshot().trials.attempts).toBe(0);
  });

  it('lets one page through for each trial, though the page before had room for more', async () => {
    const trial = await startTrial({ trials: 2, trialSuccesses: 2 });
    await using server = trial.server;
    const client = await failedClient(trial);
    const second = await trial.publish('second');
    await trial.pass(OPEN_MS + 1_000);
    await client.data('a', 1);
    client.ack({ a: second });
    await client.settled();
    expect(trial.changes.at(-1)).toMatchObject({ to: 'halfOpen' });
    const third = await trial.publish('third');
    await client.settled();
    expect(client.unread.filter(({ t }) => t === 'data')).toEqual([]);
    await trial.pass(1_000);
    expect(await client.data('a', 1)).toEqual([[3, 'third']]);
    client.ack({ a: third });
    await until(() => expect(trial.changes.at(-1)).toMatchObject({ to: 'closed' }));
    expect(server.manager.snapshot().trials).toEqual({ attempts: 2, successes: 2, failures: 0 });
  });

  it('does not take a page that is still on its way from the log for a good one', async () => {
    const log = new MemoryLogStore();
    const pages: (() => void)[] = [];
    const slow = new Proxy(log, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (name === 'durability') return 'replicated';
        if (typeof member !== 'function') return member;
        if (name !== 'read' || client === undefined) return member.bind(target);
        return (...args: unknown[]) =>
          new Promise((resolve) => pages.push(() => resolve(Reflect.apply(member, target, args))));
      },
      getPrototypeOf: () => null,
    });
    let client: WireClient | undefined;
    const trial = await startTrial({ log: slow, openMs: 1_000, trials: 2, trialSuccesses: 2 });
    await using server = trial.server;
    client = await failedClient(trial);
    client.ack({ a: placeOf(server, client) });
    await client.settled();
    const second = await trial.publish('second');
    await trial.pass(4_000);
    expect(pages).toHaveLength(1);
    expect(server.manager.snapshot().trials).toEqual({ attempts: 1, successes: 0, failures: 0 });
    for (const answer of pages) answer();
    expect(await client.data('a', 1)).toEqual([[2, 'second']]);
    client.ack({ a: second });
    await until(() => expect(server.manager.snapshot().trials.successes).toBe(1));
  });

  it('leaves its client to be served when its group has no room for it any more', async () => {
    const trial = await startTrial();
    await using server = trial.server;
    const client = await failedClient(trial);
    await trial.publish('second');
    trial.sessions.delete(client.session);
    await trial.pass(1_500);
    expect(await client.data('a', 1)).toEqual([[2, 'second']]);
    expect(server.manager.snapshot().delivery.lagging).toBe(0);
  });

  it('keeps nothing of topics that its client leaves while it is open', async () => {
    const trial = await startTrial();
    await using server = trial.server;
    const client = await failedClient(trial);
    for (let id = 100; id < 120; id += 2) {
      client.control({ t: 'sub', topic: 'b', id, from: 'now' });
      client.control({ t: 'unsub', topic: 'b', id: id + 1 });
    }
    await client.settled();
    expect(server.manager.session(client.session)?.link?.behind).toHaveLength(0);
  });

  it('is not made anew when the connection of a session breaks that is over', async () => {
    const trial = await startTrial();
    await using server = trial.server;
    const client = await server.greet();
    await client.subscribe('a');
    await trial.publish('first');
    await client.data('a', 1);
    client.ws.pause();
    server.manager.session(client.session)?.close();
    client.reset();
    await until(() => expect(server.manager.snapshot().connections.active).toBe(0));
    expect(server.manager.snapshot()).toMatchObject({
      breakers: { sessions: { members: 0 } },
      troubles: { writeErrors: 0 },
    });
  });

  it('is gone with its session', async () => {
    const trial = await startTrial();
    await using server = trial.server;
    const client = await failedClient(trial);
    server.manager.session(client.session)?.close();
    await client.closed;
    expect(server.manager.snapshot().breakers.sessions).toMatchObject({ members: 0, open: 0 });
  });

  it('counts a connection that breaks with messages on their way, but none that closes as it should', async () => {
    const trial = await startTrial();
    await using server = trial.server;
    const clients = [await server.greet({ instance: 'x' }), await server.greet({ instance: 'y' })];
    for (const client of clients) await client.subscribe('a');
    await trial.publish('first');
    for (const client of clients) await client.data('a', 1);
    clients[0]?.reset();
    clients[1]?.ws.close(1000);
    await until(() => expect(server.manager.snapshot().connections.active).toBe(0));
    expect(server.manager.snapshot().troubles).toEqual({ overdue: 0, stalled: 0, writeErrors: 1 });
  });

  it('opens when a full socket takes nothing, and the client gets all of it once it reads again', async () => {
    const trial = await startTrial();
    await using server = trial.server;
    const client = await server.greet();
    await client.subscribe('a');
    client.ws.pause();
    const payload = 'x'.repeat(100_000);
    let published = 0;
    while (server.manager.snapshot().backpressure.full === 0 && published < 300) {
      await trial.publish(payload);
      published++;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    // Nothing is acknowledged either; what counts first is the shorter wait, and both are as long here.
    await trial.pass(3 * ACK_MS);
    const { overdue, stalled } = server.manager.snapshot().troubles;
    expect(overdue + stalled).toBe(2);
    expect(stalled).toBeGreaterThan(0);
    expect(trial.changes).toMatchObject([{ name: 'session', to: 'open' }]);
    client.ws.resume();
    const last = await trial.publish('last');
    for (let n = 1; n <= published; n++) {
      const frame = await Promise.race([client.next('data'), trial.pass(2 * OPEN_MS).then(() => undefined)]);
      if (frame === undefined) break;
      client.ack({ a: [last[0], frame.offset] });
    }
    await client.settled();
    await trial.pass(OPEN_MS + 1_000);
    await until(() => expect(server.manager.snapshot().delivery.lagging).toBe(0));
  });

  it('stays away from a plain client whose pongs say that it keeps up', async () => {
    const trial = await startTrial({
      plain: { subscribe: [{ topic: 'a', from: 'now' }], envelope: 'raw', identity: 'ann' },
    });
    await using server = trial.server;
    const client = await server.dial({ plain: true });
    await until(() => expect(server.manager.snapshot().sessions.attached).toBe(1));
    for (let n = 0; n < 6; n++) {
      await trial.publish(`m${n}`);
      expect(await client.nextMessage()).toBe(`m${n}`);
      await trial.pass(ACK_MS);
    }
    expect(server.manager.snapshot()).toMatchObject({
      troubles: { overdue: 0, stalled: 0 },
      delivery: { inFlight: 0 },
    });
  });

  it('does not open for own messages that are filtered out', async () => {
    const trial = await startTrial();
    await using server = trial.server;
    const client = await server.greet();
    await client.subscribe('a');
    client.send('mine', { topic: 'a', echo: false });
    expect(await client.next('skip')).toMatchObject({ why: 'filtered' });
    await trial.pass(4 * ACK_MS);
    expect(server.manager.snapshot().troubles.overdue).toBe(0);
  });
});

describe('the breaker that a session has by default', () => {
  it('gives a trial as long as ackMs, however long that is', async () => {
    const clock = new ManualClock();
    const options = { ackMs: 60_000, stallMs: 60_000, pingMs: 3_600_000, pongMs: 3_600_000 };
    await using server = await startServer(options, { clock, random: seededRandom(7) });
    const changes: string[] = [];
    server.manager.on('breaker', ({ to, reason }) => changes.push(`${to}: ${reason}`));
    const pass = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        clock.advance(1_000);
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    };
    const client = await server.greet();
    await client.subscribe('a');
    await server.manager.publish('a', '1');
    await client.data('a', 1);
    await pass(5.5 * 60_000);
    for (const payload of ['2', '3']) {
      const outcome = await server.manager.publish('a', payload);
      await pass(4_000);
      await client.data('a', 1);
      await pass(45_000);
      if (outcome.status === 'appended') client.ack({ a: outcome.position });
      await client.settled();
    }
    expect(changes).toEqual(['open: consecutiveFailures', 'halfOpen: openTimeOver', 'closed: trialsSucceeded']);
  });
});

describe('five dead peers', () => {
  it('never close the door for the healthy', async () => {
    const trial = await startTrial();
    await using server = trial.server;
    const dead: WireClient[] = [];
    for (let n = 0; n < 5; n++) dead.push(await server.greet({ instance: `dead-${n}` }));
    const healthy = await server.greet({ instance: 'healthy' });
    for (const client of [...dead, healthy]) await client.subscribe('a');
    for (let n = 1; n <= 6; n++) {
      const position = await trial.publish(`m${n}`);
      expect(await healthy.data('a', 1)).toEqual([[n, `m${n}`]]);
      healthy.ack({ a: position });
      await healthy.settled();
      await trial.pass(ACK_MS / 2);
    }
    const open = new Set(trial.changes.filter(({ to }) => to === 'open').map(({ session }) => session));
    expect(open).toEqual(new Set(dead.map(({ session }) => session)));
    // All five are refused by their own breakers; the healthy one, and a new one, are served at once.
    const newcomer = await server.greet({ instance: 'newcomer' });
    await newcomer.subscribe('a');
    await trial.publish('m7');
    expect(await healthy.data('a', 1)).toEqual([[7, 'm7']]);
    expect(await newcomer.data('a', 1)).toEqual([[7, 'm7']]);
  });
});
