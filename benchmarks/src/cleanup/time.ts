// Time that really passes and can be put forward besides, shared by all contenders.

/** How long a client is remembered. */
export const TTL_MS = 3_600_000;

export class Time {
  #aheadMs = 0;

  readonly now = (): number => performance.now() + this.#aheadMs;

  advance(milliseconds: number): void {
    this.#aheadMs += milliseconds;
  }
}
