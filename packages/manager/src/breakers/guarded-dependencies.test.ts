import { request } from 'node:http';
import { CircuitBreaker } from '@ws-stability/circuit-breaker';
import { resolveOptions, StabilityError, TimerWheel } from '@ws-stability/core';
import { ManualClock, seededRandom } from '@ws-stability/core/testing';
import { CLOSE, SUBPROTOCOL } from '@ws-stability/protocol';
import { MemoryLogStore, MemorySessionStore } from '@ws-stability/store';
import { RemoteLikeLogStore, RemoteLikeSessionStore } from '@ws-stability/store/conformance';
import { describe, expect, it } from 'vitest';
import { managerOptions } from '../options.ts';
import { startServer, type TestServer } from '../testing/test-server.ts';
import { until } from '../testing/until.ts';
import type { GuardedName } from './guard.ts';
import { GuardedLogStore } from './guarded-log-store.ts';
import { Breakers } from './manager-breakers.ts';

const OPEN_MS = 30_000;

/** A breaker that opens after three failures in a row and closes after one good trial. */
function breakerOf(clock: ManualClock, name: GuardedName): CircuitBreaker {
  const settings = { name, consecutiveFailures: 3, openMs: OPEN_MS, trials: 1, trialSuccesses: 1, concurrentTrials: 1 };
  return new CircuitBreaker(settings, { clock, random: seededRandom(1) });
}

/** A store that can be switched off. */
function switchable<Store extends object>(store: Store): { readonly store: Store; down: boolean; calls: number } {
  const state = { store, down: false, calls: 0 };
  state.store = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        if (!['append', 'read', 'heads', 'create', 'load', 'take', 'save', 'remove'].includes(String(name))) {
          return member.apply(target, args);
        }
        state.calls++;
        if (state.down) return Promise.reject(new StabilityError('ERR_STORE', 'It is down.', { retryable: true }));
        return member.apply(target, args);
      };
    },
  });
  return state;
}

function stateOf(server: TestServer<unknown>, name: GuardedName): string | undefined {
  return server.manager.snapshot().breakers[name]?.state;
}

