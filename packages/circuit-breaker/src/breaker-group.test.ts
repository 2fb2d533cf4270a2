import { ManualClock } from '@ws-stability/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { BreakerGroup, type BreakerGroupSettings } from './breaker-group.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';

let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock();
});

function make(settings: BreakerGroupSettings = {}): BreakerGroup {
  return new BreakerGroup({ consecutiveFailures: 2, openMs: 1_000, trialSuccesses: 1, ...settings }, { clock });
}

function fail(breaker: CircuitBreaker, times = 2): void {
  for (let call = 0; call < times; call++) {
    const permit = breaker.tryAcquire();
    if (permit.acquired) permit.failure();
  }
}

function succeed(breaker: CircuitBreaker): void {
  const permit = breaker.tryAcquire();
  if (permit.acquired) permit.success();
}

describe('a group', () => {
  it('has one breaker for each key, and one dead peer closes no door for another', () => {
    const group = make();
    expect(group.get('a')).toBe(group.get('a'));
    expect(group.get('a').name).toBe('a');
    fail(group.get('a'));
    expect(group.get('a').state).toBe('open');
    expect(group.get('b').tryAcquire().acquired).toBe(true);
    expect([group.size, group.open]).toEqual([2, 1]);
    expect(group.peek('c')).toBe(undefined);
  });

  it('tells its members’ changes with their keys', () => {
    const group = make();
    const changes: string[] = [];
    group.on('transition', ({ key, from, to, reason }) => changes.push(`${key} ${from} ${to} ${reason}`));
    fail(group.get('a'));
    clock.advance(1_000);
    succeed(group.get('a'));
    expect(changes).toEqual([
      'a closed open consecutiveFailures',
      'a open halfOpen openTimeOver',
      'a halfOpen closed trialsSucceeded',
    ]);
    expect(group.snapshot()).toEqual({ members: 1, open: 0, opened: 1, tripsSuppressed: 0, evicted: 0 });
  });

  it('checks its settings', () => {
    expect(() => make({ maxOpenShare: 1.5, maxMembers: 0, openMs: 0 })).toThrow(/maxOpenShare.*|openMs/);
  });
});

describe('the share that may be open', () => {
  it('is never exceeded, though one always may be; what is suppressed is told and counts anew', () => {
    const group = make({ maxOpenShare: 0.2 });
    const suppressed: string[] = [];
    group.on('tripSuppressed', (key) => suppressed.push(key));
    for (let peer = 0; peer < 10; peer++) group.get(`${peer}`);
    for (let peer = 0; peer < 10; peer++) fail(group.get(`${peer}`));
    expect([group.open, suppressed.length]).toEqual([2, 8]);
    const third = group.get('2');
    fail(third, 1);
    expect([third.state, suppressed.length]).toEqual(['closed', 8]);
    fail(third, 1);
    expect(suppressed.length).toBe(9);
    clock.advance(1_000);
    succeed(group.get('0'));
    fail(third);
    expect([group.open, third.state]).toEqual([2, 'open']);
    const alone = make({ maxOpenShare: 0 });
    fail(alone.get('a'));
    expect(alone.open).toBe(1);
  });

  it('does not hold for a breaker that has left', () => {
    const group = make({ maxOpenShare: 0 });
    const left = group.get('a');
    expect(group.delete('a')).toBe(true);
    expect(group.delete('a')).toBe(false);
    fail(group.get('a'));
    fail(left);
    expect([left.state, group.open, group.snapshot().tripsSuppressed]).toEqual(['open', 1, 0]);
    group.delete('a');
    expect(group.open).toBe(0);
  });
});

describe('the bound', () => {
  it('lets the longest unused closed one go', () => {
    const group = make({ maxMembers: 3 });
    fail(group.get('open'));
    group.get('held').tryAcquire();
    const held = group.get('held');
    group.get('unused');
    // Used without asking the group for it.
    succeed(held);
    group.get('new');
    expect(group.peek('unused')).toBe(undefined);
    expect(['open', 'held', 'new'].every((key) => group.peek(key) !== undefined)).toBe(true);
    expect(group.snapshot()).toMatchObject({ members: 3, open: 1, evicted: 1 });
  });

  it('counts getting one as a use', () => {
    const group = make({ maxMembers: 2 });
    group.get('a');
    group.get('b');
    group.get('a');
    group.get('c');
    expect([group.peek('a') !== undefined, group.peek('b')]).toEqual([true, undefined]);
  });

  it('holds though all are open, and though all are in use', () => {
    const group = make({ maxMembers: 100 });
    for (let peer = 0; peer < 300; peer++) fail(group.get(`open ${peer}`));
    expect([group.size, group.open]).toEqual([100, 100]);
    for (let peer = 0; peer < 300; peer++) {
      succeed(group.get(`used ${peer}`));
      for (let other = Math.max(0, peer - 50); other < peer; other++) group.get(`used ${other}`);
    }
    expect(group.size).toBe(100);
  });

  it('costs little while there is room, however many are in use', () => {
    let reads = 0;
    const now = (): number => {
      reads++;
      return 0;
    };
    const group = new BreakerGroup({}, { clock: { now, wall: () => 0 } });
    for (let key = 0; key < 1_000; key++) fail(group.get(`${key}`), 1);
    reads = 0;
    for (let key = 1_000; key < 1_100; key++) group.get(`${key}`);
    expect(reads).toBeLessThan(500);
  });

  it('lets idle ones go as others come, though there is room', () => {
    const group = make({ idleMs: 1_000 });
    for (const key of ['a', 'b', 'c']) group.get(key);
    fail(group.get('b'));
    clock.advance(999);
    group.get('d');
    expect(group.size).toBe(4);
    clock.advance(1_000);
    group.get('e');
    expect([group.peek('a'), group.peek('b')?.state, group.peek('c')]).toEqual([undefined, 'open', undefined]);
  });
});
