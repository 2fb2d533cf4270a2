import { type Clock, StabilityError, TimerWheel } from '@ws-stability/core';
import { ManualClock } from '@ws-stability/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { ClientStatistics, type ClientStatisticsOptions } from './client-statistics.ts';

const columns = ['sent', 'sent_bytes'] as const;
const TTL_MS = 1000;
const SWEEP_MS = 500;

let clock: ManualClock;
let wheel: TimerWheel;
let errors: unknown[];

beforeEach(() => {
  clock = new ManualClock();
  wheel = new TimerWheel({ clock, tickMs: 10 });
  errors = [];
});

function make(options: Partial<ClientStatisticsOptions<typeof columns>> = {}): ClientStatistics<typeof columns> {
  return new ClientStatistics(
    { columns, clientTtlMs: TTL_MS, sweepMs: SWEEP_MS, ...options },
    { clock, wheel, onError: (error) => errors.push(error) },
  );
}

/** Clients that were here and left. */
function leave(statistics: ClientStatistics<typeof columns>, count: number): readonly number[] {
  return Array.from({ length: count }, (_, client) => {
    const slot = statistics.open(`client-${client}`);
    statistics.close(slot);
    return slot;
  });
}

describe('counting', () => {
  it('counts for each client in its own row', () => {
    const statistics = make();
    const [ann, ben] = [statistics.open('ann'), statistics.open('ben')];
    statistics.add(ann, statistics.columns.sent);
    statistics.add(ann, statistics.columns.sent_bytes, 500);
    statistics.add(ben, statistics.columns.sent, 3);
    expect(statistics.read(ann)).toEqual({
      id: 'ann',
      connected: true,
      forMs: 0,
      counts: { sent: 1, sent_bytes: 500 },
    });
    expect(statistics.read(ben)?.counts).toEqual({ sent: 3, sent_bytes: 0 });
  });

  it('refuses what is no count or no column, says how often, and never reaches the next row', () => {
    const statistics = make();
    const [slot, next] = [statistics.open('ann'), statistics.open('ben')];
    const amounts = [-1, -0.5, 0.5, -(2 ** 32), 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY];
    for (const amount of amounts) statistics.add(slot, statistics.columns.sent, amount);
    const strange = [2, 3, 7, -1, 0.5, Number.NaN, 2 ** 32, 2 ** 32 - 1, 1e9, Number.NEGATIVE_INFINITY];
    for (const column of strange) statistics.add(slot, column, 1);
    const none = { sent: 0, sent_bytes: 0 };
    expect([statistics.read(slot)?.counts, statistics.read(next)]).toEqual([
      none,
      expect.objectContaining({ id: 'ben', counts: none }),
    ]);
    expect(statistics.snapshot()).toMatchObject({
      refused: amounts.length + strange.length,
      staleCalls: 0,
      overflow: none,
    });
  });

  it('counts exactly what no 31 and no 32 bits hold', () => {
    const statistics = make();
    const slot = statistics.open('ann');
    const amounts = [2 ** 31 - 1, 1, 2 ** 32 - 1, 2 ** 32, 5e12 + 1, 7];
    for (const amount of amounts) statistics.add(slot, statistics.columns.sent_bytes, amount);
    const total = amounts.reduce((sum, amount) => sum + amount, 0);
    expect(statistics.read(slot)?.counts).toEqual({ sent: 0, sent_bytes: total });
  });

  it('goes on counting for a client that left, until its row is given back', async () => {
    const statistics = make();
    const slot = statistics.open('ann');
    statistics.close(slot);
    statistics.add(slot, statistics.columns.sent);
    expect(statistics.read(slot)).toMatchObject({ connected: false, counts: { sent: 1 } });
  });

  it('lists the most active first, equal ones in the order of their rows', () => {
    const statistics = make();
    for (const [id, sent, bytes] of [
      ['a', 1, 9],
      ['b', 5, 1],
      ['c', 5, 2],
      ['d', 0, 0],
    ] as const) {
      const slot = statistics.open(id);
      statistics.add(slot, statistics.columns.sent, sent);
      statistics.add(slot, statistics.columns.sent_bytes, bytes);
    }
    const ids = (options: Parameters<typeof statistics.entries>[0]): readonly string[] =>
      statistics.entries(options).map(({ id }) => id);
    expect(ids({ limit: 3 })).toEqual(['b', 'c', 'a']);
    expect(ids({ by: 'sent_bytes', limit: 2 })).toEqual(['a', 'c']);
    expect([ids({}), ids({ limit: 0 }), ids({ limit: -1 })]).toEqual([['b', 'c', 'a', 'd'], [], []]);
  });
});

