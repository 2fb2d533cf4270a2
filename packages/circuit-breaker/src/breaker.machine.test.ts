import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ask,
  type BreakerState,
  type Closed,
  type HalfOpen,
  type Lease,
  type Open,
  retryAfter,
  settle,
  trip,
} from './breaker.machine.ts';

const settings = {
  openMs: 100,
  maxOpenMs: 0,
  healthyMs: 1_000,
  trials: 3,
  concurrentTrials: 2,
  trialSuccesses: 2,
  trialFailures: 2,
  trialLeaseMs: 50,
};
const closed: Closed = { name: 'closed', since: 0, reason: 'started', rounds: 0 };
const open: Open = { name: 'open', since: 10, reason: 'failureRate', rounds: 1, openMs: 100 };
const first: Lease = { since: 200 };
const second: Lease = { since: 210 };
const halfOpen = (part: Partial<HalfOpen> = {}): HalfOpen => ({
  name: 'halfOpen',
  since: 200,
  reason: 'openTimeOver',
  rounds: 1,
  left: 3,
  needed: 2,
  bearable: 1,
  leases: [],
  ...part,
});

describe('a closed circuit', () => {
  it('stays as it is when a call asks', () => {
    expect(ask(closed, 5, settings, 0)).toEqual([closed]);
    expect(retryAfter(closed, 5, settings)).toBe(0);
  });

  it('opens by a trip, for openMs', () => {
    expect(trip(closed, 'why', 7, settings, 0.9)).toEqual({
      name: 'open',
      since: 7,
      reason: 'why',
      rounds: 1,
      openMs: 100,
    });
  });

  it('has no trial that could be settled', () => {
    expect(settle(closed, first, 'success', 5, settings, 0)).toEqual([closed, false]);
  });
});

describe('an open circuit', () => {
  it('refuses until its time is over, and says for how long', () => {
    expect(ask(open, 109, settings, 0)).toEqual([open]);
    expect(retryAfter(open, 109, settings)).toBe(1);
    expect(retryAfter(open, 500, settings)).toBe(0);
  });

  it('is half-open by the first call after that, which is a trial', () => {
    const lease = { since: 110 };
    expect(ask(open, 110, settings, 0)).toEqual([halfOpen({ since: 110, left: 2, leases: [lease] }), lease]);
  });

  it('takes no result', () => {
    expect(settle(open, first, 'success', 50, settings, 0)).toEqual([open, false]);
  });
});

describe('a half-open circuit', () => {
  it.each([
    ['a slot is free', halfOpen({ left: 2, leases: [first] }), true],
    ['as many trials are under way as may be', halfOpen({ left: 1, leases: [first, second] }), false],
    ['no trial is left', halfOpen({ left: 0, leases: [first] }), false],
  ])('when %s', (_, state, admits) => {
    const [next, lease] = ask(state, 220, settings, 0);
    expect(lease !== undefined).toBe(admits);
    if (lease === undefined) {
      expect(next).toBe(state);
      expect(retryAfter(state, 220, settings)).toBe(30);
    } else {
      expect(next).toEqual({ ...state, left: 1, leases: [first, lease] });
      expect(retryAfter(state, 220, settings)).toBe(0);
    }
  });

  // The whole row of the file's header.
  it.each<[string, HalfOpen, 'success' | 'failure' | 'ignored', BreakerState]>([
    ['a success counts', halfOpen({ leases: [first] }), 'success', halfOpen({ needed: 1 })],
    [
      'enough successes close',
      halfOpen({ needed: 1, leases: [first] }),
      'success',
      { ...closed, since: 220, reason: 'trialsSucceeded', rounds: 1 },
    ],
    ['a failure counts', halfOpen({ leases: [first, second] }), 'failure', halfOpen({ bearable: 0, leases: [second] })],
    [
      'enough failures open',
      halfOpen({ bearable: 0, leases: [first] }),
      'failure',
      { ...open, since: 220, reason: 'trialFailed', rounds: 2 },
    ],
    ['an ignored one gives its slot back', halfOpen({ left: 0, leases: [first] }), 'ignored', halfOpen({ left: 1 })],
  ])('%s', (_, state, outcome, next) => {
    expect(settle(state, first, outcome, 220, settings, 0)).toEqual([next, true]);
  });

  it('counts a trial as failed when it sees that its lease is over, and takes its result no more', () => {
    const state = halfOpen({ left: 1, leases: [first, second] });
    expect(settle(state, first, 'success', 250, settings, 0)).toEqual([
      halfOpen({ left: 1, bearable: 0, leases: [second] }),
      false,
    ]);
    const opened = { ...open, since: 260, reason: 'trialHung', rounds: 2 };
    expect(ask(state, 260, settings, 0)).toEqual([opened]);
    expect(settle(state, second, 'success', 260, settings, 0)).toEqual([opened, false]);
  });

  it('opens as soon as too few trials are left to succeed, whatever trialFailures says', () => {
    const patient = { ...settings, trialFailures: 100 };
    let state: BreakerState = open;
    let lease: Lease | undefined;
    for (let failures = 0; failures < 2; failures++) {
      [state, lease] = ask(state, 300, patient, 0);
      if (lease !== undefined) [state] = settle(state, lease, 'failure', 300, patient, 0);
    }
    expect(state).toMatchObject({ name: 'open', reason: 'trialFailed' });
  });
});

