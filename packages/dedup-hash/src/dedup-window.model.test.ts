// The window against a plain list: any order of claims, commits, aborts, lost claims, waiting, sweeping and clearing, with ids
// that share a fingerprint.
import { ManualClock } from '@ws-stability/core/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Claim, DedupSnapshot } from './dedup-outcome.ts';
import { DedupWindow, type Fingerprint } from './dedup-window.ts';
import { ENTRY_OVERHEAD_BYTES, type Eviction } from './ledger.ts';

interface Limits {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly ttlMs: number;
  readonly claimTtlMs: number;
  readonly maxIdLength: number;
  readonly maxResultBytes: number;
}

interface Known {
  readonly scope: string;
  readonly id: string;
  /** Set when it is remembered. */
  committed: boolean;
  expiresAt: number;
  result: string | undefined;
}

interface Held {
  readonly claim: Claim<string>;
  readonly known: Known;
  readonly ttlMs: number;
  settled: boolean;
}

type Counts = Omit<DedupSnapshot, 'live' | 'inProgress' | 'bytes' | 'collisions'>;

class Model {
  readonly limits: Limits;
  now = 0;
  known: Known[] = [];
  held: Held[] = [];
  readonly evictions: Eviction[] = [];
  /** What the window told: of those that expire at once it may choose any. */
  readonly told: readonly Eviction[];
  readonly counts: { -readonly [Name in keyof Counts]: number } = {
    claimed: 0,
    committed: 0,
    aborted: 0,
    lapsed: 0,
    lateCommits: 0,
    hits: 0,
    busy: 0,
    expired: 0,
    evictedLive: 0,
    evictedClaims: 0,
    resultsDropped: 0,
  };

  constructor(limits: Limits, told: readonly Eviction[]) {
    this.limits = limits;
    this.told = told;
  }

  /** The model expires at once what the window may keep a while; they are compared after a sweep. */
  expire(): void {
    for (const known of this.known.filter(({ expiresAt }) => expiresAt <= this.now)) this.letGo(known);
  }

  letGo(known: Known): void {
    this.known.splice(this.known.indexOf(known), 1);
    this.counts[known.committed ? 'expired' : 'lapsed']++;
  }

  find(scope: string, id: string): Known | undefined {
    return this.known.find((known) => known.scope === scope && known.id === id);
  }

  get bytes(): number {
    return this.known.reduce((sum, known) => sum + costOf(known), 0);
  }

  makeRoom(entries: number, bytes: number, except?: Known): void {
    const others = () => this.known.filter((known) => known !== except);
    while (this.known.length + entries > this.limits.maxEntries || this.bytes + bytes > this.limits.maxBytes) {
      const kept = others().filter(({ committed }) => committed);
      const candidates = kept.length > 0 ? kept : others();
      const soonest = Math.min(...candidates.map(({ expiresAt }) => expiresAt));
      const first = candidates.filter(({ expiresAt }) => expiresAt === soonest);
      const told = this.told[this.evictions.length];
      const victim = first.find(({ scope, id }) => scope === told?.scope && id === told.id) ?? first[0];
      if (victim === undefined) return;
      this.known.splice(this.known.indexOf(victim), 1);
      this.counts.evictedLive++;
      if (!victim.committed) this.counts.evictedClaims++;
      const { scope, id, expiresAt, committed } = victim;
      this.evictions.push({ scope, id, remainingMs: expiresAt - this.now, inProgress: !committed });
    }
  }
}

function costOf({ scope, id, result }: Pick<Known, 'scope' | 'id' | 'result'>): number {
  return ENTRY_OVERHEAD_BYTES + 2 * (scope.length + id.length) + 2 * (result?.length ?? 0);
}

interface Real {
  readonly window: DedupWindow<string>;
  readonly clock: ManualClock;
  readonly evictions: Eviction[];
}