describe('a slot that was given back', () => {
  it('counts on the overflow row and never for the next client', async () => {
    const statistics = make();
    const former = statistics.open('former');
    statistics.add(former, statistics.columns.sent, 7);
    statistics.close(former);
    clock.advance(TTL_MS + 1);
    await statistics.sweep();
    const present = statistics.open('present');
    expect(present).not.toBe(former);
    statistics.add(former, statistics.columns.sent, 100);
    statistics.close(former);
    statistics.touch(former);
    expect(statistics.read(former)).toBeUndefined();
    expect(statistics.read(present)).toMatchObject({ id: 'present', connected: true, counts: { sent: 0 } });
    expect(statistics.snapshot()).toMatchObject({
      connected: 1,
      staleCalls: 3,
      overflow: { sent: 100 },
      departed: { sent: 7 },
    });
  });

  it('is not taken up again, and neither is one of another client', async () => {
    const statistics = make();
    const former = statistics.open('ann');
    statistics.close(former);
    clock.advance(TTL_MS + 1);
    await statistics.sweep();
    const other = statistics.open('ben');
    const again = statistics.reopen(former, 'ann');
    expect([again === former, again === other]).toEqual([false, false]);
    expect(statistics.read(statistics.reopen(other, 'eve'))).toMatchObject({ id: 'eve' });
    expect(statistics.read(other)).toMatchObject({ id: 'ben', connected: true });
  });
});

describe('the time to live', () => {
  it('never ends for a connected client, however quiet', async () => {
    const statistics = make();
    const slot = statistics.open('quiet');
    clock.advance(1000 * TTL_MS);
    await statistics.sweep();
    expect(statistics.read(slot)).toMatchObject({ connected: true, forMs: 1000 * TTL_MS });
  });

  it('begins when a client leaves, again when it is touched, and not when it leaves twice', async () => {
    const statistics = make();
    const [left, touched] = leave(statistics, 2) as [number, number];
    clock.advance(600);
    statistics.touch(touched);
    statistics.close(left);
    clock.advance(401);
    expect(await statistics.sweep()).toMatchObject({ removed: 1, complete: true });
    expect([statistics.read(left), statistics.read(touched)?.id]).toEqual([undefined, 'client-1']);
  });

  it('stops when the client comes back, which keeps its counts', async () => {
    const statistics = make();
    const slot = statistics.open('ann');
    statistics.add(slot, statistics.columns.sent, 4);
    statistics.close(slot);
    clock.advance(900);
    expect(statistics.reopen(slot, 'ann')).toBe(slot);
    clock.advance(10 * TTL_MS);
    await statistics.sweep();
    expect(statistics.read(slot)).toMatchObject({ connected: true, counts: { sent: 4 } });
  });

  it('of 0 is 0 and no default: the next pass removes whoever left', async () => {
    const statistics = make({ clientTtlMs: 0 });
    leave(statistics, 3);
    clock.advance(1);
    expect(await statistics.sweep()).toMatchObject({ removed: 3 });
  });
});

