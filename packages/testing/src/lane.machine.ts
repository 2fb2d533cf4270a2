// What one direction of a proxied connection does next: pure, the shell (`lane.ts`) does it and asks again.
//
// | first that holds                         | step                                        |
// |------------------------------------------|---------------------------------------------|
// | all bytes before the cut are forwarded   | cut                                         |
// | stalled                                  | nothing (the source is not read either)     |
// | black hole                               | swallow what waits; an end is swallowed too |
// | nothing waits                            | end, if the source ended and its delay is over; else nothing |
// | the sink is full                         | nothing (its `drain` asks again)            |
// | the oldest bytes are still delayed       | wait                                        |
// | no credit left of the throttle           | wait                                        |
// | else                                     | forward a piece                             |

/** `flow`: forwards; `stalled`: reads nothing, so that the sender feels backpressure; `blackHole`: reads and forgets. */
export type LaneMode = 'flow' | 'stalled' | 'blackHole';

/** What happens to the bytes of one direction; order is always kept. */
export interface LaneFaults {
  /** Every byte is held back this long, in milliseconds. @default 0 */
  readonly delayMs: number;
  /** Up to this much more, evenly distributed, in milliseconds. @default 0 */
  readonly jitterMs: number;
  /** No write is longer than this; 1 sends byte by byte. @default Infinity */
  readonly sliceBytes: number;
  /** Throttle. @default Infinity */
  readonly bytesPerSecond: number;
}

export const NO_FAULTS: LaneFaults = {
  delayMs: 0,
  jitterMs: 0,
  sliceBytes: Number.POSITIVE_INFINITY,
  bytesPerSecond: Number.POSITIVE_INFINITY,
};

/** A throttle's wait is never shorter, so that a slow lane does not spin on timers. */
const THROTTLE_TICK_MS = 10;

/** What a throttle may send: grows with time up to a twentieth of a second's worth, at least one byte. */
export interface Credit {
  readonly bytes: number;
  readonly at: number;
}

export interface LaneState {
  readonly mode: LaneMode;
  readonly faults: LaneFaults;
  /** Of the oldest chunk that waits. */
  readonly waitingBytes: number;
  readonly waitingDueAt: number;
  /** When the source ended and that may be passed on; `undefined` while it has not ended. */
  readonly endDueAt: number | undefined;
  readonly forwardedBytes: number;
  /** Cut when this many bytes were forwarded; `undefined` for never. */
  readonly cutAfterBytes: number | undefined;
  readonly sinkFull: boolean;
  readonly credit: Credit;
}

export type LaneStep =
  | { readonly do: 'nothing' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'forward'; readonly bytes: number; readonly credit: Credit }
  | { readonly do: 'swallow'; readonly bytes: number }
  | { readonly do: 'cut' }
  | { readonly do: 'end' };

const NOTHING: LaneStep = { do: 'nothing' };

export function nextLaneStep(state: LaneState, now: number): LaneStep {
  const { mode, faults, waitingBytes, cutAfterBytes, forwardedBytes } = state;
  if (cutAfterBytes !== undefined && forwardedBytes >= cutAfterBytes) return { do: 'cut' };
  if (mode === 'stalled') return NOTHING;
  if (mode === 'blackHole') return waitingBytes > 0 ? { do: 'swallow', bytes: waitingBytes } : NOTHING;
  if (waitingBytes === 0) return endStep(state.endDueAt, now);
  if (state.sinkFull) return NOTHING;
  if (state.waitingDueAt > now) return { do: 'wait', ms: state.waitingDueAt - now };
  const credit = grow(state.credit, faults.bytesPerSecond, now);
  if (credit.bytes < 1) {
    const msToOneByte = ((1 - credit.bytes) / faults.bytesPerSecond) * 1000;
    return { do: 'wait', ms: Math.max(msToOneByte, THROTTLE_TICK_MS) };
  }
  const beforeCut = cutAfterBytes === undefined ? Number.POSITIVE_INFINITY : cutAfterBytes - forwardedBytes;
  const bytes = Math.min(waitingBytes, faults.sliceBytes, beforeCut, Math.floor(credit.bytes));
  return { do: 'forward', bytes, credit: { bytes: credit.bytes - bytes, at: credit.at } };
}

/** When bytes that arrive now may leave: never before those that arrived earlier. @param random in [0, 1). */
export function dueAt(faults: LaneFaults, now: number, previousDueAt: number, random: number): number {
  return Math.max(previousDueAt, now + faults.delayMs + faults.jitterMs * random);
}

function endStep(endDueAt: number | undefined, now: number): LaneStep {
  if (endDueAt === undefined) return NOTHING;
  return endDueAt > now ? { do: 'wait', ms: endDueAt - now } : { do: 'end' };
}

function grow(credit: Credit, bytesPerSecond: number, now: number): Credit {
  if (bytesPerSecond === Number.POSITIVE_INFINITY) return { bytes: bytesPerSecond, at: now };
  const burst = Math.max(1, bytesPerSecond / 20);
  // A credit from before the throttle was set is unlimited; the burst brings it down.
  return { bytes: Math.min(burst, credit.bytes + ((now - credit.at) / 1000) * bytesPerSecond), at: now };
}
