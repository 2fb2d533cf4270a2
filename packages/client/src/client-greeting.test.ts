import { describe, expect, it } from 'vitest';
import { plainFallback } from './fallback.ts';
import { turn } from './testing/fake-server.ts';
import { errorCodes, online, resume, setUp } from './testing/set-up.ts';

describe('greeting', () => {
  it('offers our subprotocol before the application’s, says hello, and ready as the first frame after the welcome', async () => {
    const { client, server, of } = setUp({ subprotocols: ['chat.v2'] }, { auth: () => 'bearer' });
    expect(client.state.name).toBe('connecting');
    await turn();
    expect(server.socket.protocols).toEqual(['ws-stability.v1', 'chat.v2']);
    const published = client.publish('chat', 'early');
    const hello = server.socket.welcome({ generation: 7 });
    expect(hello).toMatchObject({
      t: 'hello',
      v: 1,
      auth: 'bearer',
      instance: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(hello).not.toHaveProperty('session');
    expect(server.socket.sent()).toMatchObject([
      { t: 'ready', generation: 7 },
      { t: 'data', seq: 1, topic: 'chat', payload: 'early' },
    ]);
    expect(client.session).toBe('s1');
    expect(of('session')).toEqual([{ id: 's1', resumed: false, why: undefined }]);
    server.socket.say({ t: 'res', n: 1, ok: true, value: { position: [1, 4], duplicate: false } });
    await expect(published).resolves.toEqual({ position: [1, 4], duplicate: false });
  });

  it('asks for the session, its token and what was received when it comes back', async () => {
    const parts = await online();
    const { client, socket } = parts;
    client.subscribe('chat', () => {});
    socket.say({ t: 'ok', id: 1, at: [3, 9] });
    socket.data('chat', 10);
    const { hello } = await resume(parts, { topics: new Map([['chat', { at: [3, 10] }]]) });
    expect(hello).toMatchObject({ session: 's1', token: 'secret', positions: new Map([['chat', [3, 10]]]) });
    expect(client.snapshot().counters).toMatchObject({ reconnects: 1, resumes: 1, received: 1 });
  });

  it('says that a server is unsupported when the first message is no welcome, and stops', async () => {
    const parts = setUp();
    await turn();
    parts.server.socket.open();
    parts.server.socket.deliver('hello from something else');
    expect(parts.client.state).toEqual({ name: 'closed', code: 'ERR_UNSUPPORTED' });
    expect(errorCodes(parts)).toEqual(['ERR_UNSUPPORTED']);
  });

  it('falls back to a plain connection: send and inbox only', async () => {
    const parts = setUp({ fallback: plainFallback });
    const { client, server } = parts;
    const got: unknown[] = [];
    client.onInbox((payload, meta) => void got.push(payload, meta.volatile));
    await turn();
    server.socket.end(1006);
    await turn();
    expect(server.socket.protocols).toEqual([]);
    const sent = client.send('raw');
    const published = client.publish('chat', 'no');
    const { ready } = client.subscribe('chat', () => {});
    server.socket.open('');
    await expect(sent).resolves.toBeUndefined();
    await expect(published).rejects.toMatchObject({ code: 'ERR_PLAIN' });
    await expect(ready).resolves.toMatchObject({ denied: expect.any(String) });
    server.socket.deliver('{"any":"text"}');
    expect(server.socket.raw).toEqual(['raw']);
    expect(got).toEqual(['{"any":"text"}', true]);
  });

  it('reports a dial that fails before it begins, and tries again', async () => {
    let broken = true;
    const parts = setUp({}, { auth: () => (broken ? Promise.reject(new Error('no token')) : 'token') });
    await turn();
    expect(errorCodes(parts)).toEqual(['ERR_DIAL']);
    broken = false;
    parts.clock.advance(30_000);
    await turn();
    expect(parts.server.socket.welcome()).toMatchObject({ auth: 'token' });
  });
});
