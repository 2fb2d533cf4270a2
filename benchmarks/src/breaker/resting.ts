// Many breakers, one for each peer, that have let one call through and now rest: memory, and timers that run for them.
import type { Comparison, Contender, Figure } from '../frame/area.ts';
import { bytesPer } from '../frame/memory.ts';
import { asyncCall } from './calls.ts';
import { cockatiel, cockatielBreakers, opossum, opossumBreakers } from './peers.ts';

const MANY = 100_000;
/** With `--quick`; the figures are scaled. */
const QUICK = 20_000;
/** Of opossum, whose breakers run timers and take gigabytes otherwise; scaled as well. */
const FEWER = 5000;
/** For the count of timers. */
const SOME = 1000;

const EACH = 'per breaker';
const ALL = '100,000 breakers';
const TIMER_EACH = 'timers per breaker';
const TIMERS = 'timers of 100,000';

const figures: readonly Figure[] = [
  { name: EACH, unit: 'B', better: 'less', timeless: true },
  { name: ALL, unit: 'MB', better: 'less', derived: { from: EACH, value: (bytes) => (bytes * MANY) / 1e6 } },
  { name: TIMER_EACH, unit: 'timers', better: 'less', timeless: true },
  { name: TIMERS, unit: 'timers', better: 'less', derived: { from: TIMER_EACH, value: (timers) => timers * MANY } },
];

const OWN = 'CircuitBreaker';
const OWN_GROUP = 'BreakerGroup, its members';
const packageName = '@ws-stability/circuit-breaker';

const contenders: readonly Contender[] = [
  {
    name: OWN,
    packageName,
    async start({ quick }) {
      const { CircuitBreaker } = await import('@ws-stability/circuit-breaker');
      return counted(quick ? QUICK : MANY, (name) => {
        const breaker = new CircuitBreaker({ name });
        const permit = breaker.tryAcquire();
        if (permit.acquired) permit.success();
        return breaker;
      });
    },
  },
  {
    name: OWN_GROUP,
    packageName,
    async start({ quick }) {
      const { BreakerGroup } = await import('@ws-stability/circuit-breaker');
      const group = new BreakerGroup({ maxMembers: MANY + SOME });
      return counted(quick ? QUICK : MANY, (name) => {
        const permit = group.get(name).tryAcquire();
        if (permit.acquired) permit.success();
        return group;
      });
    },
  },
  {
    name: 'opossum',
    packageName: opossum,
    async start() {
      const create = await opossumBreakers(10_000);
      return counted(FEWER, async () => {
        const breaker = create(asyncCall);
        await breaker.fire();
        return breaker;
      });
    },
  },
  {
    name: 'cockatiel, consecutive',
    packageName: cockatiel,
    async start({ quick }) {
      const create = await cockatielBreakers('consecutive');
      return counted(quick ? QUICK : MANY, async () => {
        const breaker = create();
        await breaker.execute(asyncCall);
        return breaker;
      });
    },
  },
];

/** @param create makes a breaker, lets one call through, and returns what has to be kept. */
function counted(count: number, create: (name: string) => unknown) {
  const names = Array.from({ length: count }, (_, number) => `peer-${number}`);
  const kept: unknown[] = new Array(count);
  const others: unknown[] = [];
  return {
    [EACH]: {
      measure: () =>
        bytesPer(count, async () => {
          for (const [number, name] of names.entries()) kept[number] = await create(name);
          return kept;
        }),
    },
    [TIMER_EACH]: {
      async measure() {
        const timers = countTimers();
        for (let number = 0; number < SOME; number++) others.push(await create(`other-${number}`));
        return timers() / SOME;
      },
    },
  };
}

/** @returns a function that tells how many timers were started since and not cleared, also such as let the process end. */
function countTimers(): () => number {
  const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
  const active = new Set<unknown>();
  // What the process itself names, in case something starts timers by another way: those that keep it running.
  const named = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === 'Timeout' || name === 'Immediate').length;
  const namedBefore = named();
  const counting = <Words extends readonly unknown[], Timer>(start: (...words: Words) => Timer) =>
    Object.assign((...words: Words): Timer => {
      const timer = start(...words);
      active.add(timer);
      return timer;
    }, start);
  const forgetting =
    <Timer>(stop: (timer: Timer) => void) =>
    (timer: Timer): void => {
      active.delete(timer);
      stop(timer);
    };
  Object.assign(globalThis, {
    setTimeout: counting(setTimeout),
    setInterval: counting(setInterval),
    clearTimeout: forgetting(clearTimeout),
    clearInterval: forgetting(clearInterval),
  });
  return () => {
    Object.assign(globalThis, { setTimeout, setInterval, clearTimeout, clearInterval });
    return Math.max(active.size, named() - namedBefore);
  };
}

export const resting: Comparison = {
  id: 'resting',
  title: 'breakers that let one call through and rest (fewer with --quick, scaled)',
  figures,
  contenders,
  findings: [
    { name: '100,000 breakers, memory', contender: OWN, figure: ALL, atMost: 40 },
    { name: '100,000 breakers in a group, memory', contender: OWN_GROUP, figure: ALL, atMost: 40 },
    { name: '100,000 breakers, timers', contender: OWN, figure: TIMERS, atMost: 0 },
    { name: '100,000 breakers in a group, timers', contender: OWN_GROUP, figure: TIMERS, atMost: 0 },
  ],
  fresh: true,
};
