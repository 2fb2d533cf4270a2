import { describe, expect, it } from 'vitest';
import { type WebLocks, webSessionStorage } from './session-storage.ts';

/** The locks of one origin. */
function makeLocks(): WebLocks {
  const held = new Set<string>();
  return {
    async request(name, _, hold) {
      if (held.has(name)) return hold(null);
      held.add(name);
      await hold({ name });
      held.delete(name);
    },
  };
}

function makeStorage() {
  const map = new Map<string, string>();
  return {
    map,
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
  };
}

const saved = { session: 's', token: 't', positions: [['chat', [1, 2]]], nextSeq: 3 } as const;

describe('web storage under a lock', () => {
  it('gives a later page what an earlier one saved, with the right to take over', async () => {
    const [storage, locks] = [makeStorage(), makeLocks()];
    const first = webSessionStorage('chat', storage, locks);
    expect(await first.load()).toBeUndefined();
    first.save(saved);
    expect(await webSessionStorage('chat', storage, makeLocks()).load()).toEqual({ ...saved, takeover: true });
  });

  it('gives a duplicated tab nothing, and takes nothing from it', async () => {
    const [storage, locks] = [makeStorage(), makeLocks()];
    const first = webSessionStorage('chat', storage, locks);
    await first.load();
    first.save(saved);
    const second = webSessionStorage('chat', storage, locks);
    expect(await second.load()).toBeUndefined();
    second.save({ ...saved, session: 'other' });
    second.clear();
    expect(storage.map.get('ws-stability:chat')).toBe(JSON.stringify(saved));
  });

  it('forgets the session and lets the lock go when it has ended', async () => {
    const [storage, locks] = [makeStorage(), makeLocks()];
    const first = webSessionStorage('chat', storage, locks);
    await first.load();
    first.save(saved);
    first.clear();
    expect(storage.map.size).toBe(0);
    await Promise.resolve();
    await Promise.resolve();
    const second = webSessionStorage('chat', storage, locks);
    await second.load();
    second.save(saved);
    expect(storage.map.size).toBe(1);
  });

  it('starts afresh from what it did not write', async () => {
    for (const text of ['', 'null', '[]', '{"session":1}', '{"session":"s","token":"t","positions":{},"nextSeq":1}']) {
      const storage = makeStorage();
      storage.setItem('ws-stability:chat', text);
      expect(await webSessionStorage('chat', storage, makeLocks()).load()).toBeUndefined();
    }
  });

  it('reports locks that fail', async () => {
    const locks: WebLocks = { request: () => Promise.reject(new Error('no locks here')) };
    await expect(webSessionStorage('chat', makeStorage(), locks).load()).rejects.toThrow('no locks here');
  });
});
