import { isStabilityError } from '@ws-stability/core';
import { ManualClock } from '@ws-stability/core/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CircuitBreaker, type CircuitBreakerSettings } from './circuit-breaker.ts';
import type { Permit } from './permit.ts';

let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock();
});

function make(settings: CircuitBreakerSettings = {}): CircuitBreaker {
  return new CircuitBreaker({ consecutiveFailures: 2, openMs: 1_000, ...settings }, { clock });
}

function acquire(breaker: CircuitBreaker): Permit {
  const answer = breaker.tryAcquire();
  if (!answer.acquired) throw new Error(`refused: ${answer.reason}`);
  return answer;
}

function open(breaker: CircuitBreaker): void {
  while (breaker.state === 'closed') acquire(breaker).failure();
}

describe('permits', () => {
  it('are one and the same while closed, so that nothing is allocated', () => {
    const breaker = make();
    expect(acquire(breaker)).toBe(acquire(breaker));
  });

  it('are one each while half-open, and settle once', () => {
    const breaker = make({ trials: 5, concurrentTrials: 5, trialSuccesses: 3, trialFailures: 2 });
    open(breaker);
    clock.advance(1_000);
    const trial = acquire(breaker);
    expect(acquire(breaker)).not.toBe(trial);
    trial.failure();
    trial.failure();
    trial.success();
    trial.ignore();
    expect(breaker.snapshot()).toMatchObject({ state: 'halfOpen', failures: 3, successes: 0, lateResults: 0 });
  });

  it('carry the generation in which they were given', () => {
    const breaker = make();
    expect(acquire(breaker).generation).toBe(0);
    open(breaker);
    clock.advance(1_000);
    expect(acquire(breaker).generation).toBe(2);
  });

  it('give a trial’s slot back when the call is ignored', () => {
    const breaker = make({ trials: 2, concurrentTrials: 1 });
    open(breaker);
    clock.advance(1_000);
    for (let call = 0; call < 10; call++) acquire(breaker).ignore();
    acquire(breaker).success();
    acquire(breaker).success();
    expect(breaker.state).toBe('closed');
  });

  it('fail a trial that was slow when slow calls may open the circuit', () => {
    const breaker = make({ slowCallRate: 0.5, slowCallMs: 100 });
    open(breaker);
    clock.advance(1_000);
    const trial = acquire(breaker);
    clock.advance(100);
    trial.success();
    expect(breaker.snapshot()).toMatchObject({ state: 'open', reason: 'trialFailed' });
    clock.advance(1_000);
    acquire(breaker).success(99);
    acquire(breaker).success(5);
    expect(breaker.state).toBe('closed');
  });
});

describe('rules of one’s own', () => {
  it('open the circuit for the reason they give, beside the others, with a new window each time', () => {
    let windows = 0;
    const trip = {
      timed: true,
      window: () => {
        windows++;
        let total = 0;
        return {
          record: (_failed: boolean, durationMs: number, now: number) => {
            total += durationMs;
            return total > 10 && now > 0 ? 'tooMuch' : undefined;
          },
        };
      },
    };
    const breaker = make({ trip: [trip] });
    clock.advance(5);
    acquire(breaker).success(10);
    acquire(breaker).success(10);
    expect(breaker.snapshot()).toMatchObject({ state: 'open', reason: 'tooMuch' });
    clock.advance(1_000);
    acquire(breaker).success();
    acquire(breaker).success();
    expect(breaker.state).toBe('closed');
    acquire(breaker).success(10);
    expect([breaker.state, windows]).toEqual(['closed', 2]);
  });

  it('may be none', () => {
    const breaker = make({ consecutiveFailures: 0 });
    for (let call = 0; call < 100; call++) acquire(breaker).failure();
    expect(breaker.state).toBe('closed');
  });
});

describe('what throws where nobody waits', () => {
  const thrower = {
    window: () => ({
      record: () => {
        throw new Error('rule');
      },
    }),
  };

  it('goes to onError when it is a rule, and the other rules see the result all the same', async () => {
    const onError = vi.fn();
    const breaker = new CircuitBreaker({ consecutiveFailures: 2, trip: [thrower] }, { clock, onError });
    for (let call = 0; call < 2; call++) await breaker.execute(() => Promise.reject('down')).catch(() => {});
    expect(breaker.snapshot()).toMatchObject({ state: 'open', reason: 'consecutiveFailures', failures: 2 });
    expect(onError).toHaveBeenCalledTimes(2);
    const alone = new CircuitBreaker({ consecutiveFailures: 0, trip: [thrower] }, { clock, onError });
    expect(await alone.execute(() => 'fine')).toBe('fine');
    expect(alone.snapshot()).toMatchObject({ state: 'closed', successes: 1 });
    expect(onError).toHaveBeenCalledTimes(3);
  });

  it('leaves no call uncounted when it is onError itself', async () => {
    const uncaught = vi.fn();
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').once('uncaughtException', uncaught);
    const onError = (): never => {
      throw new Error('second');
    };
    const judgeError = (): never => {
      throw new Error('first');
    };
    const breaker = new CircuitBreaker({ consecutiveFailures: 1, judgeError }, { clock, onError });
    await breaker.execute(() => Promise.reject('down')).catch(() => {});
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (const listener of others) process.on('uncaughtException', listener);
    expect(breaker.state).toBe('open');
    expect(String(uncaught.mock.calls[0]?.[0])).toContain('second');
  });
});

