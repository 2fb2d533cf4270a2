// Breakers by key, one for each peer: bounded, and never more than a share of them open, so that a fault of our own does not
// refuse everyone.
import { Emitter, type Listener, type Observable } from '@ws-stability/core';
import type { PartialGroupNumbers } from './breaker-limits.ts';
import { type BreakerDependencies, BreakerPolicy, type BreakerSettings } from './breaker-policy.ts';
import { type BreakerChange, CircuitBreaker, inside, type MemberWatcher, type Seat } from './circuit-breaker.ts';

export interface BreakerGroupSettings extends BreakerSettings, PartialGroupNumbers {}

export type BreakerGroupEvents = {
  readonly transition: readonly [change: BreakerChange & { readonly key: string }];
  /** A member was to open, but as many are open as may be; it stays closed and counts from the start. */
  readonly tripSuppressed: readonly [
    suppressed: { readonly key: string; readonly open: number; readonly members: number },
  ];
};

export interface BreakerGroupSnapshot {
  readonly members: number;
  /** Members that are open or half-open. */
  readonly open: number;
  readonly opened: number;
  readonly tripsSuppressed: number;
  /** Members that left for want of room, or because nobody used them. */
  readonly evicted: number;
}

/** Members looked at for each one added, so that no single call pays for all. */
const LOOKS = 16;

interface Member {
  readonly breaker: CircuitBreaker;
  /** When it was last found to be in use, in monotonic milliseconds. */
  usedAt: number;
  used: boolean;
}

/** @throws StabilityError `ERR_OPTION`, from the constructor, for settings out of their range. */
export class BreakerGroup implements Observable<BreakerGroupEvents> {
  readonly #policy: BreakerPolicy;
  readonly #events: Emitter<BreakerGroupEvents>;
  readonly #members = new Map<string, Member>();
  readonly #seat: Seat;
  #open = 0;
  #opened = 0;
  #tripsSuppressed = 0;
  #evicted = 0;

  constructor(settings: BreakerGroupSettings = {}, dependencies: BreakerDependencies = {}) {
    this.#policy = new BreakerPolicy(settings, dependencies, true);
    this.#events = new Emitter(this.#policy.onError);
    const watcher: MemberWatcher = {
      mayTrip: (breaker) => this.#mayTrip(breaker),
      changed: (breaker, change) => this.#changed(breaker, change),
    };
    this.#seat = { policy: this.#policy, watcher };
  }

  get size(): number {
    return this.#members.size;
  }

  /** Members that are open or half-open. */
  get open(): number {
    return this.#open;
  }

  on<Name extends keyof BreakerGroupEvents>(name: Name, listener: Listener<BreakerGroupEvents[Name]>): () => void {
    return this.#events.on(name, listener);
  }

  /** The member of a key, made when there is none; another may have to leave for it. */
  get(key: string): CircuitBreaker {
    let member = this.#members.get(key);
    if (member === undefined) {
      const now = this.#policy.clock.now();
      this.#makeRoom(now);
      member = { breaker: new CircuitBreaker({ name: key }, {}, this.#seat), usedAt: now, used: false };
      this.#members.set(key, member);
    } else member.used = true;
    return member.breaker;
  }

  /** The member of a key if there is one; this does not count as a use. */
  peek(key: string): CircuitBreaker | undefined {
    return this.#members.get(key)?.breaker;
  }

  /** Lets a member go; whoever still holds it has a breaker that works but belongs to no group. */
  delete(key: string): boolean {
    const member = this.#members.get(key);
    if (member !== undefined && member.breaker.state !== 'closed') this.#open--;
    return this.#members.delete(key);
  }

  snapshot(): BreakerGroupSnapshot {
    return {
      members: this.#members.size,
      open: this.#open,
      opened: this.#opened,
      tripsSuppressed: this.#tripsSuppressed,
      evicted: this.#evicted,
    };
  }

  #has(breaker: CircuitBreaker): boolean {
    return this.#members.get(breaker.name)?.breaker === breaker;
  }

  #mayTrip(breaker: CircuitBreaker): boolean {
    const members = this.#members.size;
    const most = Math.max(1, Math.floor(this.#policy.numbers.maxOpenShare * members));
    if (!this.#has(breaker) || this.#open < most) return true;
    this.#tripsSuppressed++;
    this.#events.emit('tripSuppressed', { key: breaker.name, open: this.#open, members });
    return false;
  }

  #changed(breaker: CircuitBreaker, change: BreakerChange): void {
    if (!this.#has(breaker)) return;
    if (change.from === 'closed') this.#open++;
    if (change.to === 'closed') this.#open--;
    if (change.to === 'open') this.#opened++;
    this.#events.emit('transition', { ...change, key: change.name });
  }

  // Looks at the members in order of their last use, as far as it is known: one that was used goes to the back.
  #makeRoom(now: number): void {
    const { maxMembers, idleMs } = this.#policy.numbers;
    const full = (): boolean => this.#members.size >= maxMembers;
    let fallback: string | undefined;
    let looks = 0;
    for (const [key, member] of this.#members) {
      if (++looks > LOOKS) break;
      const closed = member.breaker.state === 'closed';
      const used = inside.wasUsed(member.breaker) || member.used;
      if (closed && !used && (full() || now - member.usedAt >= idleMs)) {
        this.#evict(key);
        continue;
      }
      if (!used && !full()) break;
      if (closed) fallback ??= key;
      if (used) member.usedAt = now;
      member.used = false;
      this.#members.delete(key);
      this.#members.set(key, member);
    }
    if (full()) this.#evict(fallback ?? this.#members.keys().next().value);
  }

  #evict(key: string | undefined): void {
    if (key !== undefined && this.delete(key)) this.#evicted++;
  }
}
