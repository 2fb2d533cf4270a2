import { type Topic, topic } from '@ws-stability/protocol';
import { describe, expect, it } from 'vitest';
import { MAX_UNSETTLED } from './positions.machine.ts';
import { turn } from './testing/fake-server.ts';
import { errorCodes, online, resume } from './testing/set-up.ts';

describe('topics', () => {
  it('hands messages on in order, drops and counts repeats, acknowledges after 250 ms', async () => {
    const { client, socket, clock } = await online();
    const got: unknown[] = [];
    const subscription = client.subscribe('chat', (value, { epoch, offset }) => void got.push([value, epoch, offset]));
    expect(socket.sent()).toEqual([{ t: 'sub', topic: 'chat', id: 1, from: 'now' }]);
    socket.say({ t: 'ok', id: 1, at: [1, 5] });
    await expect(subscription.ready).resolves.toEqual({ at: [1, 5] });
    for (const offset of [6, 7, 7, 6, 8]) socket.data('chat', offset);
    expect(got).toEqual([
      ['6', 1, 6],
      ['7', 1, 7],
      ['8', 1, 8],
    ]);
    expect(subscription.position).toEqual([1, 8]);
    expect(client.snapshot().counters.duplicatesDropped).toBe(2);
    expect(socket.sent()).toEqual([]);
    clock.advance(250);
    expect(socket.sent()).toEqual([{ t: 'ack', p: new Map([['chat', [1, 8]]]) }]);
    clock.advance(1000);
    expect(socket.sent()).toEqual([]);
  });

  it('acknowledges only up to the first message that a listener still holds', async () => {
    const { client, socket, clock } = await online();
    const release: (() => void)[] = [];
    client.subscribe('chat', () => new Promise<void>((resolve) => release.push(resolve)));
    client.subscribe('chat', () => {});
    socket.say({ t: 'ok', id: 1, at: [1, 0] });
    for (const offset of [1, 2, 3]) socket.data('chat', offset);
    socket.sent();
    release[1]?.();
    await turn();
    clock.advance(250);
    expect(socket.sent()).toEqual([]);
    release[0]?.();
    await turn();
    clock.advance(250);
    expect(socket.sent()).toEqual([{ t: 'ack', p: new Map([['chat', [1, 2]]]) }]);
  });

  it('acknowledges at once after 32 messages and when the server asks for it', async () => {
    const { client, socket } = await online();
    client.subscribe('chat', () => {});
    socket.say({ t: 'ok', id: 1, at: [1, 0] });
    socket.sent();
    for (let offset = 1; offset <= 32; offset++) socket.data('chat', offset);
    expect(socket.sent()).toEqual([{ t: 'ack', p: new Map([['chat', [1, 32]]]) }]);
    socket.data('chat', 33, 'now', { ackNow: true });
    expect(socket.sent()).toEqual([{ t: 'ack', p: new Map([['chat', [1, 33]]]) }]);
  });

  it('says its last acknowledgement again after a cut, for it may be what was cut off', async () => {
    const parts = await online();
    const { client, socket, clock } = parts;
    client.subscribe('chat', () => {});
    const sent = client.send('x');
    socket.say({ t: 'ok', id: 1, at: [1, 0] });
    socket.data('chat', 1);
    socket.say({ t: 'res', n: 1, ok: true });
    await sent;
    clock.advance(250);
    const again = await resume(parts, { handled: 1, topics: new Map([['chat', { at: [1, 1] }]]) });
    clock.advance(250);
    expect(again.socket.sent()).toEqual([{ t: 'ack', p: new Map([['chat', [1, 1]]]), r: 1 }]);
  });

  it('keeps to what it asked while it leaves a topic and asks for it anew', async () => {
    const { client, socket, of } = await online();
    const first = client.subscribe('chat', () => {});
    socket.say({ t: 'ok', id: 1, at: [1, 5] });
    const left = first.unsubscribe();
    const got: unknown[] = [];
    const second = client.subscribe('chat', (value) => void got.push(value), { from: 'start' });
    socket.data('chat', 6);
    socket.say({ t: 'gap', topic: 'chat', was: [1, 6], now: [1, 8], why: 'budget' });
    socket.say({ t: 'skip', topic: 'chat', from: 9, to: 9, why: 'ttl' });
    socket.say({ t: 'unsub', topic: 'chat', why: 'withdrawn' });
    socket.say({ t: 'ok', id: 2 });
    await left;
    socket.say({ t: 'ok', id: 3, at: [1, 0] });
    await expect(second.ready).resolves.toEqual({ at: [1, 0] });
    socket.data('chat', 1);
    expect(got).toEqual(['1']);
    expect([...of('gap'), ...of('skip'), ...of('left')]).toEqual([]);
    client.subscribe('other', () => {}).unsubscribe();
    socket.say({ t: 'gap', topic: 'other', was: [1, 6], now: [1, 8], why: 'budget' });
    expect([...client.snapshot().positions.keys()]).toEqual(['chat']);
  });

  it('closes 4201 on a hole and resumes within 500 ms from what it has', async () => {
    const parts = await online();
    const { client, socket, clock, server } = parts;
    const got: unknown[] = [];
    client.subscribe('chat', (value) => void got.push(value));
    socket.say({ t: 'ok', id: 1, at: [1, 0] });
    socket.data('chat', 1);
    socket.data('chat', 3);
    expect(socket.closedWith).toEqual({ code: 4201, reason: 'chat' });
    clock.advance(500);
    await turn();
    expect(server.socket.welcome({ resumed: true, topics: new Map([['chat', { at: [1, 1] }]]) })).toMatchObject({
      positions: new Map([['chat', [1, 1]]]),
    });
    server.socket.data('chat', 2);
    server.socket.data('chat', 3);
    expect(got).toEqual(['1', '2', '3']);
  });

  it('moves on over skips and gaps, and says so', async () => {
    const { client, socket, of } = await online();
    const got: unknown[] = [];
    const subscription = client.subscribe('chat', (_, { epoch, offset }) => void got.push([epoch, offset]));
    socket.say({ t: 'ok', id: 1, at: [1, 0] });
    socket.say({ t: 'skip', topic: 'chat', from: 1, to: 4, why: 'ttl' });
    socket.data('chat', 5);
    socket.say({ t: 'gap', topic: 'chat', was: [1, 5], now: [2, 9], why: 'epoch' });
    socket.data('chat', 10);
    socket.data('chat', 0);
    expect(got).toEqual([
      [1, 5],
      [2, 10],
      [2, 0],
    ]);
    expect(subscription.position).toEqual([2, 10]);
    expect(of('skip')).toEqual([{ topic: 'chat', from: 1, to: 4, why: 'ttl' }]);
    expect(of('gap')).toEqual([{ topic: 'chat', was: [1, 5], now: [2, 9], why: 'epoch' }]);
    expect(client.snapshot().counters).toMatchObject({ gaps: 1, received: 3 });
  });

  it('repeats questions after a resume until they are answered', async () => {
    const parts = await online();
    const { client } = parts;
    const kept = client.subscribe('kept', () => {});
    parts.socket.say({ t: 'ok', id: 1, at: [1, 1] });
    const asked = client.subscribe('asked', () => {}, { from: 'start' });
    const answered = client.subscribe('answered', () => {});
    const left = kept.unsubscribe();
    const { socket, rest, hello } = await resume(parts, {
      topics: new Map([
        ['kept', { at: [1, 1] }],
        ['answered', { at: [1, 8] }],
      ]),
    });
    expect(hello).toMatchObject({ positions: new Map() });
    expect(rest).toEqual([
      { t: 'sub', topic: 'asked', id: 2, from: 'start' },
      { t: 'unsub', topic: 'kept', id: 4 },
    ]);
    await expect(answered.ready).resolves.toEqual({ at: [1, 8] });
    socket.say({ t: 'ok', id: 2, at: [1, 0] });
    socket.say({ t: 'ok', id: 4 });
    await expect(asked.ready).resolves.toEqual({ at: [1, 0] });
    await left;
  });

  it('keeps positions when the session is lost, and asks again for what the welcome does not list', async () => {
    const parts = await online();
    parts.client.subscribe('a', () => {});
    parts.client.subscribe('b', () => {});
    parts.socket.say({ t: 'ok', id: 1, at: [1, 4] });
    parts.socket.say({ t: 'ok', id: 2, at: [1, 6] });
    const { hello, rest } = await resume(parts, {
      resumed: false,
      session: 's2',
      why: 'expired',
      topics: new Map([['a', { at: [1, 4] }]]),
    });
    expect(hello).toMatchObject({
      positions: new Map([
        ['a', [1, 4]],
        ['b', [1, 6]],
      ]),
    });
    expect(rest).toEqual([{ t: 'sub', topic: 'b', id: 3, from: [1, 6] }]);
    expect(parts.of('session').at(-1)).toEqual({ id: 's2', resumed: false, why: 'expired' });
  });

  it('tells of topics that the server denies, joins and leaves', async () => {
    const { client, socket, of } = await online();
    const { ready } = client.subscribe('secret', () => {});
    socket.say({ t: 'err', id: 1, code: 'ERR_DENIED', message: 'not you' });
    await expect(ready).resolves.toEqual({ denied: 'not you' });
    const got: unknown[] = [];
    socket.say({ t: 'sub', topic: 'joined', at: [1, 2] });
    client.subscribe('joined', (value) => void got.push(value));
    socket.data('joined', 3);
    expect(got).toEqual(['3']);
    socket.say({ t: 'unsub', topic: 'joined', why: 'banned' });
    expect(of('left')).toEqual([{ topic: 'joined', why: 'banned' }]);
    socket.data('joined', 4);
    expect(got).toEqual(['3']);
  });

  it('reports what a schema refuses and what a listener throws, and settles both', async () => {
    const parts = await online();
    const { client, socket, clock } = parts;
    const numbers: Topic<number> = topic('numbers', {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: async (value) => (typeof value === 'number' ? { value } : { issues: [{ message: 'no number' }] }),
      },
    });
    const got: number[] = [];
    client.subscribe(numbers, (value) => {
      got.push(value);
      if (value === 3) throw new Error('three');
      if (value === 4) return Promise.reject(new Error('four'));
    });
    socket.say({ t: 'ok', id: 1, at: [1, 0] });
    for (const [index, payload] of ['1', '"x"', '3', '4', '{', '6'].entries())
      socket.data('numbers', index + 1, payload);
    await turn();
    clock.advance(250);
    expect(got).toEqual([1, 3, 4, 6]);
    expect(errorCodes(parts).sort()).toEqual(['ERR_LISTENER', 'ERR_LISTENER', 'ERR_PAYLOAD', 'ERR_PAYLOAD']);
    expect(socket.sent().at(-1)).toEqual({ t: 'ack', p: new Map([['numbers', [1, 6]]]) });
  });

  it('stops taking what its listeners leave unsettled, says so, and gets it again later', async () => {
    const parts = await online();
    const { client, socket } = parts;
    const release: (() => void)[] = [];
    client.subscribe('chat', () => new Promise<void>((resolve) => release.push(resolve)));
    socket.say({ t: 'ok', id: 1, at: [1, 0] });
    for (let offset = 1; offset <= MAX_UNSETTLED + 1; offset++) socket.data('chat', offset);
    expect(release).toHaveLength(MAX_UNSETTLED);
    expect(errorCodes(parts)).toEqual(['ERR_LISTENER_LAG']);
    expect(client.state.name).toBe('waiting');
    for (const settle of release) settle();
    await turn();
    const again = await resume(parts, { topics: new Map([['chat', { at: [1, MAX_UNSETTLED] }]]) });
    expect(again.hello).toMatchObject({ positions: new Map([['chat', [1, MAX_UNSETTLED]]]) });
    again.socket.data('chat', MAX_UNSETTLED + 1);
    expect(release).toHaveLength(MAX_UNSETTLED + 1);
  });

  it('resumes after a message that cannot be read', async () => {
    const parts = await online();
    parts.socket.deliver('{"t":"what"}');
    expect(errorCodes(parts)).toEqual(['ERR_FRAME']);
    expect(parts.socket.closedWith?.code).toBe(4004);
    expect(parts.client.state.name).toBe('waiting');
  });
});
