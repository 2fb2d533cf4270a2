// The wheel against a plain sorted list, through any history of scheduling, cancelling, time, freezes and clock jumps.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ManualClock } from './testing/manual-clock.ts';
import { TimerWheel, WheelEntry } from './timer-wheel.ts';

const TICK_MS = 10;
const ENTRIES = 6;

interface Waiting {
  readonly dueAt: number;
  readonly order: number;
}

/** What must be: for each entry its deadline; calls happen on the tick at or after it, by deadline, then by age. */
interface Model {
  readonly waiting: Map<number, Waiting>;
  scheduled: number;
}

class Real {
  readonly clock = new ManualClock();
  readonly calls: { readonly entry: number; readonly at: number }[] = [];
  readonly wheel: TimerWheel;
  readonly entries: readonly WheelEntry[];

  constructor(slots: number) {
    this.wheel = new TimerWheel({ clock: this.clock, tickMs: TICK_MS, slots });
    this.entries = Array.from(
      { length: ENTRIES },
      (_, entry) => new WheelEntry(() => this.calls.push({ entry, at: this.clock.now() })),
    );
  }

  entry(index: number): WheelEntry {
    const entry = this.entries[index];
    if (entry === undefined) throw new Error(`no entry ${index}`);
    return entry;
  }
}

type Step = fc.Command<Model, Real>;

const tickOf = (time: number): number => Math.ceil(time / TICK_MS);

/** Takes what is due out of the model: the calls of the time until `now`, in the order they must come. */
function due(model: Model, now: number): readonly { readonly entry: number; readonly tick: number }[] {
  const calls = [...model.waiting]
    .filter(([, { dueAt }]) => tickOf(dueAt) * TICK_MS <= now)
    .sort(([, one], [, other]) => tickOf(one.dueAt) - tickOf(other.dueAt) || one.order - other.order)
    .map(([entry, { dueAt }]) => ({ entry, tick: tickOf(dueAt) }));
  for (const { entry } of calls) model.waiting.delete(entry);
  return calls;
}

function checkState(model: Model, real: Real): void {
  expect(real.wheel.size).toBe(model.waiting.size);
  expect(real.clock.pendingTimers).toBe(model.waiting.size > 0 ? 1 : 0);
  expect(real.entries.map((entry) => entry.scheduled)).toEqual(
    real.entries.map((_, index) => model.waiting.has(index)),
  );
}

class Schedule implements Step {
  readonly entry: number;
  readonly delayMs: number;
  constructor(entry: number, delayMs: number) {
    this.entry = entry;
    this.delayMs = delayMs;
  }
  check = (): boolean => true;
  run(model: Model, real: Real): void {
    real.wheel.schedule(real.entry(this.entry), this.delayMs);
    // Never in the turn that schedules it: on a tick's boundary the next one counts.
    const nextTick = Math.floor(real.clock.now() / TICK_MS) * TICK_MS + TICK_MS;
    const dueAt = Math.max(real.clock.now() + this.delayMs, nextTick);
    model.waiting.set(this.entry, { dueAt, order: model.scheduled++ });
    checkState(model, real);
  }
  toString = (): string => `schedule(${this.entry}, ${this.delayMs})`;
}

class Cancel implements Step {
  readonly entry: number;
  constructor(entry: number) {
    this.entry = entry;
  }
  check = (): boolean => true;
  run(model: Model, real: Real): void {
    real.wheel.cancel(real.entry(this.entry));
    model.waiting.delete(this.entry);
    checkState(model, real);
  }
  toString = (): string => `cancel(${this.entry})`;
}

class Pass implements Step {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check = (): boolean => true;
  run(model: Model, real: Real): void {
    real.calls.length = 0;
    real.clock.advance(this.ms);
    expect(real.calls).toEqual(due(model, real.clock.now()).map(({ entry, tick }) => ({ entry, at: tick * TICK_MS })));
    checkState(model, real);
  }
  toString = (): string => `pass(${this.ms})`;
}

class Freeze implements Step {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check = (): boolean => true;
  run(model: Model, real: Real): void {
    real.calls.length = 0;
    real.clock.freeze(this.ms);
    const now = real.clock.now();
    expect(real.calls).toEqual(due(model, now).map(({ entry }) => ({ entry, at: now })));
    checkState(model, real);
  }
  toString = (): string => `freeze(${this.ms})`;
}

class JumpWall implements Step {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check = (): boolean => true;
  run(model: Model, real: Real): void {
    real.clock.jumpWall(this.ms);
    checkState(model, real);
  }
  toString = (): string => `jumpWall(${this.ms})`;
}

class Close implements Step {
  check = (): boolean => true;
  run(model: Model, real: Real): void {
    real.wheel.close();
    model.waiting.clear();
    checkState(model, real);
  }
  toString = (): string => 'close()';
}

const anyEntry = fc.nat(ENTRIES - 1);
const anyMs = fc.oneof(fc.nat(3 * TICK_MS), fc.nat(30 * TICK_MS));
const anySteps = fc.commands(
  [
    fc.tuple(anyEntry, anyMs).map(([entry, delay]) => new Schedule(entry, delay)),
    fc.tuple(anyEntry, anyMs).map(([entry, delay]) => new Schedule(entry, delay)),
    anyEntry.map((entry) => new Cancel(entry)),
    anyMs.map((ms) => new Pass(ms)),
    anyMs.map((ms) => new Freeze(ms)),
    fc.integer({ min: -1e9, max: 1e9 }).map((ms) => new JumpWall(ms)),
    fc.constant(new Close()),
  ],
  { maxCommands: 60, size: 'max' },
);

it('calls what a plain sorted list would call, at the same ticks and in the same order', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 7, 64), anySteps, (slots, steps) => {
      fc.modelRun(() => ({ model: { waiting: new Map(), scheduled: 0 }, real: new Real(slots) }), steps);
    }),
  );
});
