// What to do with a client's message, by its number. Numbers come 1, 2, 3 …; results stay until the client confirms them.
//
//   number                      | verdict
//   received + 1                | run: it is new
//   > received + 1              | hole: the client broke the protocol
//   handled < n ≤ received      | join: its handler still runs, the result will come
//   ≤ handled, result kept      | answer: send the result again
//   ≤ handled, result confirmed | confirmed: nothing to do
import type { StoredResult } from '@ws-stability/store';

/** Changed in place: this is a hot path. */
export interface UpwardState {
  /** The highest number taken in. */
  received: number;
  /** All up to this number are settled. */
  handled: number;
  /** Unconfirmed results by number, ascending. */
  readonly results: Map<number, StoredResult>;
  /** Of those among them that are heavy, by number: their lengths as JSON, and the sum of these. */
  readonly weights: Map<number, number>;
  weight: number;
}

export type UpwardVerdict = 'run' | 'hole' | 'join' | 'answer' | 'confirmed';

/** Lighter ones are not weighed: how many there may be bounds them well enough. */
const HEAVY = 256;

export function startUpward(handled: number, results: readonly StoredResult[]): UpwardState {
  const byNumber = new Map(results.map((result) => [result.n, result]));
  const state = { received: handled, handled, results: byNumber, weights: new Map<number, number>(), weight: 0 };
  for (const result of results) weigh(state, result.n, JSON.stringify(result).length);
  return state;
}

/** Notes how long a result is that is kept, or is about to be. */
export function weigh(state: UpwardState, n: number, length: number): void {
  if (length < HEAVY) return;
  state.weights.set(n, length);
  state.weight += length;
}

/** Judges a message; a new one counts as received from here on. */
export function receive(state: UpwardState, n: number): UpwardVerdict {
  if (n === state.received + 1) {
    state.received = n;
    return 'run';
  }
  if (n > state.received) return 'hole';
  if (n > state.handled) return 'join';
  return state.results.has(n) ? 'answer' : 'confirmed';
}

/** Keeps the result of the next message in order. */
export function settle(state: UpwardState, result: StoredResult): void {
  state.handled = result.n;
  state.results.set(result.n, result);
}

/** The client has all results up to `n`; a number that was never handled is ignored. */
export function confirm(state: UpwardState, n: number): void {
  if (n > state.handled) return;
  for (const kept of state.results.keys()) {
    if (kept > n) return;
    state.results.delete(kept);
    if (state.weight > 0) lighten(state, kept);
  }
}

function lighten(state: UpwardState, n: number): void {
  state.weight -= state.weights.get(n) ?? 0;
  state.weights.delete(n);
}