describe('the cap', () => {
  it('makes room by removing the client that left longest ago, then shares the overflow row', () => {
    const statistics = make({ maxClients: 3 });
    const gone: string[] = [];
    statistics.on('evict', (_, id) => gone.push(id));
    leave(statistics, 2);
    const slots = ['ann', 'ben', 'eve', 'zoe', 'max'].map((id) => statistics.open(id));
    expect(gone).toEqual(['client-0', 'client-1']);
    expect(slots.slice(3)).toEqual([0, 0]);
    for (const slot of slots) statistics.add(slot, statistics.columns.sent);
    for (const slot of slots) statistics.close(slot);
    expect(statistics.snapshot()).toMatchObject({
      connected: 0,
      idle: 3,
      overflowed: 2,
      evictedForRoom: 2,
      overflow: { sent: 2 },
      staleCalls: 0,
    });
  });

  it('gives one of the overflow a row of its own when it comes back and there is room', async () => {
    const statistics = make({ maxClients: 1 });
    const ann = statistics.open('ann');
    expect(statistics.open('ben')).toBe(0);
    statistics.close(ann);
    expect(statistics.read(statistics.reopen(0, 'ben'))).toMatchObject({ id: 'ben' });
  });

  it('holds against a hundred thousand new ids', () => {
    const statistics = make({ maxClients: 1000 });
    for (let client = 0; client < 100_000; client++) statistics.close(statistics.open(`id-${client}`));
    expect(statistics.snapshot()).toMatchObject({ connected: 0, idle: 1000, allocated: 1024, evictedForRoom: 99_000 });
  });
});

