// The ids of messages appended, each with the position it was given; they outlive the messages.
import { type Clock, StabilityError } from '@ws-stability/core';
import { DedupWindow, ENTRY_OVERHEAD_BYTES } from '@ws-stability/dedup-hash';
import type { Position } from '@ws-stability/protocol';
import type { AppendKey } from './log-store.ts';

/** Scope and id together may be this long: ids are kept outside the byte budget, so their length has an end as well. */
export const MAX_KEY_LENGTH = 1024;

const POSITION_BYTES = 48;

/** What a key of the greatest length counts for in the window, so that keys are bounded by their number alone. */
const MOST_KEY_BYTES = ENTRY_OVERHEAD_BYTES + 2 * MAX_KEY_LENGTH + POSITION_BYTES;

/** Far more than an append adds, few enough that none stalls for a crowd that expired at once. */
const EXPIRED_PER_APPEND = 64;

export class AppendKeys {
  readonly #window: DedupWindow<Position>;

  /** @param ttlMs for keys that do not say, in milliseconds. */
  constructor(maxKeys: number, ttlMs: number, clock: Clock) {
    this.#window = new DedupWindow(
      { maxEntries: maxKeys, maxBytes: maxKeys * MOST_KEY_BYTES, ttlMs, maxIdLength: MAX_KEY_LENGTH },
      { clock, sizeOf: () => POSITION_BYTES },
    );
  }

  get size(): number {
    return this.#window.snapshot().live;
  }

  /** Ids given up before their time because there were too many. */
  get evicted(): number {
    return this.#window.snapshot().evictedLive;
  }

  /** Where the message with this id was appended, if that is still known. */
  find(key: AppendKey): Position | undefined {
    check(key);
    this.#window.sweep(EXPIRED_PER_APPEND);
    const seen = this.#window.peek(key.scope, key.id);
    return seen?.outcome === 'duplicate' ? seen.result : undefined;
  }

  /** Remembers an id that {@link find} did not; nothing comes between them, so the claim is always new. */
  remember({ scope, id, ttlMs }: AppendKey, position: Position): void {
    const claim = this.#window.claim(scope, id, { ttlMs });
    if (claim.outcome === 'new') claim.commit(position);
  }

  /** Forgets what has expired. */
  sweep(): void {
    this.#window.sweep();
  }

  clear(): void {
    this.#window.clear();
  }
}

/** Before anything is appended: what {@link AppendKeys.remember} could not keep must not come so far. */
function check({ scope, id, ttlMs = 0 }: AppendKey): void {
  if (scope.length + id.length > MAX_KEY_LENGTH)
    throw refuse(`Use a message id and scope of at most ${MAX_KEY_LENGTH} characters together.`);
  if (!(ttlMs >= 0)) throw refuse(`Use a time to live of 0 ms or more for a message id, not ${ttlMs}.`);
}

function refuse(message: string): StabilityError {
  return new StabilityError('ERR_APPEND_KEY', message);
}
