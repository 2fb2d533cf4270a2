// How long to wait before the next attempt: exponential growth with full jitter, a floor and a cap.

export interface BackoffPolicy {
  /** Upper bound of the first delay, in milliseconds. */
  readonly baseMs: number;
  /** No delay is longer, in milliseconds. */
  readonly capMs: number;
  /** No delay is shorter, in milliseconds. */
  readonly floorMs: number;
}

/**
 * The delay before an attempt: uniform in [floor, min(cap, base × 2^failures)], jittered at the cap as well, so that
 * many clients that failed together do not come back together ("full jitter", AWS Architecture Blog, 2015).
 * Where that range is empty the floor is the delay; a floor above the cap counts as the cap.
 *
 * @param failures attempts failed so far, from 0.
 * @param random a number in [0, 1).
 * @returns milliseconds.
 */
export function backoffDelay(policy: BackoffPolicy, failures: number, random: number): number {
  const floor = Math.min(policy.floorMs, policy.capMs);
  const ceiling = Math.max(floor, Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(failures, 40)));
  return floor + random * (ceiling - floor);
}
