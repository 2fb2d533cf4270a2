// Whether calls are let through: closed, open, half-open. Pure; how the results of the closed state are counted is up to the rules.
//
//   state    | a call asks                      | success          | failure                    | ignored    | a lease is over
//   closed   | admitted                         | counted by the rules; one may trip → open     | –          | –
//   open     | refused until openMs are over,   | late             | late                       | –          | –
//            | then → halfOpen and as there     |                  |                            |            |
//   halfOpen | a slot is free: a trial;         | enough: → closed | enough, or too few trials  | slot given | as a failure,
//            | else refused                     |                  | left to succeed: → open    | back       | when it is seen
//
// A trial whose lease is over is forgotten, so its result is late. What is late changes nothing.

interface Stage {
  /** In monotonic milliseconds. */
  readonly since: number;
  /** Why it came to be in this state. */
  readonly reason: string;
  /** How often it opened in a row, with no healthy period between. */
  readonly rounds: number;
}

export interface Closed extends Stage {
  readonly name: 'closed';
}

export interface Open extends Stage {
  readonly name: 'open';
  readonly openMs: number;
}

export interface HalfOpen extends Stage {
  readonly name: 'halfOpen';
  /** Trials that may still begin. */
  readonly left: number;
  /** Successes still needed to close. */
  readonly needed: number;
  /** Failures that may still be borne. */
  readonly bearable: number;
  /** The trials under way, oldest first. */
  readonly leases: readonly Lease[];
}

export type BreakerState = Closed | Open | HalfOpen;

/** The right to one trial, known by its identity. */
export interface Lease {
  readonly since: number;
}

export interface MachineSettings {
  readonly openMs: number;
  readonly maxOpenMs: number;
  readonly healthyMs: number;
  readonly trials: number;
  readonly concurrentTrials: number;
  readonly trialSuccesses: number;
  readonly trialFailures: number;
  readonly trialLeaseMs: number;
}

export type TrialOutcome = 'success' | 'failure' | 'ignored';

/** Opens a circuit. @param random a number in [0, 1), for the jitter of an open time that grows. */
export function trip(
  state: BreakerState,
  reason: string,
  now: number,
  settings: MachineSettings,
  random: number,
): Open {
  const { openMs, maxOpenMs, healthyMs } = settings;
  const rounds = state.name === 'closed' && now - state.since >= healthyMs ? 0 : state.rounds;
  // Doubled for each round, with full jitter (AWS Architecture Blog, 2015).
  const grown = random * Math.min(maxOpenMs, openMs * 2 ** rounds);
  return { name: 'open', since: now, reason, rounds: rounds + 1, openMs: maxOpenMs > openMs ? grown : openMs };
}

/** How long until asking again may help, in milliseconds; 0 when a call may be let through now. */
export function retryAfter(state: BreakerState, now: number, settings: MachineSettings): number {
  if (state.name === 'open') return Math.max(0, state.since + state.openMs - now);
  if (state.name === 'closed' || hasSlot(state, settings)) return 0;
  return Math.max(0, (state.leases[0]?.since ?? now) + settings.trialLeaseMs - now);
}

/** Asks for a trial. @returns the next state, and the lease if there is one. */
export function ask(
  state: BreakerState,
  now: number,
  settings: MachineSettings,
  random: number,
): readonly [BreakerState, Lease?] {
  const next = look(state, now, settings, random);
  if (next.name !== 'halfOpen' || !hasSlot(next, settings)) return [next];
  const lease = { since: now };
  return [{ ...next, left: next.left - 1, leases: [...next.leases, lease] }, lease];
}

/** Ends a trial. @returns the next state, and whether the trial was still under way. */
export function settle(
  state: BreakerState,
  lease: Lease,
  outcome: TrialOutcome,
  now: number,
  settings: MachineSettings,
  random: number,
): readonly [BreakerState, boolean] {
  const next = look(state, now, settings, random);
  if (next.name !== 'halfOpen' || !next.leases.includes(lease)) return [next, false];
  return [end(next, lease, outcome, 'trialFailed', now, settings, random), true];
}

/** What time alone changes: an open time that is over, leases that are over. */
function look(state: BreakerState, now: number, settings: MachineSettings, random: number): BreakerState {
  const { trials, trialSuccesses, trialFailures, trialLeaseMs } = settings;
  let next = state;
  if (next.name === 'open' && retryAfter(next, now, settings) === 0) {
    // With one failure more, too few trials would be left to succeed.
    const bearable = Math.min(trialFailures - 1, trials - trialSuccesses);
    const stage = { since: now, reason: 'openTimeOver', rounds: next.rounds };
    return { ...stage, name: 'halfOpen', left: trials, needed: trialSuccesses, bearable, leases: [] };
  }
  while (next.name === 'halfOpen') {
    const [oldest] = next.leases;
    if (oldest === undefined || now - oldest.since < trialLeaseMs) break;
    next = end(next, oldest, 'failure', 'trialHung', now, settings, random);
  }
  return next;
}

function end(
  state: HalfOpen,
  lease: Lease,
  outcome: TrialOutcome,
  reason: string,
  now: number,
  settings: MachineSettings,
  random: number,
): BreakerState {
  const { rounds, left, needed, bearable } = state;
  const next = { ...state, leases: state.leases.filter((other) => other !== lease) };
  if (outcome === 'ignored') return { ...next, left: left + 1 };
  if (outcome === 'success') {
    return needed > 1
      ? { ...next, needed: needed - 1 }
      : { name: 'closed', since: now, reason: 'trialsSucceeded', rounds };
  }
  return bearable > 0 ? { ...next, bearable: bearable - 1 } : trip(state, reason, now, settings, random);
}

function hasSlot({ left, leases }: HalfOpen, { concurrentTrials }: MachineSettings): boolean {
  return left > 0 && leases.length < concurrentTrials;
}
