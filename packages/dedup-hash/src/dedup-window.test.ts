import { ManualClock, seededRandom } from '@ws-stability/core/testing';
import { describe, expect, it, vi } from 'vitest';
import type { DedupOptions } from './dedup-options.ts';
import type { Claim, ClaimOutcome } from './dedup-outcome.ts';
import { type DedupDependencies, DedupWindow } from './dedup-window.ts';
import { ENTRY_OVERHEAD_BYTES, type Eviction, Ledger } from './ledger.ts';

function open(options: DedupOptions = {}, dependencies: DedupDependencies<unknown> = {}) {
  const clock = new ManualClock();
  const window = new DedupWindow<unknown>(options, { clock, random: seededRandom(1), ...dependencies });
  const ask = (id: string, scope = 'ann') => window.claim(scope, id);
  return { clock, window, ask };
}

function held<Result>(outcome: ClaimOutcome<Result>): Claim<Result> {
  if (outcome.outcome !== 'new') throw new Error(`The claim is ${outcome.outcome}, not new.`);
  return outcome;
}

describe('a claim', () => {
  it('is new once; meanwhile it is in progress, and a duplicate after the commit', () => {
    const { ask, window } = open();
    const first = held(ask('1'));
    expect(ask('1')).toEqual({ outcome: 'inProgress' });
    expect(first.commit()).toBe(true);
    expect(ask('1')).toEqual({ outcome: 'duplicate', result: undefined });
    expect(window.snapshot()).toMatchObject({ live: 1, inProgress: 0, claimed: 1, committed: 1, hits: 1, busy: 1 });
  });

  it('of a failed act leaves the id free at once', () => {
    const { ask, window } = open();
    expect(held(ask('1')).abort()).toBe(true);
    expect(window.peek('ann', '1')).toBe(undefined);
    held(ask('1'));
    expect(window.snapshot()).toMatchObject({ live: 1, aborted: 1, claimed: 2 });
  });

  it('is settled once: what comes after the first answer has no effect and is not counted', () => {
    const { ask, window } = open();
    const one = held(ask('1'));
    expect([one.commit('first'), one.commit('second'), one.abort()]).toEqual([true, false, false]);
    expect(ask('1')).toEqual({ outcome: 'duplicate', result: 'first' });
    const two = held(ask('2'));
    expect([two.abort(), two.commit()]).toEqual([true, false]);
    expect(window.snapshot()).toMatchObject({ lateCommits: 0, committed: 1, aborted: 1 });
  });

  it('that nobody settles is freed after claimTtlMs, and its late commit changes nothing', () => {
    const { ask, clock, window } = open({ claimTtlMs: 1000 });
    const lost = held(ask('1'));
    clock.advance(999);
    expect(ask('1').outcome).toBe('inProgress');
    clock.advance(1);
    const second = held(ask('1'));
    expect(lost.commit('late')).toBe(false);
    expect(ask('1').outcome).toBe('inProgress');
    second.commit('right');
    expect(ask('1')).toEqual({ outcome: 'duplicate', result: 'right' });
    expect(window.snapshot()).toMatchObject({ lapsed: 1, lateCommits: 1 });
  });

  it('is late at its expiry also when nobody looked at it since', () => {
    const { ask, clock, window } = open({ claimTtlMs: 1000 });
    const [one, two] = [held(ask('1')), held(ask('2'))];
    clock.advance(1000);
    expect([one.commit(), two.abort()]).toEqual([false, false]);
    window.sweep();
    expect(window.snapshot()).toMatchObject({ live: 0, lapsed: 2, lateCommits: 1, aborted: 0 });
  });

  it('late, of a slot that another id has by now, touches neither', () => {
    const { ask, clock, window } = open({ claimTtlMs: 10 });
    const lost = held(ask('1'));
    clock.advance(10);
    window.sweep();
    const other = held(ask('2'));
    expect([lost.commit('wrong'), other.commit('right')]).toEqual([false, true]);
    expect(window.peek('ann', '1')).toBe(undefined);
    expect(window.peek('ann', '2')).toEqual({ outcome: 'duplicate', result: 'right' });
  });
});

