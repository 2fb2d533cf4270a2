// When a client that is owed something makes no progress: its acknowledgement is overdue, or its socket does not drain.
//
//   what a look sees                         | acknowledgement clock      | drain clock
//   nothing owed · socket not full           | stands at zero             | stands at zero
//   owed · full                              | runs                       | runs
//   progress since the last look             | starts anew                | –
//   drained since the last look              | –                          | starts anew
//   reading paused by us                     | starts anew: its acknowledgements cannot be heard | runs
//   the look came late: we were blocked      | the lateness does not count | the lateness does not count
//   ran for ackMs / stallMs                  | overdue, starts anew       | stalled, starts anew
export interface ProgressState {
  /** Since when something is owed and nothing is acknowledged, on the monotonic clock. */
  readonly owedSince: number | undefined;
  /** Since when the socket is full and takes nothing. */
  readonly fullSince: number | undefined;
  readonly lookedAt: number;
}

export interface ProgressLook {
  readonly now: number;
  /** Delivered and not acknowledged. */
  readonly owed: boolean;
  /** Something was acknowledged since the last look. */
  readonly progressed: boolean;
  /** Above the high-water mark. */
  readonly full: boolean;
  /** The socket took something since the last look. */
  readonly drained: boolean;
  /** We do not read from it ourselves. */
  readonly paused: boolean;
}

export interface ProgressTimes {
  readonly ackMs: number;
  readonly stallMs: number;
  /** Between looks, in milliseconds. */
  readonly lookMs: number;
}

export type ProgressEffect = 'none' | 'overdue' | 'stalled';

/** A look that comes this much late tells of a blocked event loop, not of the wheel's rounding. */
const LATE_MS = 500;

export function startProgress(now: number): ProgressState {
  return { owedSince: undefined, fullSince: undefined, lookedAt: now };
}

/** Whether its clocks stand, so that nobody needs to look. */
export function isSettled({ owedSince, fullSince }: ProgressState): boolean {
  return owedSince === undefined && fullSince === undefined;
}

/** @returns the next state, and what counts as a failure of the client. */
export function lookAtProgress(
  state: ProgressState,
  look: ProgressLook,
  times: ProgressTimes,
): [ProgressState, ProgressEffect] {
  const { now } = look;
  const late = now - state.lookedAt - times.lookMs;
  const blocked = late > LATE_MS ? late : 0;
  const owedSince = runOn(state.owedSince, look.owed, look.progressed || look.paused, now, blocked);
  const fullSince = runOn(state.fullSince, look.full, look.drained, now, blocked);
  if (owedSince !== undefined && now - owedSince >= times.ackMs) {
    return [{ owedSince: now, fullSince, lookedAt: now }, 'overdue'];
  }
  if (fullSince !== undefined && now - fullSince >= times.stallMs) {
    return [{ owedSince, fullSince: now, lookedAt: now }, 'stalled'];
  }
  return [{ owedSince, fullSince, lookedAt: now }, 'none'];
}

function runOn(
  since: number | undefined,
  runs: boolean,
  anew: boolean,
  now: number,
  blocked: number,
): number | undefined {
  if (!runs) return undefined;
  return since === undefined || anew ? now : since + blocked;
}
