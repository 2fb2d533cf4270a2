// Waiting in tests: tries an assertion again until it holds, so that no test sleeps for a fixed time.

export interface EventuallyOptions {
  /** Gives up after this long, in milliseconds. @default 5000 */
  readonly timeoutMs?: number;
  /** Between two tries, in milliseconds. @default 5 */
  readonly everyMs?: number;
}

/**
 * Calls `assertion` until it does not throw or reject.
 *
 * @returns what it returned.
 * @throws what it threw last, when the time is over; the message then says how often it was tried.
 */
export async function eventually<Value>(
  assertion: () => Value | Promise<Value>,
  { timeoutMs = 5000, everyMs = 5 }: EventuallyOptions = {},
): Promise<Value> {
  const deadline = performance.now() + timeoutMs;
  for (let tries = 1; ; tries++) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() >= deadline) {
        if (error instanceof Error) error.message += `\n(still so after ${timeoutMs} ms and ${tries} tries)`;
        throw error;
      }
    }
    await new Promise<void>((resolve) => setTimeout(resolve, everyMs));
  }
}
