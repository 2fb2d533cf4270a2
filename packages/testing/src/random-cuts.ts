// A seeded plan that cuts connections of a proxy at random moments and at random bytes, each in a random manner.
import { type Clock, systemClock, type Timer } from '@ws-stability/core';
import { seededRandom } from '@ws-stability/core/testing';
import type { FaultProxy } from './fault-proxy.ts';
import type { CutManner } from './lane.ts';
import type { Direction } from './link.ts';

export interface RandomCutsOptions {
  /** @default the proxy's */
  readonly seed?: number;
  /** Shortest time between two cuts, in milliseconds. @default 10 */
  readonly leastMs?: number;
  /** Longest time between two cuts, in milliseconds. @default 100 */
  readonly mostMs?: number;
  /** A cut takes place up to this many bytes after it was decided on, so that it falls inside frames. @default 200 */
  readonly withinBytes?: number;
  /** @default the platform's */
  readonly clock?: Clock;
}

/** One decision of the plan. */
export interface PlannedCut {
  /** Number of the connection at the proxy. */
  readonly link: number;
  readonly direction: Direction;
  /** Cut when this many bytes of that direction were forwarded. */
  readonly afterBytes: number;
  readonly manner: CutManner;
}

export interface RandomCuts {
  readonly seed: number;
  /** What was decided so far. */
  readonly planned: readonly PlannedCut[];
  /** The seed and the number of cuts, for a test's message. */
  describe(): string;
  /** No more cuts from now on; those decided already may still take place. */
  close(): void;
  [Symbol.dispose](): void;
}

/** Starts to cut; each time one of the connections that live is chosen. */
export function cutAtRandom(proxy: FaultProxy, options: RandomCutsOptions = {}): RandomCuts {
  const { seed = proxy.seed, leastMs = 10, mostMs = 100, withinBytes = 200, clock = systemClock } = options;
  const random = seededRandom(seed);
  const planned: PlannedCut[] = [];
  let timer: Timer | undefined;

  const wait = (): void => {
    timer = clock.setTimer(cutOne, leastMs + random.next() * (mostMs - leastMs), false);
  };
  const cutOne = (): void => {
    const live = proxy.links;
    // Four numbers each time, whatever comes of them: the sequence depends on the seed alone.
    const [which, side, bytes, how] = [random.next(), random.next(), random.next(), random.next()];
    const link = live[Math.floor(which * live.length)];
    if (link !== undefined) {
      const direction = side < 0.5 ? 'up' : 'down';
      const manner = how < 0.5 ? 'end' : 'reset';
      const afterBytes = link.lane(direction).forwardedBytes + Math.floor(bytes * withinBytes);
      planned.push({ link: link.index, direction, afterBytes, manner });
      link.lane(direction).cutAfter(afterBytes, manner);
    }
    wait();
  };
  const close = (): void => timer?.cancel();
  wait();
  return {
    seed,
    planned,
    describe: () => `seed ${seed}: ${planned.length} cuts planned, ${proxy.snapshot().cuts} made`,
    close,
    [Symbol.dispose]: close,
  };
}
