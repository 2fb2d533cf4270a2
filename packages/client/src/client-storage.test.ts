import { describe, expect, it } from 'vitest';
import type { SavedSession } from './session-storage.ts';
import { turn } from './testing/fake-server.ts';
import { errorCodes, online, setUp } from './testing/set-up.ts';

describe('a stored session', () => {
  const saved: SavedSession = {
    session: 'old',
    token: 'secret',
    positions: [['chat', [1, 5]]],
    nextSeq: 4,
    takeover: true,
  };

  it('goes on from what was settled, with its numbers, and takes over', async () => {
    const saves: SavedSession[] = [];
    const storage = { load: async () => saved, save: (next: SavedSession) => void saves.push(next), clear: () => {} };
    const { client, server, clock } = setUp({}, { storage });
    client.subscribe('chat', () => {}, { from: 'now' });
    await turn();
    const hello = server.socket.welcome({
      session: 'old',
      resumed: true,
      handled: 3,
      topics: new Map([['chat', { at: [1, 5] }]]),
    });
    expect(hello).toMatchObject({
      session: 'old',
      token: 'secret',
      takeover: true,
      positions: new Map([['chat', [1, 5]]]),
    });
    void client.send('next').catch(() => {});
    expect(server.socket.sent()).toMatchObject([{ t: 'ready' }, { seq: 4 }]);
    server.socket.data('chat', 6);
    clock.advance(250);
    expect(saves.at(-1)).toEqual({ session: 'old', token: 'secret', positions: [['chat', [1, 6]]], nextSeq: 5 });
  });

  it('is left when a message of the earlier page is still open, for a new one could be taken for it', async () => {
    const storage = { load: () => saved, save: () => {}, clear: () => {} };
    const parts = setUp({}, { storage });
    await turn();
    parts.server.socket.welcome({ session: 'old', resumed: true, handled: 2 });
    expect(errorCodes(parts)).toEqual(['ERR_OUTCOME_UNKNOWN']);
    parts.clock.advance(500);
    await turn();
    const hello = parts.server.socket.welcome({ session: 'new' });
    expect(hello).not.toHaveProperty('session');
    expect(parts.client.session).toBe('new');
  });

  it('reports a storage that fails and goes on without it', async () => {
    const storage = {
      load: () => Promise.reject(new Error('no storage')),
      save: () => Promise.reject(new Error('quota')),
      clear: () => {},
    };
    const parts = await online({}, { storage });
    await turn();
    expect(errorCodes(parts)).toContain('ERR_BACKGROUND');
    expect(parts.client.state.name).toBe('online');
  });
});
