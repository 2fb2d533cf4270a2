// The breakers of one manager: one for each thing that it depends on, a group for the sessions.
import {
  type BreakerChange,
  BreakerGroup,
  type BreakerGroupSettings,
  type BreakerGroupSnapshot,
  type BreakerSnapshot,
  CircuitBreaker,
} from '@ws-stability/circuit-breaker';
import type { Clock, Random } from '@ws-stability/core';
import type { ResolvedManagerOptions } from '../options.ts';
import { Guard, type GuardedName } from './guard.ts';

const GUARDED = ['log', 'sessionStore', 'onUpgrade', 'onHello', 'authorize'] as const satisfies readonly GuardedName[];

/** Breakers of one's own, each with its settings; `false` for none. */
export type ManagerBreakers = {
  /** @default opens after five failures in a row for up to a second, then ever longer, up to a minute; two good trials of three close it */
  readonly [Name in GuardedName]?: CircuitBreaker | false;
} & {
  /** Of the clients' sessions, by id. @default as the others, for as many as there may be connections */
  readonly sessions?: BreakerGroup | false;
};

/** A breaker of the manager changed its state. */
export interface ManagerBreakerChange extends Pick<BreakerChange, 'from' | 'to' | 'reason' | 'error'> {
  readonly name: GuardedName | 'session';
  /** The session's id, where it is a session's. */
  readonly session?: string;
}

export type BreakerSnapshots = { readonly [Name in GuardedName]?: BreakerSnapshot } & {
  readonly sessions?: BreakerGroupSnapshot;
};

/** The first pause is short, since what failed may be back at once; who fails again waits ever longer. */
const DEFAULTS = { openMs: 1_000, maxOpenMs: 60_000 };
/** Room for all that may fail at once: with less, each breaker would leave for the next before it could open. */
const FEWEST = 10_000;
const LEAST_LEASE_MS = 30_000;
/** Of those who look whether a time is over. */
const LATENESS_MS = 2_000;
/** Of what a breaker can be told. */
const MOST = 86_400_000;

export interface BreakerNeeds {
  readonly options: Pick<
    ResolvedManagerOptions,
    'maxConnections' | 'ackMs' | 'stallMs' | 'storeTimeoutMs' | 'upgradeTimeoutMs'
  >;
  readonly clock: Clock;
  readonly random: Random;
  onError(error: unknown): void;
  /** A call was not made. */
  onRefused(): void;
  onChange(change: ManagerBreakerChange): void;
}

export class Breakers {
  readonly sessions: BreakerGroup | undefined;
  readonly #byName = new Map<GuardedName, CircuitBreaker>();
  readonly #cancels: (() => void)[] = [];
  readonly #onRefused: () => void;

  constructor(given: ManagerBreakers, { options, clock, random, onError, onRefused, onChange }: BreakerNeeds) {
    this.#onRefused = onRefused;
    const needs = { clock, random, onError };
    const settings = { ...DEFAULTS, trialLeaseMs: leaseMs(options.storeTimeoutMs, options.upgradeTimeoutMs) };
    for (const name of GUARDED) {
      const breaker = given[name] ?? new CircuitBreaker({ name, ...settings }, needs);
      if (breaker === false) continue;
      this.#byName.set(name, breaker);
      this.#cancels.push(breaker.on('transition', (change) => onChange({ ...told(change), name })));
    }
    const sessions = given.sessions ?? new BreakerGroup(sessionSettings(options), needs);
    if (sessions === false) return;
    this.sessions = sessions;
    this.#cancels.push(
      sessions.on('transition', (change) => onChange({ ...told(change), name: 'session', session: change.key })),
    );
  }

  guard(name: GuardedName): Guard {
    return new Guard(name, this.#byName.get(name), this.#onRefused);
  }

  snapshot(): BreakerSnapshots {
    const named = Array.from(this.#byName, ([name, breaker]) => [name, breaker.snapshot()] as const);
    return {
      ...Object.fromEntries(named),
      ...(this.sessions === undefined ? {} : { sessions: this.sessions.snapshot() }),
    };
  }

  /** Lets go of breakers that outlive the manager. */
  close(): void {
    for (const cancel of this.#cancels) cancel();
  }
}

function told({ from, to, reason, error }: BreakerChange): Omit<ManagerBreakerChange, 'name'> {
  return { from, to, reason, error };
}

/** A session's breaker closes no door for another session, so as many may be open as there are. */
function sessionSettings({ maxConnections, ackMs, stallMs }: BreakerNeeds['options']): BreakerGroupSettings {
  return {
    ...DEFAULTS,
    maxOpenShare: 1,
    maxMembers: Math.min(Math.max(FEWEST, maxConnections), MOST),
    trialLeaseMs: leaseMs(ackMs, stallMs),
  };
}

/** What is waited for is given up by those who wait; a trial that is over before would fail though it was in time. */
function leaseMs(...waits: readonly number[]): number {
  return Math.min(Math.max(LEAST_LEASE_MS, ...waits.map((ms) => ms + LATENESS_MS)), MOST);
}
