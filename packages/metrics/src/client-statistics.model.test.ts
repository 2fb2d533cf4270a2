// Per-client statistics against a plain map, through any history of opening, closing, counting, touching, time and cleanup.
import { TimerWheel } from '@ws-stability/core';
import { ManualClock } from '@ws-stability/core/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ClientStatistics } from './client-statistics.ts';

const columns = ['sent', 'sent_bytes'] as const;
const MAX_CLIENTS = 4;
const TTL_MS = 100;
const SWEEP_MS = 130;
const TICK_MS = 10;
const LONGEST_MS = 300;

type Step =
  | { readonly do: 'open'; readonly id: string }
  | { readonly do: 'reopen'; readonly pick: number; readonly id: string | undefined }
  | { readonly do: 'close' | 'touch'; readonly pick: number }
  | { readonly do: 'add'; readonly pick: number; readonly column: 0 | 1; readonly amount: number }
  | { readonly do: 'pass' | 'freeze' | 'jumpWall'; readonly ms: number }
  | { readonly do: 'sweep' | 'start' | 'stop' };

const anyPick = fc.nat(30);
const anyId = fc.constantFrom('ann', 'ben', 'eve', '__proto__');
const anyMs = fc.oneof(fc.nat(40), fc.nat(LONGEST_MS));
const anyAmount = fc.oneof(fc.nat(5), fc.constantFrom(2 ** 31 - 1, 2 ** 32, 5e12));
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('open' as const), id: anyId }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('reopen' as const),
      pick: anyPick,
      id: fc.option(anyId, { nil: undefined }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('close' as const, 'touch' as const), pick: anyPick }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      pick: anyPick,
      column: fc.constantFrom(0 as const, 1 as const),
      amount: anyAmount,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('pass' as const, 'freeze' as const, 'jumpWall' as const), ms: anyMs }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('sweep' as const, 'start' as const, 'stop' as const) }) },
);

interface Client {
  readonly id: string;
  readonly counts: [number, number];
  /** When it left or was touched last; undefined while it is connected. */
  idle: { readonly at: number; readonly order: number } | undefined;
  gone: boolean;
}

class History {
  readonly clock = new ManualClock();
  readonly wheel = new TimerWheel({ clock: this.clock, tickMs: TICK_MS });
  readonly statistics = new ClientStatistics(
    { columns, maxClients: MAX_CLIENTS, clientTtlMs: TTL_MS, sweepMs: SWEEP_MS },
    { clock: this.clock, wheel: this.wheel },
  );
  /** Every client that there ever was, by its slot. */
  readonly clients = new Map<number, Client>();
  /** Every slot that was ever given, also the shared one. */
  readonly slots: number[] = [0];
  readonly overflow: [number, number] = [0, 0];
  readonly departed: [number, number] = [0, 0];
  staleCalls = 0;
  order = 0;
  running = false;
  startedAt = 0;
  /** Whether a new client may push an idle one out at present. */
  makingRoom = false;

  constructor() {
    this.statistics.on('evict', (slot, id) => this.#evicted(slot, id));
  }

  run(step: Step): void {
    switch (step.do) {
      case 'open':
        return this.#open(step.id);
      case 'reopen':
        return this.#reopen(this.#slot(step.pick), step.id);
      case 'close':
      case 'touch':
        return this.#leave(step.do, this.#slot(step.pick));
      case 'add':
        return this.#add(this.#slot(step.pick), step.column, step.amount);
      case 'pass':
        return this.clock.advance(step.ms);
      case 'freeze':
        return this.clock.freeze(step.ms);
      case 'jumpWall':
        return this.clock.jumpWall(step.ms - TTL_MS);
      case 'sweep':
        return this.#sweep();
      case 'start':
        if (!this.running) this.startedAt = this.clock.now();
        this.running = true;
        void this.statistics.start();
        return;
      case 'stop':
        this.running = false;
        void this.statistics.stop();
        return;
    }
  }

  check(): void {
    const living = this.#living();
    const idle = living.filter((client) => client.idle !== undefined);
    const snapshot = this.statistics.snapshot();
    expect(snapshot).toMatchObject({
      connected: living.length - idle.length,
      idle: idle.length,
      refused: 0,
      staleCalls: this.staleCalls,
      overflow: { sent: this.overflow[0], sent_bytes: this.overflow[1] },
      departed: { sent: this.departed[0], sent_bytes: this.departed[1] },
      cleanup: { running: this.running, inPass: false, failedPasses: 0 },
    });
    expect(this.wheel.size).toBe(this.running ? 1 : 0);
    for (const [slot, { id, counts, idle: since, gone }] of this.clients) {
      const expected = {
        id,
        connected: since === undefined,
        forMs: expect.any(Number),
        counts: { sent: counts[0], sent_bytes: counts[1] },
      };
      expect(this.statistics.read(slot)).toEqual(gone ? undefined : expected);
      // A pass comes `sweepMs` after the one before, on a tick, and as late as the longest freeze made that one.
      if (since !== undefined && !gone && this.running) {
        const dueAt = Math.max(since.at + TTL_MS, this.startedAt) + SWEEP_MS;
        expect(this.clock.now()).toBeLessThanOrEqual(dueAt + LONGEST_MS + 3 * TICK_MS);
      }
    }
    expect(this.statistics.entries({ limit: 100 })).toHaveLength(living.length);
  }

  #slot(pick: number): number {
    return this.slots[pick % this.slots.length] ?? 0;
  }