describe('time', () => {
  it('is counted from the commit, and not from a duplicate', () => {
    const { ask, clock } = open({ ttlMs: 100, claimTtlMs: 1000 });
    const claim = held(ask('1'));
    clock.advance(90);
    claim.commit();
    clock.advance(99);
    expect(ask('1').outcome).toBe('duplicate');
    clock.advance(1);
    expect(ask('1').outcome).toBe('new');
  });

  it('may be given with each claim', () => {
    const { window, clock } = open({ ttlMs: 100 });
    held(window.claim('a', 'long', { ttlMs: 1000 })).commit();
    held(window.claim('a', 'short', { ttlMs: 10 })).commit();
    held(window.claim('a', 'none', { ttlMs: 0 })).commit();
    held(window.claim('a', 'ever', { ttlMs: Number.POSITIVE_INFINITY })).commit();
    clock.advance(10);
    const free = ['long', 'short', 'none', 'ever'].filter((id) => window.peek('a', id) === undefined);
    expect(free).toEqual(['short', 'none']);
    clock.advance(1e9);
    expect(window.peek('a', 'ever')?.outcome).toBe('duplicate');
    for (const ttlMs of [-1, Number.NaN])
      expect(() => window.claim('a', 'x', { ttlMs })).toThrow(expect.objectContaining({ code: 'ERR_DEDUP_TTL' }));
  });

  it('never goes back, whatever the clock does', () => {
    let now = 1000;
    const clock = { now: () => now, wall: () => 0, setTimer: () => ({ cancel: () => undefined }) };
    const { ask } = open({ ttlMs: 100 }, { clock });
    held(ask('1')).commit();
    now = 0;
    held(ask('2')).commit();
    now = 1099;
    expect([ask('1').outcome, ask('2').outcome]).toEqual(['duplicate', 'duplicate']);
    now = 1100;
    expect([ask('1').outcome, ask('2').outcome]).toEqual(['new', 'new']);
  });

  it('needs no sweep, no timer, and no call that frees a crowd at once', () => {
    const { ask, clock, window } = open({ ttlMs: 100 });
    for (let index = 0; index < 100; index++) held(ask(`${index}`)).commit();
    expect(clock.pendingTimers).toBe(0);
    clock.advance(100);
    expect(window.peek('ann', '50')).toBe(undefined);
    held(ask('new')).commit();
    expect(window.snapshot()).toMatchObject({ live: 96, expired: 5 });
    expect(window.sweep(10)).toBe(10);
    expect(window.sweep()).toBe(85);
    expect(window.snapshot()).toMatchObject({ live: 1, expired: 100, evictedLive: 0 });
  });

  it('keeps up with steady claims by itself', () => {
    const { ask, clock, window } = open({ ttlMs: 100 });
    for (let index = 0; index < 10_000; index++) {
      held(ask(`${index}`)).commit();
      clock.advance(1);
    }
    expect(window.snapshot().live).toBeLessThanOrEqual(101);
  });
});

describe('scopes', () => {
  it('never see each other, however scope and id are cut', () => {
    const { ask, window } = open();
    const pairs = [
      ['ann', '1'],
      ['bob', '1'],
      ['', 'ann1'],
      ['ann1', ''],
      ['a', 'nn1'],
      ['an', 'n1'],
      ['1', 'ann'],
    ] as const;
    for (const [scope, id] of pairs) held(ask(id, scope)).commit();
    expect(window.snapshot().live).toBe(pairs.length);
    for (const [scope, id] of pairs) expect(ask(id, scope).outcome).toBe('duplicate');
  });

  it('do not see each other through one fingerprint for all', () => {
    const { ask } = open({}, { fingerprint: () => 0 });
    held(ask('1', 'ann')).commit('for ann');
    expect(ask('1', 'bob').outcome).toBe('new');
    expect(ask('1', 'ann')).toEqual({ outcome: 'duplicate', result: 'for ann' });
  });
});

