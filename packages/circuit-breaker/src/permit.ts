// The answer to a call that asks: a permit, to be settled once, or a rejection.

/** Leave to make one call. Settle it when the call has ended. */
export interface Permit {
  readonly acquired: true;
  /** Counts the changes of state before it; what is settled after the next change is late and changes nothing. */
  readonly generation: number;
  /** The call succeeded. @param durationMs how long it took, for the slow-call rule and rules of your own. @default not slow */
  success(durationMs?: number): void;
  /** The call failed. @param error goes to listeners. @param durationMs as for `success`. */
  failure(error?: unknown, durationMs?: number): void;
  /** The call says nothing about the other side: it was cancelled, or refused by ourselves. Gives a trial's slot back. */
  ignore(): void;
}

/** Why a call must not be made now. */
export interface Rejection {
  readonly acquired: false;
  /** The open time is not over; all trials are given; somebody isolated it. */
  readonly reason: 'open' | 'trialsBusy' | 'isolated';
  /** When asking again may help, in milliseconds from now. */
  readonly retryAfterMs: number;
}

export type Outcome = 'success' | 'failure' | 'ignored';
