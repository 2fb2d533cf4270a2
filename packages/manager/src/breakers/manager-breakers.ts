// The breakers of one manager: one for each thing that it depends on, a group for the sessions.
import {
  type BreakerChange,
  BreakerGroup,
  type BreakerGroupSnapshot,
  type BreakerSnapshot,
  CircuitBreaker,
} from '@ws-stability/circuit-breaker';
import type { Clock, Random } from '@ws-stability/core';
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
/** A session's breaker closes no door for another session, so as many may be open as there are. */
const SESSION_DEFAULTS = { ...DEFAULTS, maxOpenShare: 1 };
/** Room for all that may fail at once: with less, each breaker would leave for the next before it could open. */
const FEWEST = 10_000;

export interface BreakerNeeds {
  readonly maxConnections: number;
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

  constructor(given: ManagerBreakers, { maxConnections, clock, random, onError, onRefused, onChange }: BreakerNeeds) {
    this.#onRefused = onRefused;
    const needs = { clock, random, onError };
    for (const name of GUARDED) {
      const breaker = given[name] ?? new CircuitBreaker({ name, ...DEFAULTS }, needs);
      if (breaker === false) continue;
      this.#byName.set(name, breaker);
      this.#cancels.push(breaker.on('transition', (change) => onChange({ ...told(change), name })));
    }
    const sessions =
      given.sessions ?? new BreakerGroup({ ...SESSION_DEFAULTS, maxMembers: Math.max(FEWEST, maxConnections) }, needs);
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
