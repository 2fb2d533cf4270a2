// A bounded memory of what was done already: claim an id, act, then commit it or leave it free.
import {
  type Clock,
  Emitter,
  type Listener,
  type Observable,
  type Random,
  resolveOptions,
  StabilityError,
  systemClock,
  systemRandom,
} from '@ws-stability/core';
import { type DedupOptions, dedupOptions } from './dedup-options.ts';
import type { ClaimOptions, ClaimOutcome, DedupEvents, DedupSnapshot, Duplicate, Seen } from './dedup-outcome.ts';
import { NONE } from './entry-columns.ts';
import { HeldClaim } from './held-claim.ts';
import { keyedHash, randomHashKey } from './keyed-hash.ts';
import { costOf, Ledger } from './ledger.ts';
import { resultBytes } from './result-bytes.ts';

/** A number of a scope and an id, of which 32 bits are used; equal ones have equal ones. Which others share it decides speed only. */
export type Fingerprint = (scope: string, id: string) => number;

export interface DedupDependencies<Result> {
  /** @default the platform's clock */
  readonly clock?: Clock | undefined;
  /** For the secret key of the fingerprints. @default the platform's randomness */
  readonly random?: Random | undefined;
  /** @default HalfSipHash-1-3 under a key of this window alone */
  readonly fingerprint?: Fingerprint | undefined;
  /** How many bytes a result counts for. @default counted from what it is made of */
  readonly sizeOf?: ((result: Result) => number) | undefined;
}

// Enough that expiry keeps up with any pace of claims, few enough that no call stalls for a crowd that expired at once.
const EXPIRED_PER_CLAIM = 4;

// Frozen, because everybody gets the same one.
const IN_PROGRESS = Object.freeze({ outcome: 'inProgress' } as const);

export class DedupWindow<Result = never> implements Observable<DedupEvents> {
  readonly #options: ReturnType<typeof resolveDedupOptions>;
  readonly #fingerprint: Fingerprint;
  readonly #ledger: Ledger<Result>;
  readonly #emitter = new Emitter<DedupEvents>();
  #closed = false;
  #hits = 0;
  #busy = 0;

