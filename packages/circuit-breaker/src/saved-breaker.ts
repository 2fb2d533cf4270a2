// What of a breaker outlives its process: ages, and the wall time at which they were taken.
import type { BreakerState } from './breaker.machine.ts';
import type { BreakerPolicy } from './breaker-policy.ts';

/** Plain data, to be stored as JSON and given back as `restore`. */
export interface SavedBreaker {
  readonly state: BreakerState['name'];
  /** Why it came to be in this state. */
  readonly reason: string;
  /** How long it had been in this state, in milliseconds. */
  readonly ageMs: number;
  /** The open time of an open circuit, in milliseconds; else 0. */
  readonly openMs: number;
  /** How often it opened in a row, with no healthy period between. */
  readonly rounds: number;
  /** Wall time when it was saved, in milliseconds since 1970. */
  readonly savedAt: number;
}

/**
 * The state to go on with. The time away counts for an open circuit; a wall clock that was set back counts as no time. A half-open
 * circuit opens with no time left, as its trials are lost. What was open stays so for the longest open time at most.
 */
export function restoreState(
  { state, reason = '', ageMs, openMs = 0, rounds, savedAt = 0 }: Partial<SavedBreaker>,
  { clock, openMs: least, maxOpenMs }: BreakerPolicy,
): BreakerState {
  const now = clock.now();
  const stage = { since: now - within(ageMs), reason, rounds: within(rounds) };
  if (state !== 'open' && state !== 'halfOpen') return { ...stage, name: 'closed' };
  const leftMs = within(openMs - within(ageMs) - within(clock.wall() - savedAt), Math.max(least, maxOpenMs));
  return { ...stage, name: 'open', since: now, openMs: leftMs };
}

// What is not a number counts as 0.
function within(value: number | undefined, most = 1e15): number {
  return Math.min(Math.max(Number(value), 0), most) || 0;
}