describe('the open time', () => {
  const growing = { ...settings, maxOpenMs: 1_000 };

  it('doubles with each opening in a row, with full jitter up to its cap', () => {
    const openMs = [0, 1, 2, 3, 4, 5].map((rounds) => trip({ ...closed, rounds }, 'why', 5, growing, 0.5).openMs);
    expect(openMs).toEqual([50, 100, 200, 400, 500, 500]);
    expect(trip(closed, 'why', 5, growing, 0).openMs).toBe(0);
  });

  it('grows on when trials fail, and forgets only after a healthy period', () => {
    const reopened = trip(halfOpen({ rounds: 3 }), 'trialFailed', 9_999, growing, 0.5);
    expect(reopened).toMatchObject({ rounds: 4, openMs: 400 });
    const healed: Closed = { name: 'closed', since: 0, reason: 'trialsSucceeded', rounds: 3 };
    expect(trip(healed, 'why', 999, growing, 0.5)).toMatchObject({ rounds: 4, openMs: 400 });
    expect(trip(healed, 'why', 1_000, growing, 0.5)).toMatchObject({ rounds: 1, openMs: 50 });
  });

  it('is a number from 0 to its cap after a million rounds', () => {
    let state: BreakerState = closed;
    for (let round = 0; round < 1_000_000; round++) state = trip(state, 'why', 0, growing, (round % 1_000) / 1_000);
    expect(state).toMatchObject({ rounds: 1_000_000, openMs: 999 });
  });
});

it('is never stuck half-open: a call is let through, or a lease ends, or it is decided', () => {
  const numbers = fc.record({
    trials: fc.integer({ min: 1, max: 6 }),
    concurrentTrials: fc.integer({ min: 1, max: 8 }),
    trialSuccesses: fc.integer({ min: 1, max: 6 }),
    trialFailures: fc.integer({ min: 1, max: 8 }),
  });
  const outcomes = fc.array(fc.constantFrom('success' as const, 'failure' as const, 'ignored' as const));
  fc.assert(
    fc.property(numbers, outcomes, (drawn, ends) => {
      const own = { ...settings, ...drawn, trialSuccesses: Math.min(drawn.trialSuccesses, drawn.trials) };
      let state: BreakerState = open;
      for (const outcome of ends) {
        const [asked, lease] = ask(state, 300, own, 0);
        state = asked;
        if (state.name !== 'halfOpen') return;
        // One at a time, so there always is a slot until it is decided.
        expect(lease).toBeDefined();
        if (lease !== undefined) [state] = settle(state, lease, outcome, 300, own, 0);
      }
    }),
  );
});
