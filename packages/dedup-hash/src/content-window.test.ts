import { ManualClock } from '@ws-stability/core/testing';
import { describe, expect, it } from 'vitest';
import { ContentWindow } from './content-window.ts';
import { createHasher } from './create-hasher.ts';
import type { DedupOptions } from './dedup-options.ts';
import type { Hasher } from './hasher.ts';

async function open(options: DedupOptions = {}, changed: Partial<Hasher> = {}) {
  const clock = new ManualClock();
  const window = new ContentWindow<string>({ ...(await createHasher()), ...changed }, options, { clock });
  const see = (scope: string, content: unknown): string => {
    const outcome = window.claim(scope, content);
    if (outcome.outcome === 'new') outcome.commit('first');
    return outcome.outcome;
  };
  return { clock, window, see };
}

describe('ContentWindow', () => {
  it('takes equal JSON values for the same message, whatever the order of their keys', async () => {
    const { see, window } = await open();
    expect(see('ann', { a: 1, b: [2] })).toBe('new');
    expect(see('ann', { b: [2], a: 1 })).toBe('duplicate');
    expect(see('ann', { a: 1, b: [2, 3] })).toBe('new');
    expect(see('bob', { a: 1, b: [2] })).toBe('new');
    expect(window.peek('ann', { b: [2], a: 1 })).toEqual({ outcome: 'duplicate', result: 'first' });
  });

  it('compares bytes, and never takes them for a value', async () => {
    const { see } = await open();
    const bytes = new TextEncoder().encode('"text"');
    expect([see('a', bytes), see('a', bytes.slice()), see('a', 'text'), see('a', 'text')]).toEqual([
      'new',
      'duplicate',
      'new',
      'duplicate',
    ]);
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    expect([see('a', every), see('a', every.slice()), see('a', every.subarray(1))]).toEqual([
      'new',
      'duplicate',
      'new',
    ]);
  });

  it('compares in full, so that contents with one fingerprint are all let through', async () => {
    const { see, window } = await open({}, { text: () => 7n });
    for (let round = 0; round < 2; round++) {
      const outcomes = Array.from({ length: 20 }, (_, index) => see('ann', { index }));
      expect(outcomes).toEqual(Array(20).fill(round === 0 ? 'new' : 'duplicate'));
    }
    expect(window.snapshot().collisions).toBeGreaterThan(0);
  });

  it('keeps equal contents of many scopes apart without collisions', async () => {
    const { see, window } = await open();
    for (let index = 0; index < 200; index++) see(`scope-${index}`, { tick: true });
    expect(window.snapshot()).toMatchObject({ live: 200, collisions: 0 });
  });

  it('is bounded, expires, tells, clears and closes as a window of ids', async () => {
    const { see, window, clock } = await open({ maxEntries: 2, ttlMs: 100, maxIdLength: 20 });
    const told: string[] = [];
    window.on('evictedLive', ({ id }) => told.push(id));
    for (const n of [1, 2, 3]) see('', { n });
    see('', Uint8Array.of(120));
    expect(told).toEqual(['{"n":1}', '{"n":2}']);
    clock.advance(100);
    expect(window.sweep()).toBe(2);
    expect(see('', { n: 3 })).toBe('new');
    window.clear();
    expect(window.snapshot().live).toBe(0);
    expect(() => see('', 'x'.repeat(20))).toThrow(expect.objectContaining({ code: 'ERR_DEDUP_ID' }));
    expect(() => see('', new Map())).toThrow(expect.objectContaining({ code: 'ERR_CANONICAL_JSON' }));
    window.close();
    expect(() => see('', 1)).toThrow(expect.objectContaining({ code: 'ERR_DEDUP_CLOSED' }));
  });

  it('takes contents of 64 Ki characters unless told otherwise', async () => {
    const { see } = await open();
    expect(see('', new Uint8Array(65_535))).toBe('new');
    expect(see('', new Uint8Array(65_535))).toBe('duplicate');
    expect(() => see('', new Uint8Array(65_536))).toThrow(expect.objectContaining({ code: 'ERR_DEDUP_ID' }));
  });
});
