// When results open a closed circuit: a rule makes a fresh window for each closed period of each breaker.

/** Decides when a closed circuit opens. Rules are shared by breakers; what they count is in their windows. */
export interface TripRule {
  /** Whether its windows need durations and the time; costs two readings of the clock for each call. @default false */
  readonly timed?: boolean;
  /** An empty window, for one closed period of one breaker. */
  window(): TripWindow;
}

export interface TripWindow {
  /**
   * Takes in one result, and may open the circuit.
   *
   * @param durationMs how long the call took, in milliseconds; 0 when nobody measured it.
   * @param now monotonic milliseconds; 0 unless a rule of the breaker is `timed`.
   * @returns the reason to open the circuit, if this result is one.
   */
  record(failed: boolean, durationMs: number, now: number): string | undefined;
}