abstract class Step implements fc.Command<Model, Real> {
  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    model.expire();
    this.act(model, real);
    const seen = real.window.snapshot();
    expect(seen.bytes).toBeLessThanOrEqual(model.limits.maxBytes);
    expect(seen.live).toBeLessThanOrEqual(model.limits.maxEntries);
    expect(seen.claimed).toBe(
      seen.committed + seen.aborted + seen.lapsed + seen.evictedClaims + seen.inProgress + cleared.claims,
    );
    expect(real.evictions).toEqual(model.evictions);
    const unswept = seen.live - model.known.length;
    expect(unswept).toBeGreaterThanOrEqual(0);
    expect(seen.expired + seen.lapsed + unswept).toBe(model.counts.expired + model.counts.lapsed);
    if (unswept === 0) {
      const { collisions: _, ...rest } = seen;
      const inProgress = model.known.filter(({ committed }) => !committed).length;
      expect(rest).toEqual({ ...model.counts, live: model.known.length, inProgress, bytes: model.bytes });
    }
  }

  abstract act(model: Model, real: Real): void;
}

/** Claims that `clear` took away are in no other count. */
const cleared = { claims: 0 };

class ClaimId extends Step {
  readonly scope: string;
  readonly id: string;
  readonly ttlMs: number | undefined;

  constructor(scope: string, id: string, ttlMs: number | undefined) {
    super();
    this.scope = scope;
    this.id = id;
    this.ttlMs = ttlMs;
  }

  act(model: Model, { window }: Real): void {
    const { scope, id, ttlMs } = this;
    const peeked = window.peek(scope, id);
    const outcome = window.claim(scope, id, ttlMs === undefined ? undefined : { ttlMs });
    const known = model.find(scope, id);
    if (known !== undefined) {
      model.counts[known.committed ? 'hits' : 'busy']++;
      expect(outcome).toEqual(
        known.committed ? { outcome: 'duplicate', result: known.result } : { outcome: 'inProgress' },
      );
      expect(peeked).toEqual(outcome);
      return;
    }
    expect(peeked).toBe(undefined);
    if (outcome.outcome !== 'new') throw new Error(`${outcome.outcome} for ${scope} ${id}, which is free`);
    model.makeRoom(1, costOf({ scope, id, result: undefined }));
    const expiresAt = model.now + model.limits.claimTtlMs;
    const claimed: Known = { scope, id, committed: false, expiresAt, result: undefined };
    model.known.push(claimed);
    model.counts.claimed++;
    model.held.push({ claim: outcome, known: claimed, ttlMs: ttlMs ?? model.limits.ttlMs, settled: false });
  }

  override toString(): string {
    return `claim(${this.scope}, ${this.id}, ${this.ttlMs})`;
  }
}

/** Settles any claim ever given: held, lapsed, evicted, cleared away or settled before. */
abstract class Settle extends Step {
  readonly which: number;

  constructor(which: number) {
    super();
    this.which = which;
  }

  act(model: Model, real: Real): void {
    const held = model.held[this.which % Math.max(1, model.held.length)];
    if (held === undefined) return;
    const counts = !held.settled;
    held.settled = true;
    this.settle(model, real, held, counts && model.known.includes(held.known), counts);
  }

  abstract settle(model: Model, real: Real, held: Held, isHeld: boolean, isFirst: boolean): void;
}

class Commit extends Settle {
  readonly result: string | undefined;

  constructor(which: number, result: string | undefined) {
    super(which);
    this.result = result;
  }

  settle(model: Model, _real: Real, { claim, known, ttlMs }: Held, isHeld: boolean, isFirst: boolean): void {
    const { result } = this;
    expect(claim.commit(result)).toBe(isHeld);
    if (!isHeld) {
      if (isFirst) model.counts.lateCommits++;
      return;
    }
    model.counts.committed++;
    known.committed = true;
    known.expiresAt = model.now + ttlMs;
    if (result === undefined) return;
    const { maxBytes, maxResultBytes } = model.limits;
    if (2 * result.length > maxResultBytes || costOf({ ...known, result }) > maxBytes) model.counts.resultsDropped++;
    else {
      model.makeRoom(0, 2 * result.length, known);
      known.result = result;
    }
  }

