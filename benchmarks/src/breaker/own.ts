// The breaker of this project, synchronous and asynchronous.
import type { CircuitBreakerSettings } from '@ws-stability/circuit-breaker';
import type { Batch, Contender } from '../frame/area.ts';
import { asyncCall, awaitedCalls, syncCall } from './calls.ts';
import { CALL } from './figures.ts';

const packageName = '@ws-stability/circuit-breaker';

/** Acquires, calls, settles. */
export function guardedContender(name: string, settings: CircuitBreakerSettings, durationMs?: number): Contender {
  return {
    name,
    packageName,
    async start() {
      const { CircuitBreaker } = await import('@ws-stability/circuit-breaker');
      const breaker = new CircuitBreaker(settings);
      const run = (times: number): number => {
        let sum = 0;
        for (let i = 0; i < times; i++) {
          const permit = breaker.tryAcquire();
          if (!permit.acquired) throw new Error('The closed breaker refused a call.');
          sum += syncCall(i);
          permit.success(durationMs);
        }
        return sum;
      };
      return { [CALL]: { run } satisfies Batch };
    },
  };
}

export function executeContender(name: string, settings: CircuitBreakerSettings): Contender {
  return {
    name,
    packageName,
    async start() {
      const { CircuitBreaker } = await import('@ws-stability/circuit-breaker');
      const breaker = new CircuitBreaker(settings);
      return { [CALL]: awaitedCalls(() => breaker.execute(asyncCall)) };
    },
  };
}