describe('the breaker of the log', () => {
  it('refuses publishes at once while the log is down, and delivers all that was taken when it is back', async () => {
    const clock = new ManualClock();
    const log = switchable(new RemoteLikeLogStore(() => new MemoryLogStore(), { delayMs: 1 }));
    await using server = await startServer(
      { headPollMs: 60_000 },
      { clock, log: log.store, breakers: { log: breakerOf(clock, 'log') } },
    );
    const client = await server.greet();
    await client.subscribe('a');
    expect(await server.manager.publish('a', '1')).toMatchObject({ status: 'appended' });
    log.down = true;
    for (let n = 0; n < 3; n++)
      await expect(server.manager.publish('a', 'x')).rejects.toMatchObject({ code: 'ERR_STORE' });
    const { calls } = log;
    expect(await server.manager.publish('a', 'x')).toEqual({
      status: 'refused',
      limit: 'store',
      message: expect.stringContaining('publish again in'),
      retryAfterMs: OPEN_MS,
    });
    client.send('y', { topic: 'a' });
    expect(await client.next('res')).toMatchObject({ err: { code: 'ERR_REFUSED' } });
    expect(log.calls).toBe(calls);
    log.down = false;
    clock.advance(OPEN_MS);
    expect(await server.manager.publish('a', '2')).toMatchObject({ status: 'appended' });
    expect(stateOf(server, 'log')).toBe('closed');
    expect(await client.data('a', 2)).toEqual([
      [1, '1'],
      [2, '2'],
    ]);
    const { messages, breakers } = server.manager.snapshot();
    expect(messages.refused).toBe(2);
    expect(breakers.shortCircuited).toBe(breakers.log?.rejected);
  });

  it('lets readers that find all trials taken come back as soon as those are over', async () => {
    const clock = new ManualClock();
    const log = switchable(new RemoteLikeLogStore(() => new MemoryLogStore(), { delayMs: 1, tailDropRate: 1 }));
    await using server = await startServer(
      { headPollMs: 500 },
      { clock, log: log.store, breakers: { log: breakerOf(clock, 'log') } },
    );
    const clients = await Promise.all(Array.from({ length: 8 }, (_, n) => server.greet({ instance: `i${n}` })));
    for (const client of clients) await client.subscribe('a');
    const pass = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 250) {
        clock.advance(250);
        for (let waits = 0; waits < 3; waits++) await new Promise<void>((resolve) => void setTimeout(resolve, 2));
      }
    };
    const { read } = log.store;
    // Nobody hears of it but by the poll, and then the log is gone.
    log.store.read = () => Promise.reject(new StabilityError('ERR_STORE', 'It is down.', { retryable: true }));
    await server.manager.publish('a', 'x');
    await pass(2_000);
    expect(stateOf(server, 'log')).toBe('open');
    log.store.read = read;
    await pass(OPEN_MS + 3_000);
    for (const client of clients) expect(client.unread.filter(({ t }) => t === 'data')).toHaveLength(1);
    server.errors.length = 0;
  });

  it('leaves an append without answer unknown, also when it opens between the repeats', async () => {
    const clock = new ManualClock();
    const log = switchable(new RemoteLikeLogStore(() => new MemoryLogStore(), { delayMs: 1 }));
    await using server = await startServer({}, { clock, log: log.store, breakers: { log: breakerOf(clock, 'log') } });
    const append = log.store.append.bind(log.store);
    log.store.append = () =>
      Promise.reject(new StabilityError('ERR_APPEND_UNKNOWN', 'Who knows.', { retryable: true }));
    const outcome = Promise.resolve(server.manager.publish('a', 'x', { id: 'm' })).catch((error: unknown) => error);
    for (let n = 0; n < 40; n++) {
      clock.advance(250);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    expect(await outcome).toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
    expect(stateOf(server, 'log')).toBe('open');
    log.store.append = append;
  });

  it('does not wait for ever for a store that never answers', async () => {
    const clock = new ManualClock();
    const never = new MemoryLogStore();
    const silence = (): Promise<never> => new Promise(() => {});
    const silent = new Proxy(never, {
      get: (target, name) => (name === 'append' || name === 'heads' ? silence : Reflect.get(target, name, target)),
    });
    const breakers = new Breakers(
      {},
      {
        options: resolveOptions(managerOptions, {}, 'manager'),
        clock,
        random: seededRandom(1),
        onError: () => {},
        onRefused: () => {},
        onChange: () => {},
      },
    );
    const store = new GuardedLogStore(silent, breakers.guard('log'), new TimerWheel({ clock }), 5_000);
    const append = store.append({ topic: 'a', payload: 'x', binary: false });
    const settled = Promise.allSettled([append, store.heads(['a'])]);
    clock.advance(5_100);
    expect(await settled).toMatchObject([
      { status: 'rejected', reason: { code: 'ERR_APPEND_UNKNOWN', retryable: true } },
      { status: 'rejected', reason: { code: 'ERR_STORE', retryable: true } },
    ]);
  });
});

describe('the breaker of the session store', () => {
  it('sends new clients away with a time while the store is down, and serves them when it is back', async () => {
    const clock = new ManualClock();
    const sessions = switchable(
      new RemoteLikeSessionStore(() => new MemorySessionStore({}, { clock }), { delayMs: 1 }),
    );
    await using server = await startServer(
      {},
      { clock, sessions: sessions.store, breakers: { sessionStore: breakerOf(clock, 'sessionStore') } },
    );
    const client = await server.greet();
    await client.subscribe('a');
    sessions.down = true;
    for (let n = 0; n < 4; n++) {
      const refused = await server.dial();
      refused.control({ t: 'hello', v: 1, instance: `n${n}` });
      const { code, reason } = await refused.closed;
      expect(code).toBe(CLOSE.overloaded);
      const after = Number(/^after=(\d+)$/.exec(reason)?.[1]);
      if (n < 3) expect(after).toBe(1_000);
      else expect(after).toBeGreaterThanOrEqual(OPEN_MS);
    }
    expect(stateOf(server, 'sessionStore')).toBe('open');
    server.manager.publish('a', 'x');
    expect(await client.data('a', 1)).toEqual([[1, 'x']]);
    sessions.down = false;
    clock.advance(OPEN_MS);
    await (await server.greet({ instance: 'later' })).settled();
    expect(stateOf(server, 'sessionStore')).toBe('closed');
    expect(server.errors.splice(0).length).toBeGreaterThan(0);
    // The last writes are waited for on this clock.
    const ticking = setInterval(() => clock.advance(10), 1);
    await server.manager.shutdown({ deadlineMs: 0 });
    clearInterval(ticking);
  });
});

