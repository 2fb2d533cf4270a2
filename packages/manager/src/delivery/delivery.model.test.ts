// The pump and its cursors against what every reader may rely on: each entry once and in order, or a skip or a gap that
// names it; nothing to a connection that is full, stalled or gone; nobody left behind. On a log in this process and on
// one that answers late, tells its tail late and with holes, is away for a while, and comes back with a new epoch.
import { type Clock, isPromise, type MaybePromise } from '@ws-stability/core';
import { ManualClock } from '@ws-stability/core/testing';
import type { Gap, SkipReason } from '@ws-stability/protocol';
import { comparePositions } from '@ws-stability/protocol';
import { type LogEntry, type LogStore, MemoryLogStore } from '@ws-stability/store';
import { HurriedClock, RemoteLikeLogStore } from '@ws-stability/store/conformance';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cursor, type Receiver } from './cursor.ts';
import { Delivery } from './delivery.ts';
import { Ledger } from './ledger.ts';

const TOPICS = ['a', 'b'];
const READERS = ['r0', 'r1', 'r2'];
const HIGH_WATER_BYTES = 150;
const RETENTION_MS = 10_000;
const textDecoder = new TextDecoder();

/** One life of a reader's connection. */
class FakeConnection implements Receiver {
  readonly behind: Cursor[] = [];
  pumping = false;
  fenced = false;
  stalled = false;
  buffered = 0;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  get writable(): boolean {
    return !this.fenced && !this.stalled && this.buffered < HIGH_WATER_BYTES;
  }

  get room(): number {
    return Math.max(1, HIGH_WATER_BYTES - this.buffered);
  }

  deliver(cursor: Cursor, entry: LogEntry): void {
    this.#world.check(
      this.writable,
      `${cursor.reader} was given ${cursor.topic} ${entry.offset} while it was not writable`,
    );
    this.buffered += entry.frame.byteLength;
    this.#world.onDelivered(cursor, entry);
  }

  skip(cursor: Cursor, offset: number, why: SkipReason): void {
    this.#world.check(this.writable, `${cursor.reader} was told a skip while it was not writable`);
    this.#world.onSkipped(cursor, offset, why);
  }

  caughtUp(): void {}

  gap(cursor: Cursor, gap: Gap): void {
    this.#world.check(!this.fenced, `${cursor.reader} was told a gap on a connection that is gone`);
    this.#world.onGap(cursor, gap);
  }
}

/** What a reader has of one topic, as it would know by itself. */
interface Seen {
  epoch: number;
  offset: number;
}

interface Setting {
  readonly name: 'memory' | 'remote';
  readonly log: LogStore;
  /** The log that answers at once, for looking things up. */
  inner(): MemoryLogStore;
  /** Waits until nothing is under way. */
  settle(): Promise<void>;
}

class World {
  readonly clock: ManualClock;
  readonly setting: Setting;
  readonly delivery: Delivery;
  readonly ledger = new Ledger();
  readonly connections = new Map<string, FakeConnection>();
  readonly cursors: Cursor[] = [];
  readonly problems: string[] = [];
  readonly errors: unknown[] = [];
  readonly #seen = new Map<Cursor, Seen>();
  readonly #told = { delivered: 0, ttl: 0, gaps: 0 };
  published = 0;

  constructor(clock: ManualClock, setting: Setting) {
    this.clock = clock;
    this.setting = setting;
    this.delivery = new Delivery({
      log: setting.log,
      clock,
      ledger: this.ledger,
      options: { pageBytes: 100, pageEntries: 3, turnMs: 8 },
      onError: (error) => this.errors.push(error),
    });
    for (const reader of READERS) {
      for (const topic of TOPICS) {
        const [head] = setting.inner().heads([topic]);
        const cursor = new Cursor(reader, topic, [head?.epoch ?? 0, 0]);
        this.cursors.push(cursor);
        this.#seen.set(cursor, { epoch: cursor.epoch, offset: cursor.offset });
      }
      this.connect(reader);
    }
  }

  check(holds: boolean, problem: string): void {
    if (!holds) this.problems.push(problem);
  }

  cursorsOf(reader: string): readonly Cursor[] {
    return this.cursors.filter((cursor) => cursor.reader === reader);
  }

  connect(reader: string): void {
    const connection = new FakeConnection(this);
    this.connections.set(reader, connection);
    for (const cursor of this.cursorsOf(reader)) this.delivery.attach(cursor, connection);
  }

  cut(reader: string): void {
    const connection = this.connections.get(reader);
    if (connection === undefined) return;
    for (const cursor of this.cursorsOf(reader)) this.delivery.detach(cursor);
    connection.fenced = true;
    this.connections.delete(reader);
  }