describe('a collision', () => {
  it('drops nobody’s message: the ids are compared in full, and it is counted', () => {
    const { ask, window } = open({}, { fingerprint: () => 42 });
    for (let index = 0; index < 200; index++) held(ask(`id-${index}`)).commit(index);
    for (let index = 0; index < 200; index++)
      expect(ask(`id-${index}`)).toEqual({ outcome: 'duplicate', result: index });
    expect(window.snapshot().live).toBe(200);
    expect(window.snapshot().collisions).toBeGreaterThan(200);
  });

  it('is not met with an id that is gone', () => {
    const { ask, clock, window } = open({ ttlMs: 10 }, { fingerprint: () => 42 });
    for (let index = 0; index < 300; index++) {
      const claim = held(ask(`${index}`));
      if (index % 2 === 0) claim.abort();
      else claim.commit();
      clock.advance(10);
    }
    expect(window.snapshot().collisions).toBe(0);
  });

  it('of ids that come and go leaves the others where they are found', () => {
    const { ask, clock, window } = open({ ttlMs: 100 }, { fingerprint: (_, id) => Number(id) % 3 });
    for (let index = 0; index < 400; index++) {
      const claim = held(ask(`${index}`));
      if (index % 5 === 0) claim.abort();
      else claim.commit();
      clock.advance(1);
      const known = Array.from({ length: 400 }, (_, id) => `${id}`).filter(
        (id) => window.peek('ann', id) !== undefined,
      );
      const expected = known.filter((id) => Number(id) % 5 !== 0 && Number(id) > index - 99 && Number(id) <= index);
      expect(known).toEqual(expected);
    }
  });
});

describe('results', () => {
  it('of the first are given again', () => {
    const { ask } = open();
    const result = { position: [7, 1] };
    held(ask('1')).commit(result);
    held(ask('2')).commit();
    held(ask('3')).commit(null);
    const again = [ask('1'), ask('2'), ask('3')];
    expect(again).toEqual([result, undefined, null].map((kept) => ({ outcome: 'duplicate', result: kept })));
    expect(again[0]).toHaveProperty('result', result);
  });

  it('count for their bytes', () => {
    const { ask, window } = open();
    const base = ENTRY_OVERHEAD_BYTES + 2 * 4;
    const growth = (id: string, result: unknown): number => {
      const before = window.snapshot().bytes;
      held(ask(id)).commit(result);
      return window.snapshot().bytes - before - base;
    };
    expect(growth('1', 'text')).toBe(8);
    expect(growth('2', new Uint8Array(100))).toBe(132);
    expect(growth('3', 5)).toBe(8);
    expect(growth('4', [1, 2])).toBe(32 + 2 * 16);
    const cycle: Record<string, unknown> = { text: 'ab' };
    cycle.self = cycle;
    expect(growth('5', cycle)).toBe(32 + (8 + 8 + 4) + (8 + 8 + 8));
    expect(growth('6', undefined)).toBe(0);
    expect(growth('7', new Map([['key', 'text']]))).toBe(32 + (8 + 6) + (8 + 8));
    expect(growth('8', new Set(['text']))).toBe(32 + 8 + 8);
    expect(growth('9', 2n ** 4000n)).toBe(1001);
    expect(growth('10', new SharedArrayBuffer(100))).toBe(132 + 2);
  });

  it('count in whole bytes, whatever their size is said to be', () => {
    const { ask, window } = open({}, { sizeOf: () => 0.5 });
    held(ask('1')).commit('x');
    held(ask('2'));
    expect(window.snapshot().bytes).toBe(2 * (ENTRY_OVERHEAD_BYTES + 8) + 1);
  });

  it('may be as deep as they like', () => {
    const { ask } = open();
    let deep: unknown = 'bottom';
    for (let level = 0; level < 50_000; level++) deep = [deep];
    expect(held(ask('1')).commit(deep)).toBe(true);
  });

  it('whose size is asked of code that uses the window find it in order', () => {
    const sizeOf = () => {
      window.clear();
      return 1;
    };
    const { ask, clock, window } = open({ ttlMs: 100 }, { sizeOf });
    expect(held(ask('1')).commit('x')).toBe(false);
    held(ask('2')).abort();
    expect(window.snapshot()).toMatchObject({ live: 0, inProgress: 0, committed: 0, lateCommits: 1 });
    held(ask('3')).commit();
    clock.advance(100);
    expect(window.sweep()).toBe(1);
  });

  it('too large are not kept, but their ids are; so with a size that is no number', () => {
    const { ask, window } = open({ maxResultBytes: 10 });
    held(ask('1')).commit('12345');
    held(ask('2')).commit('123456');
    expect([ask('1'), ask('2')]).toEqual([
      { outcome: 'duplicate', result: '12345' },
      { outcome: 'duplicate', result: undefined },
    ]);
    expect(window.snapshot().resultsDropped).toBe(1);
    const odd = open({}, { sizeOf: () => Number.NaN });
    held(odd.ask('1')).commit('x');
    expect(odd.window.snapshot()).toMatchObject({ live: 1, resultsDropped: 1, bytes: ENTRY_OVERHEAD_BYTES + 8 });
  });

  it('that would not fit beside their own id are not kept either, and drive nothing out', () => {
    const { ask, window } = open({ maxBytes: 1024, maxResultBytes: 2000 });
    held(ask('1')).commit('small');
    held(ask('2')).commit('r'.repeat((1024 - ENTRY_OVERHEAD_BYTES - 8) / 2 + 1));
    expect([ask('1'), ask('2')]).toEqual([
      { outcome: 'duplicate', result: 'small' },
      { outcome: 'duplicate', result: undefined },
    ]);
    expect(window.snapshot()).toMatchObject({ resultsDropped: 1, evictedLive: 0 });
  });

  it('whose size cannot be told leave their id committed, and the caller hears of it', () => {
    const sizeOf = () => {
      throw new Error('no size');
    };
    const { ask, clock, window } = open({ ttlMs: 100 }, { sizeOf });
    expect(() => held(ask('1')).commit('x')).toThrow('no size');
    expect(ask('1')).toEqual({ outcome: 'duplicate', result: undefined });
    clock.advance(100);
    expect(window.sweep()).toBe(1);
  });
});

