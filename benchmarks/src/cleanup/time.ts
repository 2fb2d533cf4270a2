// Time that really passes and can be put forward besides, shared by all contenders.

/** How long a client is remembered: so long that the seconds between two rounds make no client expire. */
export const TTL_MS = 30 * 86_400_000;

export class Time {
  #aheadMs = 0;

  readonly now = (): number => performance.now() + this.#aheadMs;

  advance(milliseconds: number): void {
    this.#aheadMs += milliseconds;
  }
}