  /** The client says that it has only what it acknowledged; the rest must come again. */
  resume(reader: string): void {
    if (this.connections.has(reader)) return;
    for (const cursor of this.cursorsOf(reader)) {
      const [epoch, offset] = cursor.acked;
      this.ledger.resume(cursor, [epoch, offset]);
      cursor.resumeAt([epoch, offset]);
      this.#seen.set(cursor, { epoch, offset });
    }
    this.connect(reader);
  }

  acknowledge(reader: string): void {
    for (const cursor of this.cursorsOf(reader)) {
      const { epoch, offset } = this.#seenBy(cursor);
      cursor.acknowledge([epoch, offset]);
    }
  }

  drain(reader: string): void {
    const connection = this.connections.get(reader);
    if (connection === undefined) return;
    connection.buffered = 0;
    if (connection.writable) this.delivery.resume(connection);
  }

  stall(reader: string, stalled: boolean): void {
    const connection = this.connections.get(reader);
    if (connection === undefined) return;
    connection.stalled = stalled;
    if (connection.writable) this.delivery.resume(connection);
  }

  onDelivered(cursor: Cursor, entry: LogEntry): void {
    const seen = this.#seenBy(cursor);
    this.check(
      cursor.epoch === seen.epoch && entry.offset === seen.offset + 1,
      `${cursor.reader} got ${entry.offset} of ${cursor.topic} after ${seen.offset}`,
    );
    this.check(entry.origin !== cursor.reader, `${cursor.reader} got its own message`);
    const page = this.setting.inner().read(cursor.key, [seen.epoch, seen.offset], { entries: 1, bytes: 1 });
    const kept = page.status === 'entries' ? page.entries[0] : undefined;
    if (kept !== undefined)
      this.check(textOf(kept) === textOf(entry), `${textOf(entry)} is not what the log holds there`);
    seen.offset = entry.offset;
    this.#told.delivered++;
  }

  onSkipped(cursor: Cursor, offset: number, why: SkipReason): void {
    const seen = this.#seenBy(cursor);
    this.check(offset === seen.offset + 1, `${cursor.reader} was told to skip ${offset} after ${seen.offset}`);
    seen.offset = offset;
    if (why === 'ttl') this.#told.ttl++;
    const page = this.setting.inner().read(cursor.key, [seen.epoch, offset - 1], { entries: 1, bytes: 1 });
    const kept = page.status === 'entries' ? page.entries[0] : undefined;
    if (kept === undefined) return;
    if (why === 'filtered') this.check(kept.origin === cursor.reader, `${offset} was not the reader's own`);
    else this.check(kept.expiresAt <= this.clock.now(), `${offset} was still in time`);
  }

  onGap(cursor: Cursor, { was, now, why }: Gap): void {
    const seen = this.#seenBy(cursor);
    this.check(was[0] === seen.epoch && was[1] === seen.offset, `a gap from ${was} for who stands at ${seen.offset}`);
    this.check(comparePositions(now, was) > 0, `a gap that does not go on: ${was} to ${now}, ${why}`);
    const [head] = this.setting.inner().heads([cursor.key]);
    // What a log in this process calls lost is exactly what it no longer has.
    if (this.setting.name === 'memory') this.check(now[1] + 1 === head?.first, `${now[1] + 1} is not the oldest kept`);
    else if (now[0] === head?.epoch) this.check(now[1] < head.first, `${now[1]} is still there`);
    if (was[0] === now[0]) this.check(why === 'retention', `${why} within an epoch`);
    seen.epoch = now[0];
    seen.offset = now[1];
    this.#told.gaps++;
  }