describe('the breakers of sessions', () => {
  it('have room for all that may fail at once, or each would leave for the next before it could open', () => {
    const clock = new ManualClock();
    const options = resolveOptions(managerOptions, { maxConnections: 12_000 }, 'manager');
    const idle = { onError: () => {}, onRefused: () => {}, onChange: () => {} };
    const { sessions } = new Breakers({}, { options, clock, random: seededRandom(1), ...idle });
    for (let failure = 0; failure < 5; failure++) {
      for (let client = 0; client < 12_000; client++) {
        const permit = sessions?.get(`s${client}`).tryAcquire();
        if (permit?.acquired) permit.failure();
      }
    }
    expect(sessions?.open).toBe(12_000);
  });
});

describe('a resume', () => {
  it('that an open breaker refuses gets no new session in place of its own', async () => {
    const breaker = new CircuitBreaker({ name: 'sessionStore' });
    const store = new RemoteLikeSessionStore(() => new MemorySessionStore(), { delayMs: 1 });
    await using server = await startServer({}, { sessions: store, breakers: { sessionStore: breaker } });
    const client = await server.greet();
    client.cut();
    await until(() => expect(server.manager.snapshot().sessions.detached).toBe(1));
    const release = breaker.isolate('for one call');
    breaker.on('rejected', release);
    const hello = { v: 1, instance: 'i', session: client.session, token: client.token, takeover: true } as const;
    const refused = await server.dial();
    refused.control({ t: 'hello', ...hello });
    expect((await refused.closed).code).toBe(CLOSE.overloaded);
    expect((await server.greet(hello)).welcome).toMatchObject({ resumed: true, session: client.session });
    expect(server.manager.snapshot().breakers.shortCircuited).toBe(1);
  });
});