describe('bounds', () => {
  it('of count: the id that would expire first is given up, counted and told', () => {
    const { ask, window, clock } = open({ maxEntries: 3, ttlMs: 100 });
    const told: Eviction[] = [];
    const stop = window.on('evictedLive', (eviction) => told.push(eviction));
    for (const id of ['1', '2', '3']) held(ask(id)).commit();
    clock.advance(40);
    held(window.claim('ann', '4', { ttlMs: 10 })).commit();
    held(ask('5')).commit();
    stop();
    held(ask('6')).commit();
    expect(told).toEqual([
      { scope: 'ann', id: '1', remainingMs: 60, inProgress: false },
      { scope: 'ann', id: '4', remainingMs: 10, inProgress: false },
    ]);
    expect(window.snapshot()).toMatchObject({ live: 3, evictedLive: 3, evictedClaims: 0, expired: 0 });
    expect(ask('1').outcome).toBe('new');
  });

  it('give up what has expired first, which is no eviction', () => {
    const { ask, window, clock } = open({ maxEntries: 2, ttlMs: 100 });
    held(ask('1')).commit();
    held(window.claim('ann', '2', { ttlMs: 1000 })).commit();
    clock.advance(100);
    held(ask('3')).commit();
    expect(window.snapshot()).toMatchObject({ live: 2, evictedLive: 0, expired: 1 });
    expect(ask('2').outcome).toBe('duplicate');
  });

  it('give up a claim only when all are claims; its late commit changes nothing', () => {
    const { ask, window } = open({ maxEntries: 2 });
    const [one, two] = [held(ask('1')), held(ask('2'))];
    held(ask('3'));
    expect([one.commit(), two.commit()]).toEqual([false, true]);
    held(ask('4'));
    expect(window.peek('ann', '2')).toBe(undefined);
    expect(window.peek('ann', '3')?.outcome).toBe('inProgress');
    expect(window.snapshot()).toMatchObject({ evictedLive: 2, evictedClaims: 1, lateCommits: 1, inProgress: 2 });
  });

  it('of bytes: ids and results stay within them, whatever is committed', () => {
    const { ask, window } = open({ maxBytes: 2000, maxResultBytes: 1500 });
    for (let index = 0; index < 100; index++) {
      held(ask(`${index}`.repeat(1 + (index % 30)))).commit('r'.repeat((index * 37) % 800));
      expect(window.snapshot().bytes).toBeLessThanOrEqual(2000);
    }
    const bytes = ENTRY_OVERHEAD_BYTES + 2 * 8 + 2 * 700;
    held(ask('large')).commit('r'.repeat(700));
    expect(ask('large')).toHaveProperty('result', 'r'.repeat(700));
    expect(window.snapshot().bytes).toBeGreaterThanOrEqual(bytes);
  });

  it('of a claim whose result needs the room of all others never give up that claim itself', () => {
    const { window } = open({ maxBytes: 1024, maxResultBytes: 1024, ttlMs: 100 });
    for (const id of ['1', '2', '3']) held(window.claim('a', id)).commit();
    // It would expire first.
    const result = 'r'.repeat((1024 - ENTRY_OVERHEAD_BYTES - 4) / 2);
    expect(held(window.claim('a', '4', { ttlMs: 1 })).commit(result)).toBe(true);
    expect(window.peek('a', '4')).toEqual({ outcome: 'duplicate', result });
    expect(window.snapshot()).toMatchObject({ live: 1, bytes: 1024, evictedLive: 3 });
  });

  it('of bytes let go of what has expired before anything live', () => {
    const { ask, clock, window } = open({ maxBytes: 4096, ttlMs: 100 });
    for (let index = 0; index < 10; index++) held(ask(`${index}`)).commit();
    held(window.claim('ann', 'live', { ttlMs: 1000 })).commit();
    const claim = held(ask('large'));
    clock.advance(100);
    claim.commit('r'.repeat((4096 - 2 * ENTRY_OVERHEAD_BYTES) / 2 - 15));
    expect(window.snapshot()).toMatchObject({ live: 2, bytes: 4096, expired: 10, evictedLive: 0 });
  });

  it('of bytes can give up a claim, which then can neither commit nor abort', () => {
    const { ask, window } = open({ maxBytes: 1024, maxResultBytes: 1024 });
    const [one, two, three] = [held(ask('1')), held(ask('2')), held(ask('3'))];
    three.commit('r'.repeat((1024 - ENTRY_OVERHEAD_BYTES - 8) / 2));
    expect(window.snapshot()).toMatchObject({ live: 1, inProgress: 0, bytes: 1024, evictedClaims: 2 });
    expect([one.commit(), two.abort()]).toEqual([false, false]);
    expect(window.snapshot()).toMatchObject({ live: 1, inProgress: 0, committed: 1, aborted: 0, lateCommits: 1 });
  });

  it('let a listener use the window: it is told when the call is over', () => {
    const { ask, window } = open({ maxEntries: 3 });
    const told: string[] = [];
    window.on('evictedLive', ({ id }) => {
      told.push(`${id} ${window.peek('ann', id)?.outcome} ${window.peek('ann', '4')?.outcome}`);
      held(ask('lost', 'listener')).commit();
    });
    for (const id of ['1', '2', '3', '4']) held(ask(id)).commit();
    expect(told).toEqual(['1 undefined inProgress']);
    expect(window.snapshot()).toMatchObject({ live: 3, inProgress: 0, evictedLive: 2 });
    expect(ask('lost', 'listener').outcome).toBe('duplicate');
  });

  it('let a listener claim what was given up: what gives way to that is counted and not told', () => {
    const { ask, window } = open({ maxEntries: 3 });
    const told: string[] = [];
    window.on('evictedLive', ({ id }) => {
      told.push(id);
      held(ask(id)).commit();
    });
    for (const id of ['1', '2', '3', '4', '5']) held(ask(id)).commit();
    expect(told).toEqual(['1', '3']);
    expect(window.snapshot()).toMatchObject({ live: 3, evictedLive: 4 });
  });

  it('refuse ids that are too long, or alone too large', () => {
    const { window } = open({ maxIdLength: 10 });
    held(window.claim('12345', '67890'));
    const tooLong = expect.objectContaining({ code: 'ERR_DEDUP_ID' });
    expect(() => window.claim('12345', '678901')).toThrow(tooLong);
    expect(() => window.peek('12345', '678901')).toThrow(tooLong);
    expect(() => open({ maxBytes: 1024 }).ask('x'.repeat(1000))).toThrow(tooLong);
  });
});