describe('isolation', () => {
  it('refuses until everyone has released, and counts what was under way', () => {
    const breaker = make();
    const before = acquire(breaker);
    const first = breaker.isolate('deploy');
    const second = breaker.isolate('deploy');
    expect(breaker.tryAcquire()).toEqual({ acquired: false, reason: 'isolated', retryAfterMs: 1_000 });
    first();
    first();
    expect(breaker.snapshot()).toMatchObject({ isolated: ['deploy'], retryAfterMs: 1_000 });
    before.success();
    expect(breaker.snapshot()).toMatchObject({ state: 'closed', successes: 1, lateResults: 0 });
    second();
    expect(breaker.tryAcquire().acquired).toBe(true);
  });

  it('lets an open time go on', () => {
    const breaker = make();
    open(breaker);
    const release = breaker.isolate('deploy');
    clock.advance(1_000);
    expect(breaker.tryAcquire()).toMatchObject({ reason: 'isolated' });
    release();
    expect(breaker.tryAcquire().acquired).toBe(true);
  });
});

describe('events', () => {
  it('tell each change with its reason and the error that decided', () => {
    const breaker = make({ name: 'db', trialSuccesses: 1 });
    const changes: unknown[] = [];
    breaker.on('transition', (change) => changes.push(change));
    const error = new Error('down');
    acquire(breaker).failure();
    acquire(breaker).failure(error);
    clock.advance(1_000);
    acquire(breaker).success();
    const name = 'db';
    expect(changes).toEqual([
      { name, from: 'closed', to: 'open', reason: 'consecutiveFailures', generation: 1, error },
      { name, from: 'open', to: 'halfOpen', reason: 'openTimeOver', generation: 2, error: undefined },
      { name, from: 'halfOpen', to: 'closed', reason: 'trialsSucceeded', generation: 3, error: undefined },
    ]);
  });

  it('tell refusals, late results and isolations', () => {
    const breaker = make();
    const heard: unknown[] = [];
    breaker.on('rejected', (rejection) => heard.push(rejection.reason));
    breaker.on('lateResult', (generation, failed) => heard.push([generation, failed]));
    breaker.on('isolation', (reasons) => heard.push(reasons));
    const late = acquire(breaker);
    open(breaker);
    late.failure();
    breaker.tryAcquire();
    breaker.isolate('why')();
    expect(heard).toEqual([[0, true], 'open', ['why'], []]);
  });

  it('break nothing when a listener throws or asks again', () => {
    const errors: unknown[] = [];
    const breaker = new CircuitBreaker(
      { consecutiveFailures: 1, openMs: 1_000, trials: 3 },
      { clock, onError: (error) => errors.push(error) },
    );
    const taken: unknown[] = [];
    breaker.on('transition', () => {
      throw new Error('listener');
    });
    breaker.on('transition', ({ to }) => taken.push(to, breaker.tryAcquire().acquired));
    acquire(breaker).failure();
    clock.advance(1_000);
    acquire(breaker).success();
    expect(errors).toHaveLength(2);
    // The listener took a trial too; it was not the caller's.
    expect(taken).toEqual(['open', false, 'halfOpen', true]);
    acquire(breaker).success();
    expect(breaker.state).toBe('closed');
  });
});

