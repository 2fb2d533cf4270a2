// @ws-stability/circuit-breaker as a subject.
import { CircuitBreaker, type CircuitBreakerSettings } from '@ws-stability/circuit-breaker';
import { failOnce, type Guard, openEnded, type Subject, start } from './subject.ts';

const BUSY = new Error('the bulkhead is full');

function guardOf(breaker: CircuitBreaker): Guard {
  return {
    call: (action) => breaker.execute(action),
    state: () => breaker.state,
    save: () => breaker.snapshot(),
    close: () => {},
  };
}

function make(settings: CircuitBreakerSettings): CircuitBreaker {
  return new CircuitBreaker({ consecutiveFailures: 1, trials: 1, trialSuccesses: 1, trialLeaseMs: 1_000, ...settings });
}

export const ownSubject: Subject = {
  name: '@ws-stability/circuit-breaker',
  version: 'this repository',
  make: ({ openMs, windowMs, restore }) => {
    const window = { consecutiveFailures: 0, failureRate: 0.5, windowMs: windowMs ?? 0, minimumCalls: 5 };
    return guardOf(
      make({
        openMs,
        ...(windowMs !== undefined && window),
        ...(typeof restore === 'object' && restore !== null && { restore }),
      }),
    );
  },
  refusedByCapacity: async () => {
    // It has no capacity of its own; the call's bulkhead refuses, which the judge calls ignored.
    const breaker = make({ judgeError: (error) => (error === BUSY ? 'ignored' : 'failure') });
    start(guardOf(breaker), openEnded().action);
    for (let call = 0; call < 2; call++) await breaker.execute(() => Promise.reject(BUSY)).catch(() => {});
    return guardOf(breaker);
  },
  diluted: async () => {
    const breaker = make({
      consecutiveFailures: 0,
      failureRate: 0.5,
      minimumCalls: 61,
      windowCalls: 1_000,
      judgeValue: (value) => (value === 'cached' ? 'ignored' : 'success'),
    });
    const guard = guardOf(breaker);
    await guard.call(() => 'fresh');
    for (let call = 0; call < 90; call++) await guard.call(() => 'cached');
    for (let call = 0; call < 60; call++) await failOnce(guard);
    return { guard, by: 'ignored' };
  },
};
