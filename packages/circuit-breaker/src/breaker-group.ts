// Breakers by key, one for each peer: bounded, and none opens while a share of them is open, so that a fault of our own does not
// refuse everyone.
import { Emitter, type Listener, type Observable } from '@ws-stability/core';
import { type GroupNumbers, groupLimits } from './breaker-limits.ts';
import { type BreakerDependencies, type BreakerSettings, makePolicy } from './breaker-policy.ts';
import { type BreakerChange, CircuitBreaker, type SharedPolicy } from './circuit-breaker.ts';

export interface BreakerGroupSettings extends BreakerSettings, Partial<GroupNumbers> {}

export type BreakerGroupEvents = {
  readonly transition: readonly [change: BreakerChange & { readonly key: string }];
  /** A member was to open, but as many are open as may be; it stays closed and counts from the start. */
  readonly tripSuppressed: readonly [key: string];
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

/** Members looked at for one that is added, so that no call pays for all; with room left it is enough to outpace what is added. */
const LOOKS = 64;
const LOOKS_WITH_ROOM = 2;

interface Member {
  readonly breaker: CircuitBreaker;
  /** How often it was used when it was last looked at; below 0 when somebody got it since. */
  uses: number;
  /** When it was last found to be in use, in whole monotonic milliseconds. */
  readonly usedAt: number;
}

/** Breakers by key, made when they are asked for. */
export class BreakerGroup implements Observable<BreakerGroupEvents> {
  readonly #policy: SharedPolicy & GroupNumbers;
  readonly #events: Emitter<BreakerGroupEvents>;
  readonly #members = new Map<string, Member>();
  #open = 0;
  #opened = 0;
  #tripsSuppressed = 0;
  #evicted = 0;

  /** @throws StabilityError `ERR_OPTION` for settings out of their range. */
  constructor(settings: BreakerGroupSettings = {}, dependencies: BreakerDependencies = {}) {
    this.#policy = {
      ...makePolicy(groupLimits, settings, dependencies),
      mayTrip: (breaker) => this.#mayTrip(breaker),
      changed: (breaker, change) => this.#changed(breaker, change),
    };
    this.#events = new Emitter(this.#policy.onError);
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
    const member = this.#members.get(key);
    if (member !== undefined) {
      member.uses = -1;
      return member.breaker;
    }
    const usedAt = Math.floor(this.#policy.clock.now());
    this.#makeRoom(usedAt);
    const breaker = new CircuitBreaker({ name: key }, undefined, this.#policy);
    this.#members.set(key, { breaker, uses: 0, usedAt });
    return breaker;
  }

  /** The member of a key if there is one; this does not count as a use. */
  peek(key: string): CircuitBreaker | undefined {
    return this.#members.get(key)?.breaker;
  }

  /** Lets a member go. Whoever still holds it has a breaker that works but belongs to no group. */
  delete(key: string): boolean {
    if ((this.peek(key)?.state ?? 'closed') !== 'closed') this.#open--;
    return this.#members.delete(key);
  }

  snapshot(): BreakerGroupSnapshot {
    return {
      members: this.size,
      open: this.#open,
      opened: this.#opened,
      tripsSuppressed: this.#tripsSuppressed,
      evicted: this.#evicted,
    };
  }

  #mayTrip(breaker: CircuitBreaker): boolean {
    const { name } = breaker;
    if (this.peek(name) !== breaker || this.#open < Math.max(1, Math.floor(this.#policy.maxOpenShare * this.size)))
      return true;
    this.#tripsSuppressed++;
    this.#events.emit('tripSuppressed', name);
    return false;
  }

  #changed(breaker: CircuitBreaker, change: BreakerChange): void {
    const { name, from, to } = change;
    if (this.peek(name) !== breaker) return;
    if (from === 'closed') this.#open++;
    if (to === 'closed') this.#open--;
    if (to === 'open') this.#opened++;
    this.#events.emit('transition', { ...change, key: name });
  }

  // From the longest unused on, as far as is known: members that were used since the last look go to the back.
  #makeRoom(now: number): void {
    const { maxMembers, idleMs } = this.#policy;
    let looks = this.size < maxMembers ? LOOKS_WITH_ROOM : LOOKS;
    for (const [key, { breaker, uses, usedAt }] of this.#members) {
      const full = this.size >= maxMembers;
      const { state, successes, failures, ignored, rejected } = breaker.snapshot();
      const used = successes + failures + ignored + rejected;
      if (uses === used && state === 'closed') {
        if (!full && now - usedAt < idleMs) return;
        this.#evict(key);
      } else if (--looks > 0) {
        this.#members.delete(key);
        this.#members.set(key, { breaker, uses: used, usedAt: now });
      } else {
        // Whatever the next one is: no call pays for all.
        if (full) this.#evict(key);
        return;
      }
    }
  }

  #evict(key: string): void {
    this.delete(key);
    this.#evicted++;
  }
}
