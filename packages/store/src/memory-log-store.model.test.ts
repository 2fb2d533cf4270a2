// The log in memory against a plain model of it: lists, filters and sums, any sequence of calls.
import { ManualClock } from '@ws-stability/core/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inboxKey, isInbox, wireTopic } from './log-key.ts';
import type { Page } from './log-store.ts';
import { MemoryLogStore } from './memory-log-store.ts';
import { ENTRY_OVERHEAD_BYTES } from './topic-log.ts';

const EPOCH = 7;
const TOPICS = ['a', 'b', 'c', 'd', inboxKey('1'), inboxKey('2'), inboxKey('3')];
const decoder = new TextDecoder();

interface Limits {
  readonly retentionEntries: number;
  readonly inboxRetentionEntries: number;
  readonly retentionBytes: number;
  readonly retentionMs: number;
  readonly forgetAfterMs: number;
  readonly maxMessageBytes: number;
  readonly maxTopics: number;
  readonly maxInboxes: number;
  readonly maxKeys: number;
  readonly idTtlMs: number;
  readonly budgetBytes: number;
  readonly inboxShare: number;
}

interface ModelEntry {
  readonly offset: number;
  readonly text: string;
  readonly at: number;
  readonly cost: number;
}

interface ModelLog {
  entries: ModelEntry[];
  last: number;
  holds: number;
  touchedAt: number;
  written: boolean;
  /** Offsets that left for want of budget; a plain set where the store keeps one mark. */
  readonly forBudget: Set<number>;
}

class Model {
  readonly limits: Limits;
  now = 0;
  readonly logs = new Map<string, ModelLog>();
  readonly floors = { topic: 0, inbox: 0 };
  keys: { name: string; offset: number; expiresAt: number }[] = [];
  readonly held: { topic: string; release: () => void }[] = [];
  readonly counts = { appended: 0, duplicates: 0, refused: 0, forgotten: 0, keysEvicted: 0 };
  readonly trimmed = { retention: 0, budget: 0, acknowledged: 0, removed: 0 };
  /** The newest offset ever given to each topic, through forgetting and all. */
  readonly newest = new Map<string, number>();

  constructor(limits: Limits) {
    this.limits = limits;
  }

  floorOf(topic: string): number {
    return isInbox(topic) ? this.floors.inbox : this.floors.topic;
  }

  logOf(topic: string): ModelLog {
    let log = this.logs.get(topic);
    if (log === undefined) {
      const last = this.floorOf(topic);
      log = { entries: [], last, holds: 0, touchedAt: this.now, written: false, forBudget: new Set() };
      this.logs.set(topic, log);
    }
    return log;
  }

  leave(log: ModelLog, count: number, why: keyof Model['trimmed']): void {
    for (const entry of log.entries.splice(0, count)) {
      this.trimmed[why]++;
      if (why === 'budget') log.forBudget.add(entry.offset);
    }
  }

  age(log: ModelLog): void {
    this.leave(log, log.entries.filter((entry) => this.now - entry.at >= this.limits.retentionMs).length, 'retention');
  }

  forget(topic: string, log: ModelLog): void {
    this.logs.delete(topic);
    this.counts.forgotten++;
    const kind = isInbox(topic) ? 'inbox' : 'topic';
    this.floors[kind] = Math.max(this.floors[kind], log.last);
  }

  ofKind(inbox: boolean): [string, ModelLog][] {
    return [...this.logs].filter(([topic]) => isInbox(topic) === inbox);
  }

  bytes(inbox: boolean): number {
    return this.ofKind(inbox).reduce((sum, [, log]) => sum + bytesOf(log), 0);
  }
}

function bytesOf(log: ModelLog): number {
  return log.entries.reduce((sum, entry) => sum + entry.cost, 0);
}

interface Real {
  readonly store: MemoryLogStore;
  readonly clock: ManualClock;
}

abstract class Step implements fc.Command<Model, Real> {
  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    this.act(model, real);
    const seen = real.store.snapshot();
    const entries = [...model.logs.values()].reduce((sum, log) => sum + log.entries.length, 0);
    const written = (inbox: boolean) => model.ofKind(inbox).filter(([, log]) => log.written).length;
    expect(seen).toEqual({
      ...model.counts,
      topics: written(false),
      inboxes: written(true),
      entries,
      bytes: model.bytes(false) + model.bytes(true),
      inboxBytes: model.bytes(true),
      budgetBytes: model.limits.budgetBytes,
      trimmed: model.trimmed,
      keys: model.keys.length,
    });
    const inboxBytes = Math.floor(model.limits.budgetBytes * model.limits.inboxShare);
    expect(seen.inboxBytes).toBeLessThanOrEqual(inboxBytes);
    expect(seen.bytes - seen.inboxBytes).toBeLessThanOrEqual(model.limits.budgetBytes - inboxBytes);
  }

  abstract act(model: Model, real: Real): void;
}

