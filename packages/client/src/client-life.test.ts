import { describe, expect, it } from 'vitest';
import type { ClientOptions } from './client-dependencies.ts';
import { turn } from './testing/fake-server.ts';
import { online, resume, setUp } from './testing/set-up.ts';

describe('life', () => {
  it('answers pings, pings in silence, and resumes when the server stays silent', async () => {
    const { client, socket, clock } = await online();
    socket.say({ t: 'ping', ts: 5 });
    expect(socket.sent()).toEqual([{ t: 'pong', ts: 5 }]);
    clock.advance(25_000);
    expect(socket.sent()).toEqual([{ t: 'ping', ts: 25_000 }]);
    socket.say({ t: 'pong', ts: 25_000 });
    clock.advance(25_000);
    expect(socket.sent()).toMatchObject([{ t: 'ping' }]);
    clock.advance(10_000);
    expect(client.state.name).toBe('waiting');
  });

  it('probes after a sleep instead of declaring the server dead', async () => {
    const { client, socket, clock } = await online();
    clock.freeze(3_600_000);
    expect(client.state.name).toBe('online');
    expect(socket.sent()).toMatchObject([{ t: 'ping' }]);
    socket.say({ t: 'pong', ts: 1 });
    clock.advance(10_000);
    expect(client.state.name).toBe('online');
  });

  it('probes when the page is shown, and dials at once when the network is back', async () => {
    const page = new EventTarget();
    const { client, server, socket, clock } = await online({}, { page });
    page.dispatchEvent(new Event('visibilitychange'));
    expect(socket.sent()).toMatchObject([{ t: 'ping' }]);
    clock.advance(10_000);
    expect(client.state.name).toBe('waiting');
    page.dispatchEvent(new Event('online'));
    await turn();
    expect(server.sockets).toHaveLength(2);
  });

  it('answers an authreq with a fresh token', async () => {
    let issued = 0;
    const { socket, of } = await online({}, { auth: () => `token-${++issued}` });
    socket.say({ t: 'authreq', inMs: 5000 });
    await turn();
    expect(socket.sent()).toEqual([{ t: 'auth', id: 1, token: 'token-2' }]);
    expect(of('authreq')).toEqual([{ inMs: 5000 }]);
  });

  it('leaves in its slot after a goaway', async () => {
    const { client, server, socket, clock, of } = await online();
    socket.say({ t: 'goaway', why: 'restart', afterMs: 3000, deadlineMs: 10_000 });
    clock.advance(2999);
    expect(client.state.name).toBe('online');
    clock.advance(1);
    await turn();
    expect(socket.closedWith?.code).toBe(4200);
    expect(server.sockets).toHaveLength(2);
    expect(of('goaway')).toEqual([{ why: 'restart', afterMs: 3000, deadlineMs: 10_000 }]);
  });

  it('acknowledges at once when the server goes away, and once more before it leaves', async () => {
    const { client, server, socket, clock } = await online();
    client.subscribe('chat', () => {});
    socket.say({ t: 'ok', id: 1, at: [1, 0] });
    socket.data('chat', 1, 'a');
    socket.sent();
    socket.say({ t: 'goaway', why: 'restart', afterMs: 100, deadlineMs: 10_000 });
    expect(socket.sent()).toMatchObject([{ t: 'ack', p: new Map([['chat', [1, 1]]]) }]);
    socket.data('chat', 2, 'b');
    clock.advance(100);
    expect(socket.sent()).toMatchObject([{ t: 'ack', p: new Map([['chat', [1, 2]]]) }]);
    await turn();
    expect(server.sockets).toHaveLength(2);
  });

  it('puts nothing new on the wire after a goaway, and leaves in its slot when only that waits', async () => {
    const parts = await online();
    const { client, server, socket, clock } = parts;
    const first = client.send('first');
    socket.say({ t: 'goaway', why: 'rebalance', afterMs: 1000, deadlineMs: 10_000 });
    const second = client.send('second');
    expect(socket.sent()).toMatchObject([{ seq: 1, payload: 'first' }]);
    clock.advance(1000);
    expect(client.state.name).toBe('online');
    socket.say({ t: 'res', n: 1, ok: true });
    await first;
    clock.advance(250);
    await turn();
    expect(server.sockets).toHaveLength(2);
    server.socket.welcome({ resumed: true, generation: 2, handled: 1 });
    expect(server.socket.sent()).toMatchObject([{ t: 'ready' }, { seq: 2, payload: 'second' }]);
    server.socket.say({ t: 'res', n: 2, ok: true });
    await second;
  });

  it('sends again on the next connection, in order, what a draining server did not take', async () => {
    const parts = await online();
    const { client, socket } = parts;
    const outcomes = ['a', 'b', 'c'].map((value) => client.send(value));
    socket.say({ t: 'res', n: 1, ok: true, value: 'A' });
    socket.say({ t: 'res', n: 2, err: { code: 'ERR_DRAINING', message: 'not now' } });
    outcomes.push(client.send('d'));
    socket.say({ t: 'res', n: 3, err: { code: 'ERR_DRAINING', message: 'not now' } });
    expect(socket.sent()).toMatchObject([{ seq: 1 }, { seq: 2 }, { seq: 3 }]);
    const { socket: next, rest } = await resume(parts, { handled: 3 });
    expect(rest).toMatchObject([
      { seq: 4, payload: 'b' },
      { seq: 5, payload: 'c' },
      { seq: 6, payload: 'd' },
    ]);
    // The old refusals, repeated because nobody confirmed them, mean nothing now.
    next.say({ t: 'res', n: 2, err: { code: 'ERR_DRAINING', message: 'not now' } });
    outcomes.push(client.send('e'));
    expect(next.sent().at(-1)).toMatchObject({ seq: 7, payload: 'e' });
    next.say({ t: 'res', from: 4, to: 7, ok: true });
    await expect(Promise.all(outcomes)).resolves.toEqual(['A', undefined, undefined, undefined, undefined]);
  });

  it('closes with an acknowledgement and a bye, rejects what is open, and leaves no timer', async () => {
    const parts = await online();
    const { client, socket, clock } = parts;
    client.subscribe('chat', () => {});
    socket.say({ t: 'ok', id: 1, at: [1, 0] });
    socket.data('chat', 1);
    const open = client.send('open');
    open.catch(() => {});
    socket.sent();
    const closed = client.close();
    expect(socket.sent()).toEqual([{ t: 'ack', p: new Map([['chat', [1, 1]]]) }, { t: 'bye' }]);
    expect(socket.closedWith?.code).toBe(1000);
    socket.end(1000);
    await closed;
    await expect(open).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
    await expect(client.send('more')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    await expect(client.subscribe('x', () => {}).ready).resolves.toEqual({ denied: 'closed' });
    expect(clock.pendingTimers).toBe(0);
    expect(parts.of('error')).toEqual([]);
    await client.close();
  });

  it('waits no longer than a second for the close handshake', async () => {
    const { client, clock } = await online();
    const closed = client.close();
    clock.advance(1000);
    await closed;
    expect(client.state).toEqual({ name: 'closed', code: undefined });
  });

  it('refuses wrong options with all problems at once', () => {
    expect(() => setUp({ baseMs: -1, ackMessages: 0.5 })).toThrow(/client\.baseMs.*client\.ackMessages/);
    expect(() => setUp({ nonsense: 1 } as ClientOptions)).toThrow(/client\.nonsense.*no such option/);
  });
});