describe('passes', () => {
  it('start by themselves, one after another, on one entry of the wheel', async () => {
    const statistics = make();
    await statistics.start();
    await statistics.start();
    expect(wheel.size).toBe(1);
    leave(statistics, 5);
    clock.advance(TTL_MS + SWEEP_MS + 20);
    expect(statistics.snapshot()).toMatchObject({ idle: 0, cleanup: { running: true, removedTotal: 5 } });
    leave(statistics, 2);
    clock.advance(TTL_MS + SWEEP_MS + 20);
    expect(statistics.snapshot().cleanup).toMatchObject({ removedTotal: 7, inPass: false, failedPasses: 0 });
    expect(wheel.size).toBe(1);
    await statistics.stop();
    expect([wheel.size, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('work in slices with a tick between them', async () => {
    const statistics = make();
    leave(statistics, 2500);
    clock.advance(TTL_MS + 1);
    const sweeping = statistics.sweep();
    expect(statistics.snapshot()).toMatchObject({ idle: 2500 - 1024, cleanup: { inPass: true } });
    const joined = statistics.sweep();
    clock.advance(10);
    expect(statistics.snapshot().idle).toBe(2500 - 2048);
    clock.advance(10);
    expect(await sweeping).toEqual({ removed: 2500, freedBytes: expect.any(Number), complete: true });
    expect(await joined).toEqual(await sweeping);
    expect(statistics.snapshot().cleanup).toMatchObject({ inPass: false, passes: 1, removedLast: 2500 });
    expect(wheel.size).toBe(0);
  });

  it('pause earlier when their time is up', async () => {
    const statistics = make({ sweepSliceMs: 2 });
    // A listener that takes its time.
    statistics.on('evict', () => clock.freeze(0.1));
    leave(statistics, 100);
    clock.advance(TTL_MS + 1);
    const sweeping = statistics.sweep();
    expect(statistics.snapshot().cleanup).toMatchObject({ inPass: true, removedTotal: 31 });
    clock.advance(100);
    expect(await sweeping).toMatchObject({ removed: 100, complete: true });
    const { lastSliceMs, lastDurationMs } = statistics.snapshot().cleanup;
    expect(lastSliceMs).toBeGreaterThan(2);
    expect(lastSliceMs).toBeLessThan(5.2);
    expect(lastDurationMs).toBeCloseTo(10);
  });

  it('end at once when they are stopped, also between two slices, and start again', async () => {
    const statistics = make();
    await statistics.start();
    leave(statistics, 3000);
    clock.advance(TTL_MS + 1);
    const sweeping = statistics.sweep();
    await statistics.stop();
    await statistics.stop();
    expect(await sweeping).toMatchObject({ removed: 1024, complete: false });
    clock.advance(10 * SWEEP_MS);
    expect([statistics.snapshot().idle, wheel.size]).toEqual([3000 - 1024, 0]);
    await statistics.start();
    clock.advance(SWEEP_MS + 30);
    expect(statistics.snapshot().idle).toBe(0);
  });

  it('end at once when a listener stops them', async () => {
    const statistics = make();
    let stopped: Promise<void> | undefined;
    statistics.on('evict', () => {
      stopped ??= statistics.stop();
    });
    leave(statistics, 10);
    clock.advance(TTL_MS + 1);
    expect(await statistics.sweep()).toMatchObject({ complete: false });
    await stopped;
    expect(statistics.snapshot()).toMatchObject({
      idle: 9,
      cleanup: { removedTotal: 1, running: false, inPass: false },
    });
    expect(wheel.size).toBe(0);
  });

  it('go on when a listener throws, and so do those after them', async () => {
    const statistics = make();
    statistics.on('evict', (_, id) => {
      throw new Error(id);
    });
    await statistics.start();
    leave(statistics, 2);
    clock.advance(TTL_MS + SWEEP_MS + 20);
    expect(errors).toEqual([new Error('client-0'), new Error('client-1')]);
    leave(statistics, 1);
    clock.advance(TTL_MS + SWEEP_MS + 20);
    expect(statistics.snapshot()).toMatchObject({ idle: 0, cleanup: { removedTotal: 3 } });
    await statistics.stop();
  });

  it('that fail are reported and counted, and the next one runs', async () => {
    let broken = false;
    const fault = new StabilityError('ERR_TEST', 'The clock is broken.');
    const fragile: Clock = {
      now: () => {
        if (broken) throw fault;
        return clock.now();
      },
      wall: () => clock.wall(),
      setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
    };
    const statistics = new ClientStatistics(
      { columns, clientTtlMs: TTL_MS, sweepMs: SWEEP_MS },
      { clock: fragile, wheel, onError: (error) => errors.push(error) },
    );
    await statistics.start();
    leave(statistics, 2);
    clock.advance(SWEEP_MS + 20);
    broken = true;
    clock.advance(SWEEP_MS + 20);
    expect(errors).toEqual([fault]);
    broken = false;
    clock.advance(TTL_MS);
    expect(statistics.snapshot()).toMatchObject({
      idle: 0,
      cleanup: { failedPasses: 1, removedTotal: 2, running: true },
    });
    await statistics.stop();
  });

  it('tell what was removed, whose slot it was, and what it freed', async () => {
    const statistics = make();
    const evicted: unknown[] = [];
    statistics.on('evict', (slot, id) => evicted.push([slot, id, statistics.read(slot)]));
    const [slot] = leave(statistics, 1);
    clock.advance(TTL_MS + 1);
    const { freedBytes } = await statistics.sweep();
    expect(evicted).toEqual([[slot, 'client-0', undefined]]);
    // Two columns and the tag, three of the list, the reference, and 8 characters.
    expect(freedBytes).toBe(3 * 4 + 3 * 4 + 8 + 16);
    expect(statistics.snapshot().cleanup).toMatchObject({
      freedBytesLast: freedBytes,
      freedBytesTotal: freedBytes,
      lastAt: clock.wall(),
    });
  });
});

describe('the disabled mode', () => {
  it('keeps nothing for any client and starts nothing', async () => {
    const statistics = make({ enabled: false });
    const slot = statistics.open('ann');
    expect(slot).toBe(0);
    statistics.add(slot, statistics.columns.sent);
    statistics.close(slot);
    await statistics.start();
    expect([wheel.size, statistics.entries()]).toEqual([0, []]);
    expect(statistics.snapshot()).toMatchObject({ connected: 0, idle: 0, overflowed: 0, cleanup: { running: false } });
    await statistics.stop();
  });
});

describe('what it is made of', () => {
  it('takes at most 60 bytes a client for five counters', () => {
    const statistics = new ClientStatistics({ columns: ['a', 'b', 'c', 'd', 'e'] });
    for (let client = 0; client < 100_000; client++) statistics.open('x');
    expect(statistics.snapshot().bytes / 100_000).toBeLessThan(60);
  });

  it.each([
    [[], 'ERR_METRIC_NAME'],
    [['Sent'], 'ERR_METRIC_NAME'],
    [['sent', 'sent'], 'ERR_METRIC_DUPLICATE'],
    [Array.from({ length: 33 }, (_, column) => `c${column}`), 'ERR_METRIC_NAME'],
  ])('refuses the columns %j', (wrong, code) => {
    expect(() => new ClientStatistics({ columns: wrong })).toThrow(expect.objectContaining({ code }));
  });

  it('refuses options out of their range', () => {
    expect(() => make({ clientTtlMs: -1 })).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });
});