  override toString(): string {
    return `commit(${this.which}, ${this.result})`;
  }
}

class Abort extends Settle {
  settle(model: Model, _real: Real, { claim, known }: Held, isHeld: boolean): void {
    expect(claim.abort()).toBe(isHeld);
    if (!isHeld) return;
    model.counts.aborted++;
    model.known.splice(model.known.indexOf(known), 1);
  }

  override toString(): string {
    return `abort(${this.which})`;
  }
}

class Wait extends Step {
  readonly ms: number;

  constructor(ms: number) {
    super();
    this.ms = ms;
  }

  act(model: Model, { clock }: Real): void {
    clock.advance(this.ms);
    // The wall clock means nothing here.
    clock.jumpWall(-3 * this.ms);
    model.now += this.ms;
    model.expire();
  }

  override toString(): string {
    return `wait(${this.ms})`;
  }
}

class Sweep extends Step {
  act(model: Model, { window }: Real): void {
    window.sweep();
    expect(window.snapshot().live).toBe(model.known.length);
  }

  override toString(): string {
    return 'sweep()';
  }
}

class Clear extends Step {
  act(model: Model, { window }: Real): void {
    // Swept first, so that what is cleared is the same for both.
    window.sweep();
    window.clear();
    cleared.claims += model.known.filter(({ committed }) => !committed).length;
    model.known = [];
  }

  override toString(): string {
    return 'clear()';
  }
}

const scope = fc.constantFrom('a', 'b', 'bb');
const id = fc.constantFrom('1', '2', '3', 'a1', 'b1', 'long'.repeat(12), '日本');
const ttl = fc.option(fc.constantFrom(0, 10, 40, 90, 500), { nil: undefined });
const which = fc.nat(60);
const claims = fc.tuple(scope, id, ttl).map((args) => new ClaimId(...args));
const commits = fc
  .tuple(
    which,
    fc.option(
      fc.nat(90).map((length) => 'r'.repeat(length)),
      { nil: undefined },
    ),
  )
  .map((args) => new Commit(...args));
const steps = [
  claims,
  claims,
  commits,
  commits,
  which.map((index) => new Abort(index)),
  fc.nat(60).map((ms) => new Wait(ms)),
  fc.constant(new Sweep()),
  fc.constant(new Clear()),
];

const ROOMY: Limits = {
  maxEntries: 100,
  maxBytes: 1_000_000,
  ttlMs: 100,
  claimTtlMs: 50,
  maxIdLength: 60,
  maxResultBytes: 120,
};

function play(limits: Limits, fingerprint?: Fingerprint): void {
  fc.assert(
    fc.property(fc.commands(steps, { maxCommands: 100, size: 'max' }), (commands) => {
      fc.modelRun(() => {
        cleared.claims = 0;
        const clock = new ManualClock();
        const window = new DedupWindow<string>(limits, { clock, fingerprint });
        const evictions: Eviction[] = [];
        window.on('evictedLive', (eviction) => evictions.push(eviction));
        return { model: new Model(limits, evictions), real: { window, clock, evictions } };
      }, commands);
    }),
  );
}

test('with room enough the window is what the model says', () => {
  play(ROOMY);
});

test('with room for four ids the one that would expire first goes first, and claims only when nothing else is left', () => {
  play({ ...ROOMY, maxEntries: 4 });
});

test('with few bytes ids and results stay within them', () => {
  play({ ...ROOMY, maxBytes: 1024 });
});

test('with one fingerprint for all ids it is the same window, only slower', () => {
  play({ ...ROOMY, maxEntries: 6 }, () => 7);
  play({ ...ROOMY, maxBytes: 1200 }, (_, { length }) => length - 2);
});