  /** Everybody comes back and reads: sooner or later all have all. */
  async finish(): Promise<void> {
    for (const reader of READERS) {
      this.resume(reader);
      this.stall(reader, false);
    }
    await this.#catchUp();
    // Now that all are at the head: what the tail does not tell must reach them too.
    for (const topic of TOPICS) publish(this, topic, 2, 5);
    await this.#catchUp();
    const starved = this.cursors.filter((cursor) => !this.#isAtHead(cursor));
    expect(starved.map(({ reader, topic, state, offset }) => `${reader} ${topic} ${state} at ${offset}`)).toEqual([]);
    expect(this.problems).toEqual([]);
    const { delivered, skipped, gaps, lost, rewound, claimed } = this.ledger;
    expect({ delivered, ttl: skipped.ttl, gaps: total(gaps) }).toEqual(this.#told);
    const moved = total(this.cursors.map((cursor) => cursor.offset - cursor.began));
    expect(this.ledger.passed(moved)).toBe(delivered + total(skipped) + total(lost) + claimed - rewound);
    for (const cursor of this.cursors) {
      const { epoch, offset } = this.#seenBy(cursor);
      expect(cursor.position).toEqual([epoch, offset]);
    }
    for (const error of this.errors) expect(error).toMatchObject({ code: 'ERR_STORE' });
    for (const reader of READERS) this.cut(reader);
    expect(this.delivery.feeds).toBe(0);
    this.delivery.close();
    await this.setting.log.close();
  }

  async #catchUp(): Promise<void> {
    for (let round = 0; round < 400; round++) {
      for (const reader of READERS) this.drain(reader);
      await this.setting.settle();
      this.clock.advance(100);
      this.delivery.pollHeads();
      await turns(2);
      await this.setting.settle();
      if (this.cursors.every((cursor) => this.#isAtHead(cursor))) return;
    }
  }

  #isAtHead(cursor: Cursor): boolean {
    const [head] = this.setting.inner().heads([cursor.key]);
    return head?.epoch === cursor.epoch && head.last === cursor.offset;
  }

  #seenBy(cursor: Cursor): Seen {
    const seen = this.#seen.get(cursor);
    if (seen === undefined) throw new Error('an unknown cursor');
    return seen;
  }
}

function textOf(entry: LogEntry): string {
  return textDecoder.decode(entry.frame.subarray(entry.payloadStart));
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** One thing that happens, with its words for a failing run. */
class Happening implements fc.AsyncCommand<object, World> {
  readonly #name: string;
  readonly #act: (world: World) => MaybePromise<unknown>;

  constructor(name: string, act: (world: World) => MaybePromise<unknown>) {
    this.#name = name;
    this.#act = act;
  }

  check(): boolean {
    return true;
  }

  async run(_model: object, world: World): Promise<void> {
    await this.#act(world);
    expect(world.problems).toEqual([]);
  }

  toString(): string {
    return this.#name;
  }
}

const topic = fc.constantFrom(...TOPICS);
const reader = fc.constantFrom(...READERS);

function publish(world: World, name: string, count: number, size: number, ttlMs?: number, origin?: string): void {
  for (let one = 0; one < count; one++) {
    const payload = `${world.published++}:${'x'.repeat(size)}`;
    const answer = world.setting.log.append({ topic: name, payload, binary: false, ttlMs, origin });
    // A store that is away refuses; whatever it did, readers are told the truth about what it holds.
    if (isPromise(answer)) answer.catch(() => undefined);
  }
}

const happenings = [
  fc
    .tuple(topic, fc.integer({ min: 1, max: 6 }), fc.nat(60))
    .map(
      ([name, count, size]) =>
        new Happening(`publish ${count} of ${size} to ${name}`, (world) => publish(world, name, count, size)),
    ),
  fc
    .tuple(topic, fc.integer({ min: 1, max: 500 }))
    .map(
      ([name, ttlMs]) =>
        new Happening(`publish to ${name} for ${ttlMs} ms`, (world) => publish(world, name, 2, 5, ttlMs)),
    ),
  fc
    .tuple(topic, reader)
    .map(
      ([name, who]) =>
        new Happening(`${who} publishes to ${name}`, (world) => publish(world, name, 2, 5, undefined, who)),
    ),
  reader.map((who) => new Happening(`${who} drains`, (world) => world.drain(who))),
  reader.map((who) => new Happening(`${who} stalls`, (world) => world.stall(who, true))),
  reader.map((who) => new Happening(`${who} reads again`, (world) => world.stall(who, false))),
  reader.map((who) => new Happening(`${who} acknowledges`, (world) => world.acknowledge(who))),
  reader.map((who) => new Happening(`${who} is cut`, (world) => world.cut(who))),
  reader.map((who) => new Happening(`${who} is back`, (world) => world.resume(who))),
  fc.integer({ min: 1, max: 6 }).map((count) => new Happening(`${count} turns`, () => turns(count))),
  fc.integer({ min: 1, max: RETENTION_MS / 2 }).map(
    (ms) =>
      new Happening(`${ms} ms pass`, (world) => {
        world.clock.advance(ms);
        world.setting.log.sweep();
      }),
  ),
  fc.constant(new Happening('heads are polled', (world) => world.delivery.pollHeads())),
];

const limits = { retentionEntries: 8, retentionMs: RETENTION_MS, forgetAfterMs: RETENTION_MS };

test('every reader of a log in this process gets each entry once and in order, or is told exactly what it does not get', async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(happenings, { maxCommands: 60, size: 'max' }), async (commands) => {
      const clock = new ManualClock();
      const log = new MemoryLogStore(limits, { clock, epoch: 1 });
      const setting: Setting = { name: 'memory', log, inner: () => log, settle: () => turns(2) };
      const world = new World(clock, setting);
      await fc.asyncModelRun(() => ({ model: {}, real: world }), commands);
      await world.finish();
    }),
  );
});

