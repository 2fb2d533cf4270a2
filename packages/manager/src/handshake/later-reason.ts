// When a client that cannot be served now should come back, as the reason of its close frame.
import type { Random } from '@ws-stability/core';
import { retryAfterMs } from '../breakers/guard.ts';

const SOONEST_MS = 1_000;
/** A breaker may stay open longer; asking now and then costs little. */
const LATEST_MS = 30_000;

/** Spread over twice the time, so that those who were sent away together do not come back together. */
export function laterReason(error: unknown, random: Random): string {
  const wait = Math.min(LATEST_MS, retryAfterMs(error) ?? 0);
  return `after=${Math.round(Math.max(SOONEST_MS, wait) * (wait === 0 ? 1 : 1 + random.next()))}`;
}
