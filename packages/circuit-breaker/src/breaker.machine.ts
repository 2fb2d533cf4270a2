// Whether calls are let through: closed, open, half-open. Pure; how results of the closed state are counted is the rules' business.
//
//   state    | a call asks                       | success            | failure                    | ignored    | lease over, when seen
//   closed   | admitted                          | counted; may trip  | counted; may trip → open   | –          | –
//   open     | refused until openMs are over,    | late               | late                       | –          | –
//            | then → half-open, as below        |                    |                            |            |
//   halfOpen | a slot free: admitted as a trial; | enough → closed    | enough, or too few trials  | slot given | as a failure
//            | else refused                      |                    | left to succeed → open     | back       |
//
// A trial that ends by its lease is forgotten, so its result is late. What is late changes nothing.
import { backoffDelay } from '@ws-stability/core';

export interface Closed {
  readonly name: 'closed';
  readonly since: number;
  /** How often it opened in a row, without a healthy period between. */
  readonly rounds: number;
}

export interface Open {
  readonly name: 'open';
  readonly since: number;
  readonly openMs: number;
  readonly rounds: number;
}

export interface HalfOpen {
  readonly name: 'halfOpen';
  readonly since: number;
  readonly rounds: number;
  readonly successes: number;
  readonly failures: number;
  /** The trials under way, oldest first. */
  readonly leases: readonly Lease[];
}

export type BreakerState = Closed | Open | HalfOpen;

/** The right to one trial, known by identity. */
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

export const startClosed: Closed = { name: 'closed', since: 0, rounds: 0 };

/** Opens a closed circuit. @param random a number in [0, 1), for the jitter of a growing open time. */
export function trip({ since, rounds }: Closed, now: number, settings: MachineSettings, random: number): Open {
  return open(now - since < settings.healthyMs ? rounds : 0, now, settings, random);
}

/** What time alone has changed: an open time that is over, leases that are over. */
export function look(state: BreakerState, now: number, settings: MachineSettings, random: number): BreakerState {
  if (state.name === 'open' && now - state.since >= state.openMs) {
    return { name: 'halfOpen', since: now, rounds: state.rounds, successes: 0, failures: 0, leases: [] };
  }
  if (state.name !== 'halfOpen') return state;
  const leases = state.leases.filter(({ since }) => now - since < settings.trialLeaseMs);
  const hung = state.leases.length - leases.length;
  return hung === 0 ? state : decide({ ...state, leases, failures: state.failures + hung }, now, settings, random);
}

/** Gives a trial, to be called after {@link look}; nothing when none may begin now. */
export function admit(state: HalfOpen, now: number, settings: MachineSettings): [HalfOpen, Lease] | undefined {
  const { leases, successes, failures } = state;
  const begun = leases.length + successes + failures;
  if (leases.length >= settings.concurrentTrials || begun >= settings.trials) return undefined;
  const lease = { since: now };
  return [{ ...state, leases: [...leases, lease] }, lease];
}

/** Ends a trial, to be called after {@link look}; nothing when it is not under way any more. */
export function settle(
  state: BreakerState,
  lease: Lease,
  outcome: TrialOutcome,
  now: number,
  settings: MachineSettings,
  random: number,
): BreakerState | undefined {
  if (state.name !== 'halfOpen' || !state.leases.includes(lease)) return undefined;
  const leases = state.leases.filter((other) => other !== lease);
  const successes = state.successes + Number(outcome === 'success');
  const failures = state.failures + Number(outcome === 'failure');
  return decide({ ...state, leases, successes, failures }, now, settings, random);
}

/** How long until asking again may help, in milliseconds. */
export function retryAfter(state: BreakerState, now: number, settings: MachineSettings): number {
  if (state.name === 'open') return Math.max(0, state.since + state.openMs - now);
  if (state.name === 'closed') return 0;
  const [oldest] = state.leases;
  return oldest === undefined ? 0 : Math.max(0, oldest.since + settings.trialLeaseMs - now);
}

function decide(state: HalfOpen, now: number, settings: MachineSettings, random: number): BreakerState {
  if (state.successes >= settings.trialSuccesses) return { name: 'closed', since: now, rounds: state.rounds };
  const bearable = Math.min(settings.trialFailures - 1, settings.trials - settings.trialSuccesses);
  return state.failures > bearable ? open(state.rounds, now, settings, random) : state;
}

function open(rounds: number, now: number, { openMs, maxOpenMs }: MachineSettings, random: number): Open {
  // Full jitter (AWS Architecture Blog, 2015), from core.
  const grown = { baseMs: openMs, capMs: maxOpenMs, floorMs: 0 };
  const delay = maxOpenMs > openMs ? backoffDelay(grown, rounds, random) : openMs;
  return { name: 'open', since: now, openMs: delay, rounds: rounds + 1 };
}