class Append extends Step {
  readonly topic: string;
  readonly size: number;
  readonly id: string | undefined;
  readonly ttlMs: number | undefined;

  constructor(topic: string, size: number, id: string | undefined, ttlMs: number | undefined) {
    super();
    this.topic = topic;
    this.size = size;
    this.id = id;
    this.ttlMs = ttlMs;
  }

  act(model: Model, { store }: Real): void {
    const { topic, size, id, ttlMs } = this;
    const { limits } = model;
    const text = `${model.counts.appended}`.padEnd(size, '.').slice(0, size);
    const key = id === undefined ? undefined : { scope: 's', id, ttlMs };
    const outcome = store.append({ topic, payload: text, binary: false, key });

    if (id !== undefined) {
      model.keys = model.keys.filter((known) => known.expiresAt > model.now);
      const known = model.keys.find((other) => other.name === id);
      if (known !== undefined) {
        model.counts.duplicates++;
        expect(outcome).toEqual({ status: 'duplicate', position: [EPOCH, known.offset] });
        return;
      }
    }
    const inbox = isInbox(topic);
    const others = model.ofKind(inbox).filter(([name, log]) => log.written && name !== topic);
    const offset = (model.logs.get(topic)?.last ?? model.floorOf(topic)) + 1;
    const header = `${wireTopic(topic)} ${offset}\n`.length;
    const inside = header + size;
    const cost = (inside < 126 ? 2 : 4) + inside + ENTRY_OVERHEAD_BYTES;
    const share = Math.floor(limits.budgetBytes * limits.inboxShare);
    const shareBytes = inbox ? share : limits.budgetBytes - share;
    const isNew = model.logs.get(topic)?.written !== true;
    const limit =
      size > limits.maxMessageBytes
        ? 'messageBytes'
        : isNew && others.length >= (inbox ? limits.maxInboxes : limits.maxTopics)
          ? 'topics'
          : cost > limits.retentionBytes
            ? 'messageBytes'
            : cost > shareBytes
              ? 'budget'
              : undefined;
    if (limit !== undefined) {
      model.counts.refused++;
      expect(outcome).toMatchObject({ status: 'refused', limit });
      return;
    }
    expect(outcome).toEqual({ status: 'appended', position: [EPOCH, offset] });
    expect(offset).toBeGreaterThan(model.newest.get(topic) ?? 0);
    model.newest.set(topic, offset);

    const log = model.logOf(topic);
    model.age(log);
    const most = inbox ? limits.inboxRetentionEntries : limits.retentionEntries;
    while (log.entries.length >= most || bytesOf(log) > limits.retentionBytes - cost) model.leave(log, 1, 'retention');
    if (model.bytes(inbox) + cost > shareBytes) this.#followBudget(model, store, shareBytes - cost);
    log.entries.push({ offset, text, at: model.now, cost });
    log.last = offset;
    log.touchedAt = model.now;
    log.written = true;
    model.counts.appended++;
    if (id === undefined) return;
    if (model.keys.length >= limits.maxKeys) {
      const soonest = Math.min(...model.keys.map((known) => known.expiresAt));
      // Of several that expire at once any may go; the ids' times are made different below.
      model.keys = model.keys.filter((known) => known.expiresAt !== soonest);
      model.counts.keysEvicted++;
    }
    model.keys.push({ name: id, offset, expiresAt: model.now + (ttlMs ?? limits.idTtlMs) });
  }

