// A call that is refused: the state in which load is highest.
import type { Comparison, Contender, Finding } from '../frame/area.ts';
import { asyncCall, awaitedRefusals } from './calls.ts';
import { CALL, callFigure } from './figures.ts';
import { cockatiel, cockatielBreakers, opossum, opossumBreakers } from './peers.ts';

const OWN_SYNC = 'tryAcquire';
const OWN_ASYNC = 'execute';
const OPOSSUM = 'opossum fire';
const COCKATIEL = 'cockatiel execute, consecutive';
const packageName = '@ws-stability/circuit-breaker';
const DAY_MS = 86_400_000;

async function openBreaker() {
  const { CircuitBreaker } = await import('@ws-stability/circuit-breaker');
  const breaker = new CircuitBreaker({ consecutiveFailures: 1, openMs: DAY_MS });
  const permit = breaker.tryAcquire();
  if (permit.acquired) permit.failure();
  if (breaker.state !== 'open') throw new Error('The breaker did not open.');
  return breaker;
}

const shared = new Error('refused');

const contenders: readonly Contender[] = [
  {
    name: 'bare rejected promise, one shared error',
    start: () => ({ [CALL]: awaitedRefusals(() => Promise.reject(shared)) }),
  },
  {
    name: OWN_SYNC,
    packageName,
    async start() {
      const breaker = await openBreaker();
      const run = (times: number): number => {
        let waitMs = 0;
        for (let i = 0; i < times; i++) {
          const answer = breaker.tryAcquire();
          if (answer.acquired) throw new Error('The open breaker let a call through.');
          waitMs += answer.retryAfterMs;
        }
        return waitMs;
      };
      return { [CALL]: { run } };
    },
  },
  {
    name: OWN_ASYNC,
    packageName,
    async start() {
      const breaker = await openBreaker();
      return { [CALL]: awaitedRefusals(() => breaker.execute(asyncCall)) };
    },
  },
  {
    name: OPOSSUM,
    packageName: opossum,
    async start() {
      const breaker = (await opossumBreakers(false))(asyncCall);
      breaker.open();
      return { [CALL]: awaitedRefusals(() => breaker.fire()) };
    },
  },
  {
    name: COCKATIEL,
    packageName: cockatiel,
    async start() {
      const breaker = (await cockatielBreakers('consecutive'))();
      for (let failure = 0; failure < 5; failure++) {
        await breaker.execute(() => Promise.reject(shared)).catch(() => undefined);
      }
      return { [CALL]: awaitedRefusals(() => breaker.execute(asyncCall)) };
    },
  },
];

const findings: readonly Finding[] = [
  ...[OPOSSUM, COCKATIEL].map((against) => ({
    name: `breaker open, sync refusal, against ${against}`,
    contender: OWN_SYNC,
    against,
    figure: CALL,
    atMost: 1 / 80,
  })),
  ...[OPOSSUM, COCKATIEL].map((against) => ({
    name: `breaker open, async refusal, against ${against}`,
    contender: OWN_ASYNC,
    against,
    figure: CALL,
    atMost: 1 / 3,
  })),
  { name: 'original: breaker open, nanoseconds', contender: OWN_ASYNC, figure: CALL, atMost: 100_000 },
];

export const open: Comparison = {
  id: 'open',
  title: 'breaker open, a call that is refused',
  figures: [callFigure],
  contenders,
  findings,
};
