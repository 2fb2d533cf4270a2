// Whether the server is still there: asks after `pingMs` of silence, gives up `pongMs` later, and forgives its own sleep.
//
// | since the last byte             | woken on time              | woken late (frozen tab, sleeping machine) or probed |
// |---------------------------------|----------------------------|------------------------------------------------------|
// | less than pingMs                | wait                       | ping; judge pongMs from now                          |
// | pingMs or more, not asked       | ping; judge at + pongMs    | ping; judge pongMs from now                          |
// | asked, judgement time reached   | dead                       | ping; judge pongMs from now; late again: dead        |

export interface Heartbeat {
  /** When the last byte came. */
  readonly heardAt: number;
  /** When to look again. */
  readonly wakeAt: number;
  /** When silence means death; undefined until we have asked. */
  readonly judgeAt: number | undefined;
  /** Whether that was put off already; a tab whose timers are always late must still find a dead server. */
  readonly forgiven: boolean;
}

export type HeartbeatVerdict = 'wait' | 'ping' | 'dead';

/** Being woken later than this counts as having slept, in milliseconds. */
const LATE_MS = 2000;

export const heard = (now: number, pingMs: number): Heartbeat => ({
  heardAt: now,
  wakeAt: now + pingMs,
  judgeAt: undefined,
  forgiven: false,
});

/** Asks now, and judges by the answer alone; for a page that has become visible, or a network that is back. */
export const probe = (heart: Heartbeat, now: number, pongMs: number): Heartbeat => ({
  heardAt: heart.heardAt,
  wakeAt: now + pongMs,
  judgeAt: now + pongMs,
  forgiven: heart.judgeAt !== undefined,
});

/** `wakeAt` has come, or is long past. */
export function beat(
  heart: Heartbeat,
  now: number,
  pingMs: number,
  pongMs: number,
): readonly [Heartbeat, HeartbeatVerdict] {
  if (now < heart.wakeAt) return [heart, 'wait'];
  if (now - heart.wakeAt > LATE_MS && !(heart.judgeAt !== undefined && heart.forgiven))
    return [probe(heart, now, pongMs), 'ping'];
  if (heart.judgeAt !== undefined) return [heart, 'dead'];
  const silentMs = now - heart.heardAt;
  if (silentMs < pingMs) return [{ ...heart, wakeAt: heart.heardAt + pingMs }, 'wait'];
  return [probe(heart, now, pongMs), 'ping'];
}
