// What the conformance suite cannot know of the session records in memory.
import { ManualClock } from '@ws-stability/core/testing';
import { describe, expect, test } from 'vitest';
import { MemorySessionStore } from './memory-session-store.ts';
import type { SessionRecord } from './session-store.ts';

function open(options = {}) {
  const clock = new ManualClock();
  const store = new MemorySessionStore(options, { clock });
  const record = (id: string, ttlMs = 1000, rest: Partial<SessionRecord> = {}): SessionRecord => ({
    version: 1,
    id,
    tokenHash: '',
    generation: 1,
    instance: 'tab',
    principal: undefined,
    attached: true,
    cursors: new Map(),
    handled: 0,
    results: [],
    expiresAt: clock.wall() + ttlMs,
    data: undefined,
    ...rest,
  });
  return { clock, store, record };
}

describe('MemorySessionStore', () => {
  test('remembers a bounded number of expired ids', () => {
    const { clock, store, record } = open({ maxExpiredIds: 2 });
    for (const id of ['a', 'b', 'c']) {
      store.create(record(id));
      clock.advance(1000);
      store.sweep();
    }
    expect(['a', 'b', 'c'].map((id) => store.load(id).status)).toEqual(['unknown', 'expired', 'expired']);
    expect(store.snapshot()).toMatchObject({ sessions: 0, expired: 3, expiredIds: 2 });
  });

  test('a sweep finds a session whose expiry was moved back', () => {
    const { clock, store, record } = open();
    store.create(record('a', 60_000));
    store.save('a', 1, { expiresAt: clock.wall() + 1000 });
    clock.advance(1000);
    store.sweep();
    expect(store.snapshot()).toMatchObject({ sessions: 0, expired: 1 });
  });

  test('counts what it refuses', () => {
    const { store, record } = open({ maxSessions: 1 });
    store.create(record('a'));
    expect(store.create(record('b'))).toBe('full');
    expect(store.snapshot().refused).toBe(1);
  });

  test('goes on when thousands of sessions have ended early', () => {
    const { clock, store, record } = open({ maxSessions: 10 });
    for (let round = 0; round < 5000; round++) {
      expect(store.create(record(`s${round}`, 60_000))).toBe('created');
      store.remove(`s${round}`, 1);
    }
    store.create(record('last', 60_000));
    clock.advance(60_000);
    store.sweep();
    expect(store.load('last').status).toBe('expired');
    expect(store.load('s4999').status).toBe('unknown');
    expect(store.snapshot()).toMatchObject({ sessions: 0, expired: 1 });
  });

  test('data that is not plain is refused and changes nothing', () => {
    const { store, record } = open();
    expect(() => store.create(record('a', 1000, { data: { call: () => 1 } }))).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_DATA' }),
    );
    expect(store.load('a').status).toBe('unknown');
  });

  test('a closed store throws', () => {
    const { store, record } = open();
    store.close();
    expect(() => store.create(record('a'))).toThrow(expect.objectContaining({ code: 'ERR_STORE_CLOSED' }));
  });
});