describe('execute', () => {
  it('gives what the call gives, plain or promised', async () => {
    const breaker = make();
    expect(await breaker.execute(() => 1)).toBe(1);
    expect(await breaker.execute(async () => 2)).toBe(2);
    const promise = Promise.resolve(3);
    expect(breaker.execute(() => promise)).toBe(promise);
    expect(breaker.snapshot().successes).toBe(2);
    await promise;
    expect(breaker.snapshot().successes).toBe(3);
  });

  it('counts what throws and what rejects, and passes it on', async () => {
    const breaker = make({ consecutiveFailures: 3 });
    const error = new Error('down');
    const throwing = breaker.execute(() => {
      throw error;
    });
    await expect(throwing).rejects.toBe(error);
    await expect(breaker.execute(() => Promise.reject(error))).rejects.toBe(error);
    expect(breaker.snapshot()).toMatchObject({ failures: 2, state: 'closed' });
  });

  it('makes a query that runs by its `then` once', async () => {
    let runs = 0;
    // biome-ignore lint/suspicious/noThenProperty: what query builders are.
    const query = { then: (resolve: (value: string) => void) => resolve(`run ${++runs}`) };
    expect(await make().execute(() => query as unknown as Promise<string>)).toBe('run 1');
    expect(runs).toBe(1);
  });

  it('refuses with an error that is cheap and says all', async () => {
    const breaker = make({ name: 'db' });
    open(breaker);
    const call = vi.fn();
    const error: unknown = await breaker.execute(call).catch((caught: unknown) => caught);
    expect(isStabilityError(error) && error).toMatchObject({
      code: 'ERR_CIRCUIT_OPEN',
      retryable: true,
      message: 'The circuit db refuses calls: open.',
      details: { name: 'db', reason: 'open', retryAfterMs: 1_000 },
    });
    expect(String(error instanceof Error && error.stack)).not.toContain('\n');
    expect(new Error('next').stack).toContain('\n');
    expect(call).not.toHaveBeenCalled();
  });

  it('refuses as well where nobody may change `Error`', async () => {
    const before = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit') ?? {};
    const breaker = make();
    open(breaker);
    Object.defineProperty(Error, 'stackTraceLimit', { writable: false });
    const refused = await breaker.execute(() => 1).catch((error: unknown) => isStabilityError(error));
    Object.defineProperty(Error, 'stackTraceLimit', before);
    expect(refused).toBe(true);
  });

  it('judges errors and values, with ignored as a third outcome', async () => {
    const breaker = make({
      judgeError: (error) => (error === 'ours' ? 'ignored' : error === 'known' ? 'success' : 'failure'),
      judgeValue: (value) => (value === 503 ? 'failure' : value === 404 ? 'ignored' : 'success'),
    });
    for (const value of [200, 404, 503, 200]) await breaker.execute(async () => value);
    for (const error of ['ours', 'known', 'theirs']) await breaker.execute(() => Promise.reject(error)).catch(() => {});
    expect(breaker.snapshot()).toMatchObject({ successes: 3, ignored: 2, failures: 2, state: 'closed' });
  });

  it('takes a judge that throws as a failure and reports what it threw', async () => {
    const errors: unknown[] = [];
    const bug = new Error('judge');
    const judgeValue = () => {
      throw bug;
    };
    const breaker = new CircuitBreaker({ judgeValue }, { clock, onError: (error) => errors.push(error) });
    expect(await breaker.execute(() => 'fine')).toBe('fine');
    expect(errors).toEqual([bug]);
    expect(breaker.snapshot().failures).toBe(1);
  });

  it('measures how long a call took when a rule wants to know', async () => {
    const breaker = make({ consecutiveFailures: 0, slowCallRate: 1, slowCallMs: 50, minimumCalls: 1 });
    await breaker.execute(async () => clock.advance(49));
    expect(breaker.state).toBe('closed');
    await breaker.execute(async () => clock.advance(50));
    expect(breaker.state).toBe('closed');
    const slow = new CircuitBreaker({ slowCallRate: 0.5, slowCallMs: 50, minimumCalls: 1 }, { clock });
    await slow.execute(async () => clock.advance(50));
    expect(slow.snapshot()).toMatchObject({ state: 'open', reason: 'slowCallRate' });
  });

  it('ignores a call that rejects after it was aborted, and makes none that is aborted already', async () => {
    const breaker = make({ consecutiveFailures: 1 });
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = breaker.execute(
      (given) =>
        new Promise((_, reject) => {
          given?.addEventListener('abort', () => reject(given.reason));
        }),
      { signal },
    );
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    const call = vi.fn();
    await expect(breaker.execute(call, { signal })).rejects.toThrow('enough');
    expect(call).not.toHaveBeenCalled();
    expect(breaker.snapshot()).toMatchObject({ state: 'closed', ignored: 1, failures: 0 });
  });
});