  /** @throws StabilityError `ERR_OPTION` for options out of their range, all at once. */
  constructor(
    options: DedupOptions = {},
    { clock = systemClock, random = systemRandom, fingerprint, sizeOf = resultBytes }: DedupDependencies<Result> = {},
  ) {
    this.#options = resolveDedupOptions(options);
    this.#fingerprint = fingerprint ?? keyedFingerprint(random);
    const emitter = this.#emitter;
    this.#ledger = new Ledger(this.#options, {
      clock,
      sizeOf,
      hearsEvictions: () => emitter.has('evictedLive'),
      onEviction: (eviction) => emitter.emit('evictedLive', eviction),
    });
  }

  /**
   * Asks for the right to act for an id. `new`: act, then `commit()`, or `abort()` if it failed. `duplicate`: it was done, here
   * is the first result. `inProgress`: another claim holds it now.
   *
   * @param scope whose ids these are, e.g. the authenticated user: an id of one scope says nothing about the same id of another.
   * @throws StabilityError `ERR_DEDUP_ID` for a scope and id too long, `ERR_DEDUP_TTL` for a `ttlMs` that is none,
   * `ERR_DEDUP_CLOSED`.
   */
  claim(scope: string, id: string, options?: ClaimOptions): ClaimOutcome<Result> {
    const ttlMs = options?.ttlMs ?? this.#options.ttlMs;
    if (!(ttlMs >= 0)) throw new StabilityError('ERR_DEDUP_TTL', `Give a time to live of 0 ms or more, not ${ttlMs}.`);
    this.#check(scope, id);
    const ledger = this.#ledger;
    const now = ledger.now();
    ledger.expire(now, EXPIRED_PER_CLAIM);
    const hash = this.#fingerprint(scope, id) | 0;
    const known = ledger.find(hash, scope, id, now);
    if (known === NONE) {
      const claim = new HeldClaim(ledger, ledger.claim(hash, scope, id, now), ttlMs);
      ledger.tellEvictions();
      return claim;
    }
    if (ledger.isClaimed(known)) {
      this.#busy++;
      return IN_PROGRESS;
    }
    this.#hits++;
    return duplicateOf(ledger.resultOf(known));
  }

  /** What {@link claim} would answer, without claiming or counting; `undefined` for an id that is free. Throws as it does. */
  peek(scope: string, id: string): Seen<Result> | undefined {
    this.#check(scope, id);
    const ledger = this.#ledger;
    const known = ledger.find(this.#fingerprint(scope, id) | 0, scope, id, ledger.now());
    if (known === NONE) return undefined;
    return ledger.isClaimed(known) ? IN_PROGRESS : duplicateOf(ledger.resultOf(known));
  }

  on<Name extends keyof DedupEvents>(name: Name, listener: Listener<DedupEvents[Name]>): () => void {
    return this.#emitter.on(name, listener);
  }

  /**
   * Frees what has expired. Never needed for a right answer: expired ids count as free, and each claim frees a few. Call it now
   * and then to give memory back while nobody claims.
   *
   * @param most how many at most, for a pass in slices. @default all
   * @returns how many were freed.
   */
  sweep(most: number = Number.POSITIVE_INFINITY): number {
    const ledger = this.#ledger;
    const freed = ledger.expire(ledger.now(), most);
    ledger.shrink();
    return freed;
  }

  snapshot(): DedupSnapshot {
    const ledger = this.#ledger;
    return {
      live: ledger.size,
      inProgress: ledger.inProgress,
      bytes: ledger.bytes,
      claimed: ledger.claimed,
      committed: ledger.committed,
      aborted: ledger.aborted,
      lapsed: ledger.lapsed,
      lateCommits: ledger.lateCommits,
      hits: this.#hits,
      busy: this.#busy,
      expired: ledger.expired,
      evictedLive: ledger.evictedLive,
      evictedClaims: ledger.evictedClaims,
      collisions: ledger.collisions,
      resultsDropped: ledger.resultsDropped,
    };
  }

  /** Forgets every id, claims included: whoever holds one settles late. Counters go on. */
  clear(): void {
    this.#ledger.clear();
  }

  /** Forgets everything; claims after it throw `ERR_DEDUP_CLOSED`, claims held settle late. */
  close(): void {
    this.#closed = true;
    this.clear();
    this.#emitter.clear();
  }

  #check(scope: string, id: string): void {
    if (this.#closed)
      throw new StabilityError('ERR_DEDUP_CLOSED', 'The window is closed; stop its users before you close it.');
    const { maxIdLength, maxBytes } = this.#options;
    if (scope.length + id.length <= maxIdLength && costOf(scope, id) <= maxBytes) return;
    throw new StabilityError(
      'ERR_DEDUP_ID',
      `Use a scope and id of at most ${maxIdLength} characters together, within maxBytes.`,
    );
  }
}

function resolveDedupOptions(options: DedupOptions) {
  return resolveOptions(dedupOptions, options, 'dedup');
}

// Most duplicates have no result; they share one answer.
const WITHOUT_RESULT: Duplicate<never> = Object.freeze({ outcome: 'duplicate', result: undefined });

function duplicateOf<Result>(result: Result | undefined): Duplicate<Result> {
  return result === undefined ? WITHOUT_RESULT : { outcome: 'duplicate', result };
}

/** Under a secret key, so that nobody can choose ids that fall together. */
function keyedFingerprint(random: Random): Fingerprint {
  const key = randomHashKey(random);
  // The last scope is asked for again more often than not.
  let lastScope = '';
  let lastHash = keyedHash('', key);
  return (scope, id) => {
    if (scope !== lastScope) {
      lastHash = keyedHash(scope, key);
      lastScope = scope;
    }
    return keyedHash(id, key, lastHash);
  };
}
