// When to ping a quiet connection and when to give it up. Any inbound byte is life.
//
//   state    | bytes came   | quiet < pingMs | quiet ≥ pingMs | ping unanswered ≥ pongMs | reading paused   | check came late
//   watching | watching     | watching       | ping → probing | –                        | ping → watching  | watching
//   probing  | watching     | –              | –              | terminate                | ping → watching  | probing, one more look
//
// Whom we do not read ourselves cannot be heard, so its silence does not count; the ping, once in pingMs, lets the kernel
// find out whether the peer is still there.
//
// A check that comes late means that this process was blocked: what the peer sent meanwhile has not been read yet,
// so it gets one more look after the loop has turned.

export interface HeartbeatState {
  readonly name: 'watching' | 'probing';
  /** Bytes received up to the last look. */
  readonly bytes: number;
  /** Since when nothing has come, on the monotonic clock. */
  readonly since: number;
  /** When this look was due. */
  readonly dueAt: number;
}

export interface Look {
  readonly now: number;
  readonly bytesReceived: number;
  /** We do not read from it ourselves at the moment. */
  readonly paused: boolean;
}

export interface HeartbeatTimes {
  readonly pingMs: number;
  readonly pongMs: number;
}

export type HeartbeatEffect = 'none' | 'ping' | 'terminate';

/** A look that comes this much late tells of a blocked event loop, not of the wheel's rounding. */
const LATE_MS = 500;
const SECOND_LOOK_MS = 100;
/** Looks in one `pingMs`: a look learns that bytes came, not when, so silence counts from at most a quarter too late. */
const LOOKS_PER_PING = 4;

export function startHeartbeat(now: number, bytesReceived: number, { pingMs }: HeartbeatTimes): HeartbeatState {
  return { name: 'watching', bytes: bytesReceived, since: now, dueAt: now + pingMs / LOOKS_PER_PING };
}

/** @returns the next state, whose `dueAt` says when to look again, and what to do now. */
export function look(
  state: HeartbeatState,
  { now, bytesReceived, paused }: Look,
  { pingMs, pongMs }: HeartbeatTimes,
): [HeartbeatState, HeartbeatEffect] {
  if (paused) return [{ name: 'watching', bytes: bytesReceived, since: now, dueAt: now + pingMs }, 'ping'];
  if (bytesReceived !== state.bytes) return [startHeartbeat(now, bytesReceived, { pingMs, pongMs }), 'none'];
  if (now - state.dueAt > LATE_MS) return [{ ...state, dueAt: now + SECOND_LOOK_MS }, 'none'];
  if (state.name === 'probing') return [state, 'terminate'];
  const quietFor = now - state.since;
  if (quietFor < pingMs) {
    return [{ ...state, dueAt: Math.min(state.since + pingMs, now + pingMs / LOOKS_PER_PING) }, 'none'];
  }
  return [{ name: 'probing', bytes: bytesReceived, since: state.since, dueAt: now + pongMs }, 'ping'];
}