describe('what is saved', () => {
  const saved = (breaker: CircuitBreaker) => JSON.parse(JSON.stringify(breaker.snapshot()));

  it('goes on in another process, with the time away', () => {
    const breaker = make();
    clock.advance(77);
    open(breaker);
    clock.advance(100);
    const restore = saved(breaker);
    clock.advance(200);
    const restored = make({ restore });
    expect(restored.snapshot()).toMatchObject({ state: 'open', reason: 'consecutiveFailures', rounds: 1 });
    expect(restored.tryAcquire()).toMatchObject({ reason: 'open', retryAfterMs: 700 });
  });

  it.each([
    ['set back', -1e12, 900],
    ['set forward', 1e12, 0],
  ])('is open for its time at most when the wall clock was %s', (_, jumpMs, retryAfterMs) => {
    const breaker = make();
    open(breaker);
    clock.advance(100);
    const restore = saved(breaker);
    clock.jumpWall(jumpMs);
    expect(make({ restore }).snapshot()).toMatchObject({ state: 'open', retryAfterMs });
  });

  it('lets trials through at once when it was half-open, as its trials are lost', () => {
    const breaker = make();
    open(breaker);
    clock.advance(1_000);
    acquire(breaker);
    expect(acquire(make({ restore: saved(breaker) }))).toMatchObject({ generation: 1 });
  });

  it('remembers for how long a closed circuit has been healthy', () => {
    const growing = { maxOpenMs: 8_000, healthyMs: 500 };
    const breaker = make({ ...growing, restore: { state: 'closed', rounds: 3, ageMs: 499 } });
    open(breaker);
    expect(breaker.snapshot().rounds).toBe(4);
    const healthy = make({ ...growing, restore: { state: 'closed', rounds: 3, ageMs: 500 } });
    open(healthy);
    expect(healthy.snapshot().rounds).toBe(1);
  });

  it.each([
    [{}, 'closed', 0],
    [{ state: 'open' }, 'open', 0],
    [{ state: 'open', openMs: Number.NaN, ageMs: -5 }, 'open', 0],
    [{ state: 'open', openMs: 1e300 }, 'open', 1_000],
    [{ state: 'open', openMs: 1e9, ageMs: -1e9, rounds: -4, savedAt: Number.NaN }, 'open', 1_000],
  ] as const)('is taken with care: %j', (restore, state, retryAfterMs) => {
    expect(make({ restore }).snapshot()).toMatchObject({ state, retryAfterMs, rounds: 0 });
  });

  it('begins closed where nothing was saved', () => {
    expect(make({ restore: JSON.parse('null') }).state).toBe('closed');
  });
});

describe('settings', () => {
  it('are checked, all at once', () => {
    const wrong = { openMs: 0.5, failureRate: 2, trials: 1, trialSuccesses: 2, slowCallMs: Number.NaN, opneMs: 5 };
    expect(() => new CircuitBreaker(wrong)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION',
        details: {
          problems: [
            { path: 'breaker.failureRate', value: 2, allowed: '0 to 1' },
            { path: 'breaker.slowCallMs', value: Number.NaN, allowed: '1 to 86400000' },
            { path: 'breaker.openMs', value: 0.5, allowed: '1 to 86400000' },
            { path: 'breaker.trialSuccesses', value: 2, allowed: '1 to 1' },
            { path: 'breaker.opneMs', value: 5, allowed: 'nothing' },
          ],
        },
      }),
    );
  });

  it('are each breaker’s own, though those with the same share what never changes', () => {
    const trip = [{ window: () => ({ record: () => 'first' }) }];
    const reasons: string[] = [];
    const settle = (breaker: CircuitBreaker) => {
      acquire(breaker).failure();
      reasons.push(breaker.snapshot().reason);
    };
    settle(make({ consecutiveFailures: 1 }));
    settle(make({ consecutiveFailures: 1 }));
    settle(make());
    settle(make({ trip }));
    trip[0] = { window: () => ({ record: () => 'second' }) };
    settle(make({ trip }));
    expect(reasons).toEqual(['consecutiveFailures', 'consecutiveFailures', 'started', 'first', 'second']);
    const later = new ManualClock();
    later.advance(5);
    const settings = { consecutiveFailures: 1, openMs: 10 };
    const ages = [clock, later].map((own) => new CircuitBreaker(settings, { clock: own }).snapshot().ageMs);
    expect(ages).toEqual([0, 5]);
  });

  it('express the original’s rules', () => {
    // 5 failures, 2 successes, 60 s, 3 trials; any failed trial opens again.
    const breaker = new CircuitBreaker({}, { clock });
    for (let call = 0; call < 4; call++) acquire(breaker).failure();
    acquire(breaker).success();
    for (let call = 0; call < 5; call++) acquire(breaker).failure();
    expect(breaker.tryAcquire()).toMatchObject({ reason: 'open', retryAfterMs: 60_000 });
    clock.advance(60_000);
    const trials = [acquire(breaker), acquire(breaker), acquire(breaker)];
    expect(breaker.tryAcquire()).toMatchObject({ reason: 'trialsBusy' });
    trials[0]?.success();
    trials[1]?.failure();
    expect(breaker.state).toBe('open');
    clock.advance(60_000);
    acquire(breaker).success();
    acquire(breaker).success();
    expect(breaker.state).toBe('closed');
  });

  it('need no clock of one’s own', async () => {
    const breaker = new CircuitBreaker();
    for (let call = 0; call < 5; call++) acquire(breaker).failure();
    expect(breaker.tryAcquire()).toMatchObject({ reason: 'open', retryAfterMs: expect.any(Number) });
    expect(breaker.snapshot().savedAt).toBeGreaterThan(1e12);
  });
});
