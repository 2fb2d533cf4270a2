// A call that is let through, the state in which nearly all calls are made.
import type { Comparison, Contender, Finding } from '../frame/area.ts';
import { asyncCall, awaitedCalls, syncCall } from './calls.ts';
import { CALL, callFigure } from './figures.ts';
import { executeContender, guardedContender } from './own.ts';
import { cockatiel, cockatielBreakers, cockatielRules, opossum, opossumBreakers } from './peers.ts';

const OWN_SYNC = 'acquire + settle';
const OWN_ASYNC = 'execute';
const OPOSSUM = 'opossum fire, no timeout';
const cockatielName = (rule: string): string => `cockatiel execute, ${rule}`;

const countWindow = { consecutiveFailures: 0, failureRate: 0.5, windowCalls: 100 };
const timeWindow = { consecutiveFailures: 0, failureRate: 0.5, windowMs: 60_000 };
const slowCalls = { consecutiveFailures: 0, slowCallRate: 0.5, slowCallMs: 1000 };

const contenders: readonly Contender[] = [
  {
    name: 'bare call',
    start: () => ({
      [CALL]: {
        run: (times) => {
          let sum = 0;
          for (let i = 0; i < times; i++) sum += syncCall(i);
          return sum;
        },
      },
    }),
  },
  { name: 'bare async call', start: () => ({ [CALL]: awaitedCalls(asyncCall) }) },
  guardedContender(OWN_SYNC, {}),
  guardedContender(`${OWN_SYNC}, count window`, countWindow),
  guardedContender(`${OWN_SYNC}, time window`, timeWindow),
  guardedContender(`${OWN_SYNC}, slow calls`, slowCalls, 2),
  executeContender(OWN_ASYNC, {}),
  executeContender(`${OWN_ASYNC}, count window`, countWindow),
  executeContender(`${OWN_ASYNC}, time window`, timeWindow),
  opossumContender(OPOSSUM, false),
  opossumContender('opossum fire, timeout 10 s', 10_000),
  ...cockatielRules.map(
    (rule): Contender => ({
      name: cockatielName(rule),
      packageName: cockatiel,
      async start() {
        const breaker = (await cockatielBreakers(rule))();
        return { [CALL]: awaitedCalls(() => breaker.execute(asyncCall)) };
      },
    }),
  ),
];

function opossumContender(name: string, timeout: number | false): Contender {
  return {
    name,
    packageName: opossum,
    async start() {
      const breaker = (await opossumBreakers(timeout))(asyncCall);
      return { [CALL]: awaitedCalls(() => breaker.fire()) };
    },
  };
}

const findings: readonly Finding[] = [
  {
    name: 'breaker closed, acquire + settle (sync), against opossum',
    contender: OWN_SYNC,
    against: OPOSSUM,
    figure: CALL,
    atMost: 1 / 40,
  },
  ...cockatielRules.map((rule) => ({
    name: `breaker closed, acquire + settle (sync), against cockatiel, ${rule}`,
    contender: OWN_SYNC,
    against: cockatielName(rule),
    figure: CALL,
    atMost: 1 / 15,
  })),
  ...cockatielRules.map((rule) => ({
    name: `breaker closed, execute (async), against cockatiel, ${rule}`,
    contender: OWN_ASYNC,
    against: cockatielName(rule),
    figure: CALL,
    atMost: 0.6,
  })),
  {
    name: 'breaker closed, execute (async), against opossum',
    contender: OWN_ASYNC,
    against: OPOSSUM,
    figure: CALL,
  },
  {
    name: 'breaker closed, execute (async), against a bare async call',
    contender: OWN_ASYNC,
    against: 'bare async call',
    figure: CALL,
  },
  { name: 'original: breaker closed, nanoseconds', contender: OWN_ASYNC, figure: CALL, atMost: 100_000 },
];

export const closed: Comparison = {
  id: 'closed',
  title: 'breaker closed, a call that succeeds',
  figures: [callFigure],
  contenders,
  findings,
};
