// Whether a target is met: only where at least three quarters of the rounds say the same.
import { FEWEST_ROUNDS, type Spread } from './statistics.ts';

/**
 * `met`: three quarters of the rounds keep the bound. `missed`: three quarters break it. `inconclusive`: the bound lies within
 * the middle half of the rounds, or there were fewer than three.
 */
export type Verdict = 'met' | 'missed' | 'inconclusive';

export interface Bounds {
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** @returns undefined when nothing is asked. */
export function verdictOf(spread: Spread, { atMost, atLeast }: Bounds): Verdict | undefined {
  if (atMost === undefined && atLeast === undefined) return undefined;
  if (spread.rounds < FEWEST_ROUNDS) return 'inconclusive';
  const { low, high } = spread;
  if ((atMost === undefined || high <= atMost) && (atLeast === undefined || low >= atLeast)) return 'met';
  if ((atMost !== undefined && low > atMost) || (atLeast !== undefined && high < atLeast)) return 'missed';
  return 'inconclusive';
}
