// Structures that remember when each client was last active, and forget those that were not for too long.
import type { ClientStatistics } from '@ws-stability/metrics';
import { type Time, TTL_MS } from './time.ts';

export interface Structure {
  /** A client that was not there; active now. */
  add(id: string): void;
  /** The client was active, the one that was added as the `number`-th (it is there). */
  touch(id: string, number: number): void;
  /**
   * Forgets who was not active for {@link TTL_MS}. Each call does as much as the structure does without letting others
   * run, and returns whether there is more to do.
   */
  sweep(): boolean;
  size(): number;
}

export type Create = (time: Time, clients: number) => Structure | Promise<Structure>;

export const fullScan: Create = ({ now }) => {
  const clients = new Map<string, { activeAt: number }>();
  return {
    add: (id) => void clients.set(id, { activeAt: now() }),
    touch(id) {
      const client = clients.get(id);
      if (client !== undefined) client.activeAt = now();
    },
    sweep() {
      const oldest = now() - TTL_MS;
      for (const [id, { activeAt }] of clients) if (activeAt <= oldest) clients.delete(id);
      return false;
    },
    size: () => clients.size,
  };
};

/** A Map keeps the order of insertion: who is touched goes to its end. */
export const deleteAndSet: Create = ({ now }) => {
  const clients = new Map<string, { activeAt: number }>();
  return {
    add: (id) => void clients.set(id, { activeAt: now() }),
    touch(id) {
      const client = clients.get(id);
      if (client === undefined) return;
      client.activeAt = now();
      clients.delete(id);
      clients.set(id, client);
    },
    sweep() {
      const oldest = now() - TTL_MS;
      for (const [id, { activeAt }] of clients) {
        if (activeAt > oldest) break;
        clients.delete(id);
      }
      return false;
    },
    size: () => clients.size,
  };
};

export const lruCache: Create = async ({ now }, clients) => {
  const { LRUCache } = await import('lru-cache');
  const cache = new LRUCache<string, object>({
    max: clients * 2,
    ttl: TTL_MS,
    updateAgeOnGet: true,
    // The time put forward, looked at anew each time, as everywhere here.
    perf: { now },
    ttlResolution: 0,
  });
  return {
    add: (id) => void cache.set(id, {}),
    touch: (id) => void cache.get(id),
    sweep() {
      cache.purgeStale();
      return false;
    },
    size: () => cache.size,
  };
};

/** All clients have left, so that all of them hang in the list that cleanup works on. */
export const clientStatistics: Create = async (time, clients) => {
  const { ClientStatistics: Statistics } = await import('@ws-stability/metrics');
  const { TimerWheel } = await import('@ws-stability/core');
  const waiting: (() => void)[] = [];
  const clock = {
    now: time.now,
    wall: () => Date.now(),
    // What the event loop would do later is done by `sweep`, which is timed.
    setTimer(callback: () => void, delayMs: number) {
      waiting.push(() => {
        time.advance(delayMs);
        callback();
      });
      return { cancel: () => void waiting.splice(0) };
    },
  };
  const statistics: ClientStatistics<readonly ['messages']> = new Statistics(
    { columns: ['messages'], maxClients: clients * 2, clientTtlMs: TTL_MS },
    { clock, wheel: new TimerWheel({ clock }) },
  );
  const slots: number[] = [];
  return {
    add(id) {
      const slot = statistics.open(id);
      slots.push(slot);
      statistics.close(slot);
    },
    touch: (_id, number) => statistics.touch(slots[number] ?? 0),
    sweep() {
      const goOn = waiting.shift();
      if (goOn === undefined) void statistics.sweep();
      else goOn();
      return waiting.length > 0;
    },
    size: () => statistics.snapshot().idle,
  };
};
