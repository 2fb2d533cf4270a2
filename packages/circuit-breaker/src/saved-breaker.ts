// What of a breaker outlives its process. Inside it is ages and not times, so that it holds on any machine's clock.
import { type BreakerState, startClosed } from './breaker.machine.ts';

/** Plain data; all of it may be stored as JSON and given back as `restore`. */
export interface SavedBreaker {
  readonly state: BreakerState['name'];
  /** How long it had been in this state, in milliseconds. */
  readonly ageMs: number;
  /** The open time of an open circuit, in milliseconds; else 0. */
  readonly openMs: number;
  /** How often it opened in a row without a healthy period between. */
  readonly rounds: number;
  /** Wall time when it was saved, in milliseconds since 1970. */
  readonly savedAt: number;
}

export function saveState(state: BreakerState, now: number, wall: number): SavedBreaker {
  const openMs = state.name === 'open' ? state.openMs : 0;
  return { state: state.name, ageMs: now - state.since, openMs, rounds: state.rounds, savedAt: wall };
}

/**
 * The state to go on with. The time away counts for an open circuit; a wall clock that went back counts as no time, and what
 * is left is never more than the longest open time of the settings. A half-open circuit opens with no time left: its trials are lost.
 *
 * @param longestMs the longest open time there is, in milliseconds.
 */
export function restoreState(saved: Partial<SavedBreaker>, now: number, wall: number, longestMs: number): BreakerState {
  const rounds = Math.floor(within(saved.rounds, 1e6));
  const ageMs = within(saved.ageMs, Number.MAX_SAFE_INTEGER);
  if (saved.state === 'closed') return { name: 'closed', since: now - ageMs, rounds };
  if (saved.state !== 'open' && saved.state !== 'halfOpen') return startClosed;
  const awayMs = within(wall - (saved.savedAt ?? wall), Number.MAX_SAFE_INTEGER);
  return { name: 'open', since: now, openMs: within((saved.openMs ?? 0) - ageMs - awayMs, longestMs), rounds };
}

// What is not a number counts as 0.
function within(value: number | undefined, max: number): number {
  return Math.min(Math.max(Number(value), 0), max) || 0;
}
