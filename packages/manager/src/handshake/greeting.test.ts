import { ManualClock } from '@ws-stability/core/testing';
import { MemorySessionStore } from '@ws-stability/store';
import { describe, expect, it, vi } from 'vitest';
import { inMemory, storeKinds } from '../testing/stores.ts';
import { startServer } from '../testing/test-server.ts';
import { until } from '../testing/until.ts';

describe.each(storeKinds)('a greeting, on $name', ({ open }) => {
  it('starts a session with a token, a position in its inbox and the limits', async () => {
    await using server = await startServer({ windowMessages: 7, pingMs: 9_000 }, open());
    const client = await server.greet();
    expect(client.welcome).toMatchObject({
      v: 1,
      generation: 1,
      resumed: false,
      handled: 0,
      pingMs: 9_000,
      durability: 'process',
    });
    expect(client.welcome?.window.messages).toBe(7);
    expect(client.token.length).toBeGreaterThanOrEqual(43);
    expect([...(client.welcome?.topics.keys() ?? [])]).toEqual(['@']);
    expect(server.manager.session(client.session)?.connected).toBe(true);
  });

  it('goes on with a session after the positions the client says, and with the server’s for those it does not', async () => {
    await using server = await startServer({}, open());
    const client = await server.greet();
    await client.subscribe('a');
    await client.subscribe('b');
    for (const payload of ['1', '2', '3']) {
      await server.manager.publish('a', payload);
      await server.manager.publish('b', payload);
    }
    expect(await client.data('a', 3)).toEqual([
      [1, '1'],
      [2, '2'],
      [3, '3'],
    ]);
    await client.data('b', 3);
    const epoch = epochOf(client.welcome?.topics.get('@'));
    client.ack({ b: [epoch, 1] });
    await client.settled();
    client.cut();
    await until(() => expect(server.manager.session(client.session)?.connected).toBe(false));
    await server.manager.publish('a', '4');
    const { session, token } = client;
    const back = await server.greet({ session, token, positions: new Map([['a', [epoch, 2]]]) });
    expect(back.welcome).toMatchObject({ session, resumed: true, generation: 2 });
    expect(back.welcome?.token).toBeUndefined();
    expect(back.welcome?.topics.get('a')).toEqual({ at: [epoch, 2] });
    expect(back.welcome?.topics.get('b')).toEqual({ at: [epoch, 1] });
    expect(await back.data('a', 2)).toEqual([
      [3, '3'],
      [4, '4'],
    ]);
    expect(await back.data('b', 2)).toEqual([
      [2, '2'],
      [3, '3'],
    ]);
    await back.settled();
    expect(back.unread).toEqual([]);
  });

  it.each([
    ['another token', { token: 'x'.repeat(43) }, 'token'],
    ['no token', { token: '' }, 'token'],
    ['an id nobody gave', { session: 'f'.repeat(32) }, 'unknown'],
  ])('refuses the session to %s, and starts another with the shared topics by position', async (_, claim, why) => {
    await using server = await startServer({}, open());
    const client = await server.greet();
    await client.subscribe('a');
    await server.manager.publish('a', '1');
    await server.manager.publish('a', '2');
    await client.data('a', 2);
    const epoch = epochOf(client.welcome?.topics.get('@'));
    const { session, token } = client;
    const other = await server.greet({
      session,
      token,
      ...claim,
      positions: new Map([
        ['a', [epoch, 1]],
        ['@', [epoch, 0]],
      ]),
    });
    expect(other.welcome).toMatchObject({ resumed: false, why, generation: 1 });
    expect(other.session).not.toBe(session);
    expect(other.welcome?.topics.get('@')).toMatchObject({ gap: { was: [epoch, 0], why: 'session' } });
    expect(await other.data('a', 1)).toEqual([[2, '2']]);
    // Its owner notices nothing.
    await client.settled();
  });

  it('gives a session to no other principal than its own', async () => {
    await using server = await startServer(
      {},
      { ...open(), onHello: (auth) => ({ accept: true, principal: auth ?? 'nobody' }) },
    );
    const ann = await server.greet({ auth: 'ann' });
    const { session, token } = ann;
    const bob = await server.greet({ auth: 'bob', session, token });
    expect(bob.welcome).toMatchObject({ resumed: false, why: 'principal' });
    expect([server.manager.session(bob.session)?.principal, server.manager.session(session)?.principal]).toEqual([
      'bob',
      'ann',
    ]);
    ann.cut();
    const back = await server.greet({ auth: 'ann', session, token });
    expect(back.welcome?.resumed).toBe(true);
  });

  it('leaves a session that another instance holds alone, unless it is taken over', async () => {
    await using server = await startServer({}, open());
    const first = await server.greet({ instance: 'page-1' });
    const { session, token } = first;
    const refused = await server.greet({ instance: 'page-2', session, token });
    expect(refused.welcome).toMatchObject({ resumed: false, why: 'inUse' });
    await first.settled();
    const taker = await server.greet({ instance: 'page-2', session, token, takeover: true });
    expect(taker.welcome).toMatchObject({ session, resumed: true, generation: 2 });
    expect(await first.closed).toMatchObject({ code: 4000 });
  });

  it('lets the same instance take over at once; the older connection is closed 4000 and its later frames are nobody’s', async () => {
    await using server = await startServer({}, open());
    const handled: string[] = [];
    server.manager.onMessage((payload) => void handled.push(String(payload)));
    const older = await server.greet();
    await older.subscribe('a');
    const { session, token } = older;
    older.ws.pause();
    const newer = await server.greet({ session, token });
    older.send('from the grave');
    older.control({ t: 'sub', id: 9, topic: 'b', from: 'now' });
    older.control({ t: 'bye' });
    older.ws.resume();
    expect(await older.closed).toMatchObject({ code: 4000 });
    newer.send('alive');
    await newer.next('res');
    await server.manager.publish('a', '1');
    expect(await newer.data('a', 1)).toEqual([[1, '1']]);
    expect(handled).toEqual(['alive']);
    expect(older.unread).toEqual([]);
    expect(server.manager.session(session)?.connected).toBe(true);
    expect(server.manager.snapshot().connections).toMatchObject({ active: 1, total: 2, reconnections: 1 });
  });

  it('withdraws what the client may no longer read, and says so in the welcome', async () => {
    const allowed = new Set(['a', 'b']);
    const authorize = (_action: string, topic: string) => allowed.has(topic) || 'not for you';
    await using server = await startServer({}, { ...open(), authorize });
    const client = await server.greet();
    await client.subscribe('a');
    await client.subscribe('b');
    client.cut();
    allowed.delete('a');
    const { session, token } = client;
    const back = await server.greet({ session, token });
    expect(back.welcome?.topics.get('a')).toEqual({ denied: 'not for you' });
    expect(back.welcome?.topics.get('b')).toHaveProperty('at');
    await server.manager.publish('a', 'secret');
    await server.manager.publish('b', 'public');
    expect(await back.data('b', 1)).toEqual([[1, 'public']]);
    await back.settled();
    expect(back.unread).toEqual([]);
  });

  it('fences the older connection before it looks at the positions, so that nothing is lost between', async () => {
    const gate = newGate();
    let slow = false;
    const authorize = async () => {
      if (slow) await gate.opened;
      return true as const;
    };
    await using server = await startServer({}, { ...open(), authorize });
    const older = await server.greet();
    await older.subscribe('a');
    await older.subscribe('b');
    const epoch = epochOf(older.welcome?.topics.get('@'));
    for (const payload of ['1', '2']) await server.manager.publish('a', payload);
    await older.data('a', 2);
    slow = true;
    const { session, token } = older;
    const newer = await server.dial();
    const welcomed = newer.hello({ session, token, positions: new Map([['a', [epoch, 1]]]) });
    expect(await older.closed).toMatchObject({ code: 4000 });
    await server.manager.publish('a', '3');
    gate.open();
    expect((await welcomed).topics.get('a')).toEqual({ at: [epoch, 1] });
    expect(await newer.data('a', 2)).toEqual([
      [2, '2'],
      [3, '3'],
    ]);
  });

  it('serves the last of two that take a session at the same time, from its own positions', async () => {
    const gate = newGate();
    let first = true;
    const authorize = async (action: string) => {
      if (action === 'subscribe' && held && first) {
        first = false;
        await gate.opened;
      }
      return true as const;
    };
    let held = false;
    await using server = await startServer({}, { ...open(), authorize });
    const client = await server.greet();
    await client.subscribe('a');
    const epoch = epochOf(client.welcome?.topics.get('@'));
    for (const payload of ['1', '2', '3']) await server.manager.publish('a', payload);
    await client.data('a', 3);
    client.cut();
    held = true;
    const { session, token } = client;
    const slow = await server.dial();
    slow.control({ t: 'hello', v: 1, instance: 'instance-1', session, token, positions: new Map([['a', [epoch, 0]]]) });
    await until(() => expect(first).toBe(false));
    const quick = await server.greet({ session, token, positions: new Map([['a', [epoch, 1]]]) });
    expect(await quick.data('a', 2)).toEqual([
      [2, '2'],
      [3, '3'],
    ]);
    gate.open();
    expect(await slow.closed).toMatchObject({ code: 4000 });
    await server.manager.publish('a', '4');
    expect(await quick.data('a', 1)).toEqual([[4, '4']]);
    await quick.settled();
    expect(quick.unread).toEqual([]);
  });

  it('forgets a session after sessionTtlMs without its client, and tells why', async () => {
    await using server = await startServer({ sessionTtlMs: 300 }, open());
    const expired = vi.fn();
    server.manager.on('sessionExpired', expired);
    const client = await server.greet();
    const { session, token } = client;
    client.cut();
    await until(() => expect(expired).toHaveBeenCalledTimes(1));
    expect(server.manager.session(session)).toBeUndefined();
    const back = await server.greet({ session, token });
    expect(back.welcome).toMatchObject({ resumed: false });
    expect(['expired', 'unknown']).toContain(back.welcome?.why);
    expect(server.manager.snapshot().sessions).toMatchObject({ created: 2, expired: 1, attached: 1, detached: 0 });
  });

  it('keeps a session whose client stays, however long', async () => {
    await using server = await startServer({ sessionTtlMs: 300 }, open());
    const client = await server.greet();
    const { session, token } = client;
    const expired = vi.fn();
    server.manager.on('sessionExpired', expired);
    // Another's time is up twice over.
    for (let round = 1; round <= 2; round++) {
      (await server.greet({ instance: 'instance-2' })).cut();
      await until(() => expect(expired).toHaveBeenCalledTimes(round));
    }
    await client.settled();
    client.cut();
    expect((await server.greet({ session, token })).welcome?.resumed).toBe(true);
  });

  it('ends a session at its client’s bye', async () => {
    await using server = await startServer({}, open());
    const client = await server.greet();
    const { session, token } = client;
    client.control({ t: 'bye' });
    expect(await client.closed).toEqual({ code: 1000, reason: 'bye' });
    expect(server.manager.session(session)).toBeUndefined();
    const back = await server.greet({ session, token });
    expect(back.welcome).toMatchObject({ resumed: false, why: 'unknown' });
  });
});

