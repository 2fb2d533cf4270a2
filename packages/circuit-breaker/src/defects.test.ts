// What was found wrong with opossum 10.0.0 and cockatiel 4.0.0 in November 2026, each shown to be absent here.
// The same scenarios are run against all three by benchmarks/src/breaker-defects.
import { ManualClock } from '@ws-stability/core/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CircuitBreaker, type CircuitBreakerSettings } from './circuit-breaker.ts';
import type { Permit } from './permit.ts';

let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock();
});
afterEach(() => void vi.useRealTimers());

function make(settings: CircuitBreakerSettings): CircuitBreaker {
  return new CircuitBreaker({ openMs: 1_000, ...settings }, { clock });
}

function acquire(breaker: CircuitBreaker): Permit {
  const answer = breaker.tryAcquire();
  if (!answer.acquired) throw new Error(`refused: ${answer.reason}`);
  return answer;
}

function open(breaker: CircuitBreaker): void {
  while (breaker.state === 'closed') acquire(breaker).failure();
}

function halfOpen(breaker: CircuitBreaker): Permit {
  open(breaker);
  clock.advance(1_000);
  return acquire(breaker);
}

describe('none of opossum’s', () => {
  it('1: a late success of the closed era does not close a half-open circuit', () => {
    const breaker = make({ trialSuccesses: 1 });
    const late = acquire(breaker);
    halfOpen(breaker);
    late.success();
    expect(breaker.state).toBe('halfOpen');
    expect(breaker.snapshot().lateResults).toBe(1);
  });

  it('2: the saved age is that of the open state, not of the breaker', () => {
    const breaker = make({});
    clock.advance(86_400_000);
    open(breaker);
    clock.advance(300);
    expect(breaker.snapshot()).toMatchObject({ state: 'open', ageMs: 300, openMs: 1_000 });
    const restored = make({ restore: breaker.snapshot() });
    expect(restored.tryAcquire()).toMatchObject({ reason: 'open', retryAfterMs: 700 });
  });

  it('3: a hung trial does not keep the circuit half-open for ever', () => {
    const breaker = make({ concurrentTrials: 1, trialLeaseMs: 5_000 });
    halfOpen(breaker);
    expect(breaker.tryAcquire()).toMatchObject({ reason: 'trialsBusy', retryAfterMs: 5_000 });
    clock.advance(5_000);
    expect(breaker.tryAcquire()).toMatchObject({ reason: 'open', retryAfterMs: 1_000 });
    clock.advance(1_000);
    acquire(breaker).success();
    acquire(breaker).success();
    expect(breaker.state).toBe('closed');
  });

  it('4: what we refuse ourselves is no failure of the other side', () => {
    const breaker = make({ consecutiveFailures: 1 });
    // A bulkhead inside the call that is full.
    for (let call = 0; call < 100; call++) acquire(breaker).ignore();
    expect(breaker.state).toBe('closed');
    open(breaker);
    for (let call = 0; call < 100; call++) breaker.tryAcquire();
    expect(breaker.snapshot()).toMatchObject({ failures: 1, rejected: 100, opened: 1 });
  });

  it('5: nothing goes on in the background, because there are no timers', () => {
    vi.useFakeTimers();
    const breaker = make({ failureRate: 0.5, windowMs: 1_000, slowCallRate: 0.5 });
    halfOpen(breaker);
    expect(vi.getTimerCount()).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('6: a plain call that gives undefined has succeeded', async () => {
    const breaker = make({ consecutiveFailures: 1 });
    expect(await breaker.execute(() => undefined)).toBe(undefined);
    expect(breaker.snapshot()).toMatchObject({ state: 'closed', successes: 1, failures: 0 });
  });

  it('7: only real results are in the rate, so neither refusals nor ignored calls dilute it', () => {
    const breaker = make({ consecutiveFailures: 0, failureRate: 0.5, minimumCalls: 20, windowCalls: 200 });
    for (let call = 0; call < 90; call++) acquire(breaker).ignore();
    acquire(breaker).success();
    for (let call = 0; call < 18; call++) acquire(breaker).failure();
    expect(breaker.state).toBe('closed');
    acquire(breaker).failure();
    expect(breaker.state).toBe('open');
  });
});

describe('none of cockatiel’s', () => {
  it('8: failures of an hour ago are not in a window of five seconds', () => {
    const breaker = make({ consecutiveFailures: 0, failureRate: 0.5, minimumCalls: 5, windowMs: 5_000 });
    for (let call = 0; call < 4; call++) acquire(breaker).failure();
    clock.advance(3_600_000);
    acquire(breaker).failure();
    expect(breaker.state).toBe('closed');
    for (let call = 0; call < 4; call++) acquire(breaker).failure();
    expect(breaker.state).toBe('open');
  });

  it('9: a late failure of the closed era does not open a half-open circuit', () => {
    const breaker = make({ consecutiveFailures: 1 });
    const late = acquire(breaker);
    halfOpen(breaker);
    late.failure();
    expect(breaker.snapshot()).toMatchObject({ state: 'halfOpen', opened: 1, lateResults: 1 });
  });

  it('10: a hung trial queues nobody; a thousand callers are refused at once', async () => {
    const breaker = make({ concurrentTrials: 1 });
    halfOpen(breaker);
    const calls = Array.from({ length: 1_000 }, () => breaker.execute(async () => 'made'));
    const results = await Promise.allSettled(calls);
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
  });

  it('11: a wall clock that goes back an hour prolongs nothing', () => {
    const breaker = make({});
    open(breaker);
    clock.jumpWall(-3_600_000);
    clock.advance(1_000);
    expect(breaker.tryAcquire().acquired).toBe(true);
  });
});