  /** Which logs were trimmed is the store's choice; that it was needed, enough and from the largest is checked. */
  #followBudget(model: Model, store: MemoryLogStore, allowed: number): void {
    expect(store.snapshot().trimmed.budget).toBeGreaterThan(model.trimmed.budget);
    const victims: { log: ModelLog; lastCost: number }[] = [];
    let largestCost = 0;
    for (const [topic, log] of model.ofKind(isInbox(this.topic))) {
      const [head] = store.heads([topic]);
      const own = topic === this.topic ? 1 : 0;
      const kept = (head?.last ?? 0) - (head?.first ?? 0) + 1 - own;
      const gone = log.entries.length - kept;
      const left = log.entries.slice(0, gone);
      if (gone > 0) victims.push({ log, lastCost: left.at(-1)?.cost ?? 0 });
      for (const entry of left) largestCost = Math.max(largestCost, entry.cost);
      model.leave(log, gone, 'budget');
    }
    const bytes = model.bytes(isInbox(this.topic));
    expect(bytes).toBeLessThanOrEqual(allowed);
    expect(bytes + largestCost).toBeGreaterThan(allowed);
    const largest = Math.max(...model.ofKind(isInbox(this.topic)).map(([, log]) => bytesOf(log)));
    for (const { log, lastCost } of victims) expect((bytesOf(log) + lastCost) * 1.25).toBeGreaterThanOrEqual(largest);
  }

  override toString(): string {
    return `append(${this.topic}, ${this.size} bytes, id ${this.id} for ${this.ttlMs})`;
  }
}

class Read extends Step {
  readonly topic: string;
  readonly back: number;
  readonly limit: { entries: number; bytes: number };

  constructor(topic: string, back: number, entries: number, bytes: number) {
    super();
    this.topic = topic;
    this.back = back;
    this.limit = { entries, bytes };
  }

  act(model: Model, { store }: Real): void {
    const log = model.logs.get(this.topic);
    if (log !== undefined) model.age(log);
    const last = log?.last ?? model.floorOf(this.topic);
    const entries = log?.entries ?? [];
    const head = { epoch: EPOCH, first: last - entries.length + 1, last };
    const after = Math.max(0, last - this.back);
    const page: Page = store.read(this.topic, [EPOCH, after], this.limit);
    expect(page.head).toEqual(head);
    expect(store.heads([this.topic])).toEqual([head]);
    if (after > last || after < head.first - 1) {
      const lost = [...(log?.forBudget ?? [])].some((offset) => offset > after);
      const why = after > last ? 'ahead' : lost ? 'budget' : 'retention';
      expect(page).toMatchObject({ status: 'gap', why, now: [EPOCH, after > last ? last : head.first - 1] });
      return;
    }
    if (page.status !== 'entries') throw new Error(`a gap at ${after}, head ${JSON.stringify(head)}`);
    const following = entries.filter((entry) => entry.offset > after);
    const texts = page.entries.map((entry) => decoder.decode(entry.frame.subarray(entry.payloadStart)));
    expect(texts).toEqual(following.slice(0, texts.length).map((entry) => entry.text));
    expect(page.entries.map((entry) => entry.offset)).toEqual(texts.map((_, index) => after + 1 + index));
    let bytes = 0;
    const sums = following.map((entry) => (bytes += entry.cost - ENTRY_OVERHEAD_BYTES));
    const fitting = Math.max(1, sums.filter((sum) => sum <= this.limit.bytes).length);
    expect(texts.length).toBe(Math.min(following.length, this.limit.entries, fitting));
  }

  override toString(): string {
    return `read(${this.topic}, ${this.back} back, ${JSON.stringify(this.limit)})`;
  }
}

class Advance extends Step {
  readonly ms: number;

  constructor(ms: number) {
    super();
    this.ms = ms;
  }

  act(model: Model, { clock }: Real): void {
    clock.advance(this.ms);
    model.now += this.ms;
  }

  override toString(): string {
    return `advance(${this.ms})`;
  }
}

class Sweep extends Step {
  act(model: Model, { store }: Real): void {
    store.sweep();
    model.keys = model.keys.filter((known) => known.expiresAt > model.now);
    for (const [topic, log] of [...model.logs]) {
      model.age(log);
      const idle = model.now - log.touchedAt >= model.limits.forgetAfterMs;
      if (log.entries.length === 0 && log.holds === 0 && idle) model.forget(topic, log);
    }
  }

  override toString(): string {
    return 'sweep()';
  }
}

class Trim extends Step {
  readonly topic: string;
  readonly back: number;
  readonly epoch: number;

  constructor(topic: string, back: number, epoch: number) {
    super();
    this.topic = topic;
    this.back = back;
    this.epoch = epoch;
  }