  #living(): readonly Client[] {
    return [...this.clients.values()].filter(({ gone }) => !gone);
  }

  #evicted(slot: number, id: string): void {
    const client = this.clients.get(slot);
    if (client?.idle === undefined) throw new Error(`${id} was removed while it was connected`);
    const { idle } = client;
    expect([client.id, client.gone]).toEqual([id, false]);
    // In order of activity, and not before its time but to make room.
    for (const other of this.#living()) expect(other.idle?.order ?? idle.order).toBeGreaterThanOrEqual(idle.order);
    if (!this.makingRoom) expect(this.clock.now() - idle.at).toBeGreaterThan(TTL_MS);
    client.gone = true;
    this.departed[0] += client.counts[0];
    this.departed[1] += client.counts[1];
  }

  #open(id: string, make = (): number => this.statistics.open(id)): void {
    const isFull = this.#living().length === MAX_CLIENTS;
    const isAllConnected = this.#living().every(({ idle }) => idle === undefined);
    this.makingRoom = isFull;
    const slot = make();
    this.makingRoom = false;
    this.slots.push(slot);
    expect(slot === 0).toBe(isFull && isAllConnected);
    if (slot === 0) return;
    expect(this.clients.has(slot), 'no slot comes twice').toBe(false);
    this.clients.set(slot, { id, counts: [0, 0], idle: undefined, gone: false });
    expect(this.#living().length).toBeLessThanOrEqual(MAX_CLIENTS);
  }

  #reopen(slot: number, given: string | undefined): void {
    const client = this.clients.get(slot);
    const id = given ?? client?.id ?? 'zoe';
    if (client === undefined || client.gone || client.id !== id) {
      return this.#open(id, () => this.statistics.reopen(slot, id));
    }
    expect(this.statistics.reopen(slot, id)).toBe(slot);
    client.idle = undefined;
  }

  #leave(how: 'close' | 'touch', slot: number): void {
    this.statistics[how](slot);
    const client = this.clients.get(slot);
    if (client === undefined) return;
    if (client.gone) this.staleCalls++;
    // What is closed twice stays where it is; what is connected is not touched.
    else if ((client.idle === undefined) === (how === 'close')) {
      client.idle = { at: this.clock.now(), order: this.order++ };
    }
  }

  #add(slot: number, column: 0 | 1, amount: number): void {
    this.statistics.add(slot, column, amount);
    const client = this.clients.get(slot);
    if (client === undefined || client.gone) this.overflow[column] += amount;
    else client.counts[column] += amount;
    if (client?.gone === true) this.staleCalls++;
  }

  #sweep(): void {
    void this.statistics.sweep();
    for (const { idle } of this.#living()) {
      if (idle !== undefined) expect(this.clock.now() - idle.at).toBeLessThanOrEqual(TTL_MS);
    }
  }
}

it('counts what a plain map would count, and removes idle clients only, in order and in time', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 80, size: 'max' }), (steps) => {
      const history = new History();
      for (const step of steps) {
        history.run(step);
        history.check();
      }
    }),
  );
});