test('so does every reader of a log far away that is late, has holes in its tail, is down and restarts', async () => {
  const restart = new Happening('the log restarts', async ({ setting: { log } }) => {
    if (log instanceof RemoteLikeLogStore) await log.reopen({ lose: 2 });
  });
  const outage = fc.integer({ min: 1, max: 60 }).map(
    (ms) =>
      new Happening(`the log is down for ${ms} ms`, ({ setting: { log } }) => {
        if (log instanceof RemoteLikeLogStore) log.down(ms);
      }),
  );
  const remote = fc.commands([...happenings, ...happenings, fc.constant(restart), outage], {
    maxCommands: 60,
    size: 'max',
  });
  await fc.assert(
    fc.asyncProperty(fc.nat(), remote, async (seed, commands) => {
      const clock = new ManualClock();
      const linkClock = new HurriedClock();
      let epoch = 0;
      let inner = new MemoryLogStore(limits, { clock, epoch: ++epoch });
      let opened = 0;
      const open = (): MemoryLogStore => {
        if (opened++ > 0) inner = new MemoryLogStore(limits, { clock, epoch: ++epoch });
        return inner;
      };
      const log = new RemoteLikeLogStore(open, { seed, tailDropRate: 0.3 }, { clock: linkClock });
      const setting: Setting = { name: 'remote', log, inner: () => inner, settle: () => linkClock.settle() };
      const world = new World(clock, setting);
      await fc.asyncModelRun(() => ({ model: {}, real: world }), commands);
      await world.finish();
    }),
  );
}, 60_000);

function rethrow(error: unknown): void {
  throw error;
}

function total(counts: Readonly<Record<string, number>> | readonly number[]): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** A connection that only counts. */
class CountingConnection implements Receiver {
  readonly writable = true;
  readonly room = 1_000;
  readonly behind: Cursor[] = [];
  pumping = false;
  got = 0;

  deliver(): void {
    this.got++;
  }

  skip(): void {}

  caughtUp(): void {}

  gap(): void {}
}

test('a turn whose time is up goes on with those who had none, so that all advance alike', async () => {
  // Each look at this clock takes a millisecond, so that a turn's time is up after a page or two.
  let ms = 0;
  const clock: Clock = { now: () => ms++, wall: () => 0, setTimer: () => ({ cancel: () => undefined }) };
  const log = new MemoryLogStore({}, { clock: new ManualClock(), epoch: 1 });
  for (let n = 0; n < 200; n++) log.append({ topic: 'a', payload: `${n}`, binary: false });
  const options = { pageBytes: 1_000, pageEntries: 2, turnMs: 4 };
  const delivery = new Delivery({ log, clock, ledger: new Ledger(), options, onError: rethrow });
  const connections = Array.from({ length: 10 }, () => new CountingConnection());
  for (const [index, connection] of connections.entries()) {
    delivery.attach(new Cursor(`r${index}`, 'a', [1, 0]), connection);
  }
  for (let turn = 0; turn < 500; turn++) {
    await turns(1);
    const counts = connections.map(({ got }) => got);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(options.pageEntries);
  }
  expect(connections.map(({ got }) => got)).toEqual(connections.map(() => 200));
});

test('a laggard with a long way to go does not keep a short one waiting', async () => {
  const log = new MemoryLogStore({}, { clock: new ManualClock(), epoch: 1 });
  for (let n = 0; n < 500; n++) log.append({ topic: 'long', payload: `${n}`, binary: false });
  for (let n = 0; n < 4; n++) log.append({ topic: 'short', payload: `${n}`, binary: false });
  const options = { pageBytes: 1_000, pageEntries: 2, turnMs: 8 };
  const delivery = new Delivery({
    log,
    clock: new ManualClock(),
    ledger: new Ledger(),
    options,
    onError: rethrow,
  });
  const [laggard, other] = [new CountingConnection(), new CountingConnection()];
  delivery.attach(new Cursor('laggard', 'long', [1, 0]), laggard);
  delivery.attach(new Cursor('other', 'short', [1, 0]), other);
  for (let turn = 0; other.got < 4 && turn < 10; turn++) await turns(1);
  expect(other.got).toBe(4);
  expect(laggard.got).toBeLessThan(20);
});
