import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consecutiveFailures } from './consecutive-failures.ts';
import { failureRate } from './failure-rate.ts';
import { SlidingSum } from './sliding-sum.ts';
import { slowCallRate } from './slow-call-rate.ts';

const settings = {
  failureRate: 0.5,
  slowCallRate: 0.5,
  slowCallMs: 100,
  minimumCalls: 4,
  windowCalls: 10,
  windowMs: 0,
};

describe('consecutive failures', () => {
  it('trip when no success came between them', () => {
    const window = consecutiveFailures(3).window();
    const results = [true, true, false, true, true, true].map((failed) => window.record(failed, 0, 0));
    expect(results).toEqual([undefined, undefined, undefined, undefined, undefined, 'consecutiveFailures']);
  });
});

describe('the failure rate over calls', () => {
  it('trips when it is reached, from minimumCalls on', () => {
    const window = failureRate(settings).window();
    expect([false, true, true, false].map((failed) => window.record(failed, 0, 0))).toEqual(
      new Array(4).fill(undefined),
    );
    expect(window.record(true, 0, 0)).toBe('failureRate');
  });

  it('is not tripped by the success that completes the minimum', () => {
    const window = failureRate(settings).window();
    for (let call = 0; call < 3; call++) expect(window.record(true, 0, 0)).toBe(undefined);
    expect(window.record(false, 0, 0)).toBe(undefined);
    expect(window.record(true, 0, 0)).toBe('failureRate');
  });

  it('waits for no more calls than the window holds', () => {
    const window = failureRate({ ...settings, failureRate: 1, minimumCalls: 1_000, windowCalls: 2 }).window();
    expect([window.record(true, 0, 0), window.record(true, 0, 0)]).toEqual([undefined, 'failureRate']);
  });

  it('needs no clock', () => {
    expect([failureRate(settings).timed, consecutiveFailures(1).timed ?? false]).toEqual([false, false]);
    expect([failureRate({ ...settings, windowMs: 1 }).timed, slowCallRate(settings).timed]).toEqual([true, true]);
  });
});

describe('the failure rate over time', () => {
  const overTime = { ...settings, windowMs: 1_000 };

  it('forgets slice by slice', () => {
    const window = failureRate({ ...overTime, minimumCalls: 3 }).window();
    expect(window.record(true, 0, 0)).toBe(undefined);
    expect(window.record(true, 0, 999)).toBe(undefined);
    // The first slice has left.
    expect(window.record(true, 0, 1_000)).toBe(undefined);
    expect(window.record(true, 0, 1_000)).toBe('failureRate');
  });

  it('forgets everything over any idle time, however many slices it was', () => {
    for (const idleMs of [1_000, 1_001, 5_000, 3_600_000]) {
      const window = failureRate(overTime).window();
      for (let call = 0; call < 3; call++) window.record(true, 0, 50);
      expect(window.record(true, 0, 50 + idleMs)).toBe(undefined);
    }
  });
});

describe('the slow-call rate', () => {
  it('trips by how long calls took, failed or not', () => {
    const window = slowCallRate(settings).window();
    expect([99, 100, 0].map((durationMs) => window.record(true, durationMs, 0))).toEqual(new Array(3).fill(undefined));
    expect(window.record(false, 5_000, 0)).toBe('slowCallRate');
  });
});

describe('SlidingSum', () => {
  it('is the sum of the last slots, whatever was skipped', () => {
    const steps = fc.array(fc.tuple(fc.nat(3), fc.oneof(fc.nat(3), fc.nat(40))), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(1_000), steps, (slots, start, additions) => {
        const sum = new SlidingSum(slots);
        const added: (readonly [slot: number, value: number])[] = [];
        let slot = start;
        for (const [value, step] of additions) {
          slot += step;
          added.push([slot, value]);
          const expected = added.reduce((total, [at, each]) => (at > slot - slots ? total + each : total), 0);
          expect(sum.add(value, slot)).toBe(expected);
        }
      }),
    );
  });
});
