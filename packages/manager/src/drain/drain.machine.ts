// The phases of a shutdown.
//
//   phase    | settled           | time to close     | all connections gone | deadline
//   waiting  | close → closing   | close → closing   | close → closing      | terminate → over
//   closing  | –                 | –                 | finish → over        | terminate → over
//   over     | –                 | –                 | –                    | –
//
// waiting: clients have been told to go away, their acknowledgements are awaited · closing: 1012 is out ·
// settled: every handler has settled and every client has what it is owed.

export type DrainPhase = 'waiting' | 'closing' | 'over';

export interface DrainSight {
  readonly settled: boolean;
  readonly connections: number;
  /** Milliseconds since the drain began. */
  readonly elapsedMs: number;
}

export type DrainEffect = 'none' | 'close' | 'terminate' | 'finish';

/** The part of the deadline that is kept for close handshakes: a fifth, at most a second. */
export function closingTimeMs(deadlineMs: number): number {
  return Math.min(1_000, deadlineMs / 5);
}

export function stepDrain(
  phase: DrainPhase,
  { settled, connections, elapsedMs }: DrainSight,
  deadlineMs: number,
): [DrainPhase, DrainEffect] {
  if (phase === 'over') return ['over', 'none'];
  if (elapsedMs >= deadlineMs) return ['over', 'terminate'];
  if (phase === 'closing') return connections === 0 ? ['over', 'finish'] : ['closing', 'none'];
  if (settled || connections === 0 || elapsedMs >= deadlineMs - closingTimeMs(deadlineMs)) return ['closing', 'close'];
  return ['waiting', 'none'];
}

/**
 * When a client shall come back: spread evenly over the time that the server needs to accept all of them.
 *
 * @param random a number in [0, 1).
 * @returns milliseconds.
 */
export function slotMs(clients: number, acceptPerSecond: number, random: number): number {
  return Math.round(250 + random * (clients / acceptPerSecond) * 1_000);
}
