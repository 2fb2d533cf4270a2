// Passes in which one client in a hundred has expired, what they take, how long the event loop stands still, and what it costs
// to note that a client was active. Its passes use up what they are given, so that tinybench does not fit.
import type { Comparison, Contender, Figure, LaneSettings, Workloads } from '../frame/area.ts';
import { type Create, clientStatistics, deleteAndSet, fullScan, lruCache, type Structure } from './structures.ts';
import { Time, TTL_MS } from './time.ts';

const sizes = [1000, 10_000, 100_000] as const;

const passOf = (clients: number): string => `pass, ${clients / 1000}k`;
const stallOf = (clients: number): string => `worst stall, ${clients / 1000}k`;
const touchOf = (clients: number): string => `touch, ${clients / 1000}k`;
const THOUSAND = 'all of 1,000';

const figures: readonly Figure[] = [
  ...sizes.map((clients): Figure => ({ name: passOf(clients), unit: 'ms', better: 'less' })),
  ...sizes.map((clients): Figure => ({ name: stallOf(clients), unit: 'ms', better: 'less' })),
  ...sizes.map((clients): Figure => ({ name: touchOf(clients), unit: 'ns/op', better: 'less' })),
  { name: THOUSAND, unit: 'ms', better: 'less' },
];

const OWN = 'ClientStatistics';
const SCAN = 'full scan of a Map';

const contenders: readonly Contender[] = [
  contender(OWN, clientStatistics, '@ws-stability/metrics'),
  contender(SCAN, fullScan),
  contender('Map, delete + set (LRU)', deleteAndSet),
  contender('lru-cache, purgeStale', lruCache, 'lru-cache'),
];

function contender(name: string, create: Create, packageName?: string): Contender {
  const start = async ({ quick }: LaneSettings): Promise<Workloads> => {
    const workloads: Record<string, Workloads[string]> = {};
    for (const clients of sizes) Object.assign(workloads, await passes(create, clients, quick ? 5 : 20));
    for (const clients of sizes) Object.assign(workloads, await touches(create, clients));
    return { ...workloads, [THOUSAND]: { measure: () => allAtOnce(create, 1000) } };
  };
  return { name, start, ...(packageName === undefined ? {} : { packageName }) };
}

/** One client in a hundred expires from pass to pass, and as many new ones come. */
async function passes(create: Create, clients: number, count: number): Promise<Workloads> {
  const time = new Time();
  const structure = await create(time, clients);
  const expiring = clients / 100;
  let next = 0;
  for (; next < clients; next++) {
    structure.add(`client-${next}`);
    // Without a gap up to the first pass, in which one in a hundred has expired.
    time.advance((TTL_MS * 1.01) / clients);
  }
  let worstMs = 0;
  const measure = (): number => {
    let sumMs = 0;
    worstMs = 0;
    for (let pass = 0; pass < count; pass++) {
      const before = structure.size();
      const { totalMs, longestMs } = timedSweep(structure);
      const forgotten = before - structure.size();
      if (forgotten < expiring * 0.5 || forgotten > expiring * 1.5) {
        throw new Error(`${forgotten} of ${clients} clients were forgotten in one pass, not one in a hundred.`);
      }
      sumMs += totalMs;
      worstMs = Math.max(worstMs, longestMs);
      // Those that come, spread over the time to the next pass.
      for (let added = 0; added < forgotten; added++) {
        structure.add(`client-${next++}`);
        time.advance(TTL_MS / 100 / forgotten);
      }
    }
    return sumMs / count;
  };
  // Warm before it counts.
  measure();
  measure();
  // The stall is that of the passes that were just measured.
  return { [passOf(clients)]: { measure }, [stallOf(clients)]: { measure: () => worstMs } };
}

function timedSweep(structure: Structure): { readonly totalMs: number; readonly longestMs: number } {
  let totalMs = 0;
  let longestMs = 0;
  for (let more = true; more; ) {
    const startedAt = performance.now();
    more = structure.sweep();
    const tookMs = performance.now() - startedAt;
    totalMs += tookMs;
    longestMs = Math.max(longestMs, tookMs);
  }
  return { totalMs, longestMs };
}

/** A stride without a common divisor with any of the sizes: in no order that a cache would like. */
const STRIDE = 611_953;

async function touches(create: Create, clients: number): Promise<Workloads> {
  const structure = await create(new Time(), clients);
  const ids = Array.from({ length: clients }, (_, number) => `client-${number}`);
  for (const id of ids) structure.add(id);
  let at = 0;
  const run = (times: number): number => {
    for (let i = 0; i < times; i++) {
      at = (at + STRIDE) % clients;
      structure.touch(ids[at] ?? '', at);
    }
    return structure.size();
  };
  return { [touchOf(clients)]: { run } };
}

async function allAtOnce(create: Create, clients: number): Promise<number> {
  const time = new Time();
  const structure = await create(time, clients);
  for (let number = 0; number < clients; number++) structure.add(`client-${number}`);
  time.advance(TTL_MS * 1.01);
  const { totalMs } = timedSweep(structure);
  if (structure.size() > 0) throw new Error(`${structure.size()} of ${clients} clients are left.`);
  return totalMs;
}

export const sweeping: Comparison = {
  id: 'sweeping',
  title: 'cleanup, 1 % expired in each pass',
  figures,
  contenders,
  findings: [
    ...sizes.map((clients) => ({
      name: `cleanup at ${clients.toLocaleString('en-US')} with 1 % expired`,
      contender: OWN,
      against: SCAN,
      figure: passOf(clients),
      ...(clients === 100_000 ? { atMost: 0.4 } : {}),
    })),
    { name: 'cleanup at 100,000, worst stall, ms', contender: OWN, figure: stallOf(100_000), atMost: 2 },
    { name: 'original: 1,000 clients cleaned up, ms', contender: OWN, figure: THOUSAND, atMost: 100 },
  ],
};