describe('the window', () => {
  it('names every option out of its range at once', () => {
    const wrong = { maxEntries: 0, ttlMs: 1.5, claimTtlMs: -1 };
    expect(() => open(wrong)).toThrow(/dedup\.maxEntries.*dedup\.ttlMs.*dedup\.claimTtlMs/);
    expect(() => open(wrong)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });

  it('forgets all when cleared, and goes on; claims held settle late', () => {
    const { ask, window } = open();
    held(ask('1')).commit('x');
    const before = held(ask('2'));
    window.clear();
    const after = held(ask('2'));
    expect([before.commit('wrong'), after.commit('right')]).toEqual([false, true]);
    expect(ask('2')).toHaveProperty('result', 'right');
    expect(window.snapshot()).toMatchObject({ live: 1, claimed: 3, lateCommits: 1, bytes: ENTRY_OVERHEAD_BYTES + 18 });
  });

  it('refuses claims when closed', () => {
    const { ask, window } = open();
    const claim = held(ask('1'));
    const listener = vi.fn();
    window.on('evictedLive', listener);
    window.close();
    window.close();
    expect(() => ask('1')).toThrow(expect.objectContaining({ code: 'ERR_DEDUP_CLOSED' }));
    expect(() => window.peek('ann', '1')).toThrow(expect.objectContaining({ code: 'ERR_DEDUP_CLOSED' }));
    expect([claim.commit(), window.sweep()]).toEqual([false, 0]);
    expect(window.snapshot()).toMatchObject({ live: 0, bytes: 0, lateCommits: 1 });
  });

  it('gives answers that nobody can change for others', () => {
    const { ask } = open();
    const claim = held(ask('1'));
    expect(() => Object.assign(ask('1'), { outcome: 'new' })).toThrow(TypeError);
    claim.commit();
    expect(() => Object.assign(ask('1'), { result: 'wrong' })).toThrow(TypeError);
    expect(ask('1')).toEqual({ outcome: 'duplicate', result: undefined });
  });

  it('works with the platform’s clock and randomness', () => {
    const window = new DedupWindow();
    held(window.claim('ann', '1')).commit();
    expect(window.claim('ann', '1').outcome).toBe('duplicate');
  });

  it('grows to many ids, and gives the memory back when all have expired', () => {
    const { ask, clock, window } = open({ maxEntries: 20_000, ttlMs: 100 });
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 20_000; index++) held(ask(`${round}-${index}`)).commit(index);
      expect(window.snapshot()).toMatchObject({ live: 20_000, evictedLive: 0 });
      for (let index = 0; index < 20_000; index += 7) expect(ask(`${round}-${index}`)).toHaveProperty('result', index);
      clock.advance(100);
      expect(window.sweep()).toBe(20_000);
    }
    expect(window.snapshot()).toMatchObject({ live: 0, bytes: 0, expired: 40_000, collisions: expect.any(Number) });
  });

  it('gives the memory back also when other calls freed the last ids', () => {
    const { ask, window } = open();
    const clear = vi.spyOn(Ledger.prototype, 'clear');
    held(ask('1')).abort();
    expect(window.sweep()).toBe(0);
    expect(clear).toHaveBeenCalledOnce();
    window.sweep();
    expect(clear).toHaveBeenCalledOnce();
    clear.mockRestore();
  });

  it.each([0xffff_ffff, 2 ** 40 + 5, 1.5])('finds ids again by a fingerprint that is %d', (number) => {
    const { ask, window } = open({}, { fingerprint: () => number });
    held(ask('1')).commit('first');
    held(ask('2')).abort();
    expect(ask('1')).toHaveProperty('result', 'first');
    expect(window.peek('ann', '1')).toHaveProperty('result', 'first');
  });
});
