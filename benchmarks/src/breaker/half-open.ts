// A trial of a half-open circuit. Without peers: they let one trial through and are closed or open again after it.
import type { CircuitBreaker } from '@ws-stability/circuit-breaker';
import type { Comparison, Contender } from '../frame/area.ts';
import { asyncCall, syncCall } from './calls.ts';
import { CALL, callFigure } from './figures.ts';

const OWN_SYNC = 'acquire + settle';
const OWN_ASYNC = 'execute';
const packageName = '@ws-stability/circuit-breaker';
const OPEN_MS = 1000;
const TRIALS_PER_BATCH = 2000;
/** More than a batch uses, so that the circuit stays half-open. */
const TRIALS = 1_000_000;

async function halfOpenBreakers(): Promise<() => CircuitBreaker> {
  const { CircuitBreaker: Breaker } = await import('@ws-stability/circuit-breaker');
  let aheadMs = 0;
  const clock = { now: () => performance.now() + aheadMs, wall: () => Date.now() };
  const settings = {
    consecutiveFailures: 1,
    openMs: OPEN_MS,
    trials: TRIALS,
    concurrentTrials: TRIALS,
    trialSuccesses: TRIALS,
  };
  return () => {
    const breaker = new Breaker(settings, { clock });
    const permit = breaker.tryAcquire();
    if (permit.acquired) permit.failure();
    aheadMs += OPEN_MS;
    const trial = breaker.tryAcquire();
    if (trial.acquired) trial.success();
    if (breaker.state !== 'halfOpen') throw new Error(`The breaker is ${breaker.state}.`);
    return breaker;
  };
}

const contenders: readonly Contender[] = [
  {
    name: OWN_SYNC,
    packageName,
    async start() {
      const create = await halfOpenBreakers();
      let breaker = create();
      const run = (times: number): number => {
        let sum = 0;
        for (let i = 0; i < times; i++) {
          const permit = breaker.tryAcquire();
          if (!permit.acquired) throw new Error('The half-open breaker refused a trial.');
          sum += syncCall(i);
          permit.success();
        }
        return sum;
      };
      const prepare = (): void => {
        breaker = create();
      };
      return { [CALL]: { run, prepare, times: TRIALS_PER_BATCH } };
    },
  },
  {
    name: OWN_ASYNC,
    packageName,
    async start() {
      const create = await halfOpenBreakers();
      let breaker = create();
      const run = async (times: number): Promise<number> => {
        let sum = 0;
        for (let i = 0; i < times; i++) sum += await breaker.execute(asyncCall);
        return sum;
      };
      const prepare = (): void => {
        breaker = create();
      };
      return { [CALL]: { run, prepare, times: TRIALS_PER_BATCH } };
    },
  },
];

export const halfOpen: Comparison = {
  id: 'half-open',
  title: 'breaker half-open, a trial that succeeds',
  figures: [callFigure],
  contenders,
  findings: [{ name: 'original: breaker half-open, nanoseconds', contender: OWN_ASYNC, figure: CALL, atMost: 100_000 }],
};