describe('the breaker of a hook', () => {
  it('answers for an onUpgrade that fails, with the time to come back, and asks it again when that is over', async () => {
    const clock = new ManualClock();
    let asked = 0;
    let broken = true;
    await using server = await startServer(
      {},
      {
        clock,
        onUpgrade: () => {
          asked++;
          if (broken) throw new Error('the directory is away');
          return { accept: true };
        },
        breakers: { onUpgrade: breakerOf(clock, 'onUpgrade') },
      },
    );
    const answers: (string | undefined)[] = [];
    for (let n = 0; n < 5; n++) answers.push((await upgrade(server.port)).retryAfter);
    expect(answers).toEqual(['1', '1', '1', '30', '30']);
    expect(asked).toBe(3);
    expect(server.errors.splice(0)).toHaveLength(3);
    broken = false;
    clock.advance(OPEN_MS);
    await (await server.greet()).settled();
    expect(server.manager.snapshot().breakers).toMatchObject({
      onUpgrade: { state: 'closed', rejected: 2 },
      shortCircuited: 2,
    });
  });

  it('does not open because clients go away while onUpgrade decides', async () => {
    const clock = new ManualClock();
    await using server = await startServer(
      {},
      {
        clock,
        onUpgrade: (_request, signal) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gone')))),
        breakers: { onUpgrade: breakerOf(clock, 'onUpgrade') },
      },
    );
    for (let n = 0; n < 5; n++) {
      const leaving = request({ port: server.port, host: '127.0.0.1', headers: HANDSHAKE });
      leaving.on('error', () => {});
      leaving.end();
      await new Promise<void>((resolve) => leaving.once('socket', (socket) => socket.once('connect', () => resolve())));
      for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
      leaving.destroy();
    }
    await until(() => expect(server.manager.snapshot().breakers.onUpgrade?.ignored).toBe(5));
    expect(stateOf(server, 'onUpgrade')).toBe('closed');
    server.errors.length = 0;
  });

  it('sends clients away for an onHello that fails, and none for one that says no', async () => {
    const clock = new ManualClock();
    let asked = 0;
    await using server = await startServer(
      {},
      {
        clock,
        onHello: (auth) => {
          asked++;
          if (auth === 'broken') throw new Error('no keys');
          return { accept: false, message: 'no' };
        },
        breakers: { onHello: breakerOf(clock, 'onHello') },
      },
    );
    const say = async (auth: string): Promise<number> => {
      const client = await server.dial();
      client.control({ t: 'hello', v: 1, instance: 'i', auth });
      return (await client.closed).code;
    };
    for (let n = 0; n < 5; n++) expect(await say('wrong')).toBe(CLOSE.unauthenticated);
    expect(stateOf(server, 'onHello')).toBe('closed');
    for (let n = 0; n < 3; n++) expect(await say('broken')).toBe(CLOSE.overloaded);
    expect(await say('wrong')).toBe(CLOSE.overloaded);
    expect(asked).toBe(8);
    server.errors.length = 0;
  });

  it('refuses what authorize is not asked about', async () => {
    const clock = new ManualClock();
    await using server = await startServer(
      {},
      {
        clock,
        authorize: () => {
          throw new Error('no rules');
        },
        breakers: { authorize: breakerOf(clock, 'authorize') },
      },
    );
    const client = await server.greet();
    for (let n = 0; n < 3; n++) client.send('x', { topic: 'a' });
    client.send('x', { topic: 'a' });
    for (const code of ['ERR_HANDLER', 'ERR_HANDLER', 'ERR_HANDLER', 'ERR_CIRCUIT_OPEN']) {
      expect(await client.next('res')).toMatchObject({ err: { code } });
    }
    server.errors.length = 0;
  });

  it('opens for an authorize that never answers, too', async () => {
    const clock = new ManualClock();
    await using server = await startServer(
      { upgradeTimeoutMs: 50 },
      { clock, authorize: () => new Promise(() => {}), breakers: { authorize: breakerOf(clock, 'authorize') } },
    );
    const client = await server.greet();
    for (let n = 0; n < 4; n++) client.send('x', { topic: 'a' });
    for (const code of ['ERR_HOOK_TIMEOUT', 'ERR_HOOK_TIMEOUT', 'ERR_HOOK_TIMEOUT', 'ERR_CIRCUIT_OPEN']) {
      expect(await client.next('res')).toMatchObject({ err: { code } });
    }
  });

  it('is none where the application wants none', async () => {
    await using server = await startServer(
      {},
      {
        onHello: () => {
          throw new Error('no keys');
        },
        breakers: { onHello: false, sessions: false },
      },
    );
    for (let n = 0; n < 8; n++) {
      const client = await server.dial();
      client.control({ t: 'hello', v: 1, instance: 'i' });
      expect((await client.closed).reason).toBe('after=1000');
    }
    expect(server.errors.splice(0)).toHaveLength(8);
    expect(server.manager.snapshot().breakers).not.toHaveProperty('sessions');
  });
});

const HANDSHAKE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': Buffer.alloc(16, 1).toString('base64'),
  'Sec-WebSocket-Protocol': SUBPROTOCOL,
};

/** What an upgrade that is refused is answered. */
function upgrade(
  port: number,
): Promise<{ readonly status: number | undefined; readonly retryAfter: string | undefined }> {
  return new Promise((resolve, reject) => {
    const asking = request({ port, host: '127.0.0.1', headers: HANDSHAKE });
    asking.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'] });
    });
    asking.on('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new Error('accepted'));
    });
    asking.on('error', reject);
    asking.end();
  });
}