describe('a greeting', () => {
  it('waits for a hello no longer than helloTimeoutMs', async () => {
    const clock = new ManualClock();
    await using server = await startServer({ helloTimeoutMs: 3_000 }, { clock });
    const silent = await server.dial();
    const polite = await server.greet();
    clock.advance(3_050);
    expect(await silent.closed).toMatchObject({ code: 4108 });
    await polite.settled();
    expect(server.manager.snapshot().connections).toMatchObject({ timeouts: 1, active: 1 });
    await stopClock(clock, server.manager.shutdown({ deadlineMs: 0 }));
  });

  it.each([
    ['a message before its hello', '1\nhello?'],
    ['another control message before its hello', '{"t":"bye"}'],
    ['what is no frame at all', 'what?'],
    ['a hello without its fields', '{"t":"hello"}'],
  ])('closes 4004 on %s', async (_, text) => {
    await using server = await startServer();
    const client = await server.dial();
    client.ws.send(text);
    expect(await client.closed).toMatchObject({ code: 4004 });
    expect(server.manager.snapshot().connections.failed).toBe(1);
  });

  it('closes 4004 on a second hello, and the session can be resumed', async () => {
    await using server = await startServer();
    const client = await server.greet();
    client.control({ t: 'hello', v: 1, instance: 'instance-1' });
    expect(await client.closed).toMatchObject({ code: 4004 });
    const { session, token } = client;
    expect((await server.greet({ session, token })).welcome?.resumed).toBe(true);
  });

  it('closes 4005 on another version', async () => {
    await using server = await startServer();
    const client = await server.dial();
    client.control({ t: 'hello', v: 2, instance: 'instance-1' });
    expect(await client.closed).toMatchObject({ code: 4005 });
  });

  it('closes 4001 on who is not let in by onHello, and keeps no session of it', async () => {
    const onHello = vi.fn((auth: string | undefined) =>
      auth === 'right' ? { accept: true as const, data: { name: 'Ann' } } : { accept: false as const, message: 'no' },
    );
    await using server = await startServer<{ name: string }>({}, { onHello });
    const client = await server.dial();
    client.control({ t: 'hello', v: 1, instance: 'instance-1', auth: 'wrong' });
    expect(await client.closed).toMatchObject({ code: 4001 });
    expect([...server.manager.sessions()]).toEqual([]);
    const right = await server.greet({ auth: 'right' });
    expect(server.manager.session(right.session)?.data).toEqual({ name: 'Ann' });
  });

  it.each([
    ['throws', () => Promise.reject(new Error('no database'))],
    ['hangs', () => new Promise<never>(() => {})],
  ])('closes 1013 when onHello %s', async (_, onHello) => {
    await using server = await startServer({ upgradeTimeoutMs: 50 }, { onHello });
    const client = await server.dial();
    client.control({ t: 'hello', v: 1, instance: 'instance-1' });
    expect(await client.closed).toMatchObject({ code: 1013, reason: 'after=1000' });
    expect(server.errors.splice(0)).toHaveLength(1);
  });

  it('starts a fresh session when the store cannot say, and tells why', async () => {
    const { log, sessions } = inMemory.open();
    await using server = await startServer({}, { log, sessions });
    const client = await server.greet();
    client.cut();
    await until(() => expect(server.manager.snapshot().sessions.detached).toBe(1));
    vi.spyOn(sessions, 'load').mockRejectedValueOnce(new Error('no store'));
    const { session, token } = client;
    const fresh = await server.greet({ session, token });
    expect(fresh.welcome).toMatchObject({ resumed: false, why: 'store' });
    expect(server.errors.splice(0)).toEqual([new Error('no store')]);
    const back = await server.greet({ session, token, instance: 'instance-2' });
    expect(back.welcome?.resumed).toBe(true);
  });

  it('closes 4101 when there is no room for another session', async () => {
    const sessions = new MemorySessionStore({ maxSessions: 1 });
    await using server = await startServer({}, { sessions });
    await server.greet();
    const client = await server.dial();
    client.control({ t: 'hello', v: 1, instance: 'instance-2' });
    expect(await client.closed).toMatchObject({ code: 4101 });
  });

  it('can be refreshed by a new credential for the same principal, and by no other', async () => {
    let broken = false;
    const onHello = (auth: string | undefined) => {
      if (broken) throw new Error('no database');
      return auth === 'wrong'
        ? { accept: false as const, message: 'no' }
        : { accept: true as const, principal: auth ?? '' };
    };
    await using server = await startServer({}, { onHello });
    const client = await server.greet({ auth: 'ann' });
    client.control({ t: 'auth', id: 1, token: 'ann' });
    expect(await client.next('ok')).toEqual({ t: 'ok', id: 1 });
    for (const [id, token] of [
      [2, 'wrong'],
      [3, 'bob'],
      [4, 'ann'],
    ] as const) {
      broken = id === 4;
      client.control({ t: 'auth', id, token });
      expect(await client.next('err')).toMatchObject({ id, code: 'ERR_UNAUTHENTICATED' });
    }
    expect(server.errors.splice(0)).toEqual([new Error('no database')]);
    await client.settled();
  });

  it.each([undefined, null, {}, false])('lets nobody in on a hook that answers %s', async (answer) => {
    await using server = await startServer({}, { onHello: () => answer as never });
    const client = await server.dial();
    client.control({ t: 'hello', v: 1, instance: 'i' });
    expect(await client.closed).toMatchObject({ code: 1013 });
    expect(server.errors.splice(0)).toMatchObject([{ code: 'ERR_HOOK' }]);
    expect([...server.manager.sessions()]).toEqual([]);
  });

  it('can be refreshed where onUpgrade has named the principal and onHello leaves it so', async () => {
    await using server = await startServer(
      {},
      { onUpgrade: () => ({ accept: true, principal: 'ann' }), onHello: () => ({ accept: true }) },
    );
    const client = await server.greet({ auth: 'old' });
    client.control({ t: 'auth', id: 1, token: 'new' });
    expect(await client.next('ok')).toEqual({ t: 'ok', id: 1 });
  });

  it('leaves a plain client without identity alone, whoever names its session', async () => {
    const plain = { subscribe: [{ topic: 'a', from: 'now' as const }], envelope: 'raw' as const };
    await using server = await startServer({}, { onUpgrade: () => ({ accept: true, plain }) });
    const plainClient = await server.dial({ plain: true });
    await until(() => expect(server.manager.snapshot().sessions.attached).toBe(1));
    const [{ id } = { id: '' }] = server.manager.sessions();
    await server.greet({ session: id, token: 'any' });
    await server.manager.publish('a', 'still here');
    expect(await plainClient.nextMessage()).toBe('still here');
  });

  it('leaves no session behind whose topics could not be opened', async () => {
    const clock = new ManualClock();
    const { log, sessions } = inMemory.open();
    await using server = await startServer({ sessionTtlMs: 1_000 }, { log, sessions, clock });
    vi.spyOn(log, 'heads').mockRejectedValueOnce(new Error('no log'));
    const client = await server.dial();
    client.control({ t: 'hello', v: 1, instance: 'instance-1' });
    expect(await client.closed).toMatchObject({ code: 1013 });
    expect(server.errors.splice(0)).toEqual([new Error('no log')]);
    clock.advance(1_100);
    expect([...server.manager.sessions()]).toEqual([]);
    await stopClock(clock, server.manager.shutdown({ deadlineMs: 0 }));
  });
});

/** Lets a manager with a clock of the test's come to its end. */
async function stopClock(clock: ManualClock, over: Promise<unknown>): Promise<void> {
  let done = false;
  void over.then(() => {
    done = true;
  });
  while (!done) await clock.advanceAsync(20);
}

function newGate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

function epochOf(outcome: unknown): number {
  expect(outcome).toHaveProperty('at');
  return (outcome as { at: [number, number] }).at[0];
}