  act(model: Model, { store }: Real): void {
    const log = model.logs.get(this.topic);
    const upTo = (log?.last ?? 0) - this.back;
    store.trim(this.topic, [this.epoch, upTo]);
    if (log === undefined || this.epoch !== EPOCH) return;
    model.leave(log, log.entries.filter((entry) => entry.offset <= upTo).length, 'acknowledged');
  }

  override toString(): string {
    return `trim(${this.topic}, ${this.back} back, epoch ${this.epoch})`;
  }
}

class Remove extends Step {
  readonly topic: string;

  constructor(topic: string) {
    super();
    this.topic = topic;
  }

  act(model: Model, { store }: Real): void {
    store.remove(this.topic);
    const log = model.logs.get(this.topic);
    if (log === undefined) return;
    model.leave(log, log.entries.length, 'removed');
    if (log.holds === 0) model.forget(this.topic, log);
  }

  override toString(): string {
    return `remove(${this.topic})`;
  }
}

class Hold extends Step {
  readonly topic: string;

  constructor(topic: string) {
    super();
    this.topic = topic;
  }

  act(model: Model, { store }: Real): void {
    model.held.push({ topic: this.topic, release: store.hold(this.topic) });
    model.logOf(this.topic).holds++;
  }

  override toString(): string {
    return `hold(${this.topic})`;
  }
}

class Release extends Step {
  readonly which: number;

  constructor(which: number) {
    super();
    this.which = which;
  }

  act(model: Model): void {
    const [hold] = model.held.splice(this.which % Math.max(1, model.held.length), 1);
    if (hold === undefined) return;
    hold.release();
    hold.release();
    const log = model.logOf(hold.topic);
    log.holds--;
    log.touchedAt = model.now;
  }

  override toString(): string {
    return `release(${this.which})`;
  }
}

const topic = fc.constantFrom(...TOPICS);
// Different times to live for different ids, so that no two expire at the same moment by being appended at the same one.
const id = fc.option(fc.constantFrom(...['k1', 'k2', 'k3', 'k4', 'k5', 'k6']), { nil: undefined });
const ttlOf = (name: string | undefined): number | undefined => {
  return name === undefined || name === 'k6' ? undefined : 40.1 * Number(name.slice(1));
};
const steps = [
  fc.tuple(topic, fc.nat(140), id).map(([name, size, key]) => new Append(name, size, key, ttlOf(key))),
  fc.tuple(topic, fc.nat(90), id).map(([name, size, key]) => new Append(name, size, key, ttlOf(key))),
  fc
    .tuple(topic, fc.integer({ min: -2, max: 8 }), fc.integer({ min: 1, max: 4 }), fc.nat(400))
    .map((args) => new Read(...args)),
  fc.nat(60).map((ms) => new Advance(ms)),
  fc.constant(new Sweep()),
  fc
    .tuple(topic, fc.integer({ min: -1, max: 4 }), fc.constantFrom(EPOCH, EPOCH, EPOCH - 1))
    .map((args) => new Trim(...args)),
  topic.map((name) => new Remove(name)),
  topic.map((name) => new Hold(name)),
  fc.nat(5).map((which) => new Release(which)),
];

const LIMITS: Limits = {
  retentionEntries: 4,
  inboxRetentionEntries: 3,
  retentionBytes: 3 * (ENTRY_OVERHEAD_BYTES + 110),
  retentionMs: 100,
  forgetAfterMs: 50,
  maxMessageBytes: 120,
  maxTopics: 3,
  maxInboxes: 2,
  maxKeys: 3,
  idTtlMs: 150,
  budgetBytes: 1_000_000,
  inboxShare: 0.5,
};

function play(limits: Limits, runs: number): void {
  fc.assert(
    fc.property(fc.commands(steps, { maxCommands: 80, size: 'max' }), (commands) => {
      fc.modelRun(() => {
        const clock = new ManualClock();
        const store = new MemoryLogStore(limits, { clock, epoch: EPOCH });
        return { model: new Model(limits), real: { store, clock } };
      }, commands);
    }),
    { numRuns: runs },
  );
}

test('with room enough the log is what the model says, to the byte', () => {
  play(LIMITS, 300);
});

test('with a budget that is always short the log keeps it, trims the largest and no more than it must', () => {
  // No ageing here: to see which log the store chose the model must look at them, and looking lets go of what has aged.
  play({ ...LIMITS, budgetBytes: 6 * (ENTRY_OVERHEAD_BYTES + 100), retentionMs: 1_000_000 }, 300);
});
