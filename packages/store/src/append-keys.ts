// The ids of messages appended, each with the position it was given; they outlive the messages.
import { StabilityError } from '@ws-stability/core';
import type { Position } from '@ws-stability/protocol';
import { ExpiryHeap } from './expiry-heap.ts';
import type { AppendKey } from './log-store.ts';

/** Scope and id together may be this long: ids are kept outside the byte budget, so their length has an end as well. */
export const MAX_KEY_LENGTH = 1024;

interface KnownKey {
  readonly name: string;
  readonly position: Position;
  readonly expiresAt: number;
}

export class AppendKeys {
  readonly #maxKeys: number;
  readonly #ttlMs: number;
  readonly #byName = new Map<string, KnownKey>();
  readonly #byExpiry = new ExpiryHeap<KnownKey>();
  /** Ids given up before their time because there were too many. */
  evicted = 0;

  /** @param ttlMs for keys that do not say, in milliseconds. */
  constructor(maxKeys: number, ttlMs: number) {
    this.#maxKeys = maxKeys;
    this.#ttlMs = ttlMs;
  }

  get size(): number {
    return this.#byName.size;
  }

  /** Where the message with this id was appended, if that is still known. */
  find(key: AppendKey, now: number): Position | undefined {
    this.expire(now);
    return this.#byName.get(nameOf(key))?.position;
  }

  /** Remembers an id that {@link find} did not. */
  remember(key: AppendKey, position: Position, now: number): void {
    if (this.#byName.size >= this.#maxKeys) {
      this.#forgetFirst();
      this.evicted++;
    }
    const known = { name: nameOf(key), position, expiresAt: now + (key.ttlMs ?? this.#ttlMs) };
    this.#byName.set(known.name, known);
    this.#byExpiry.push(known);
  }

  /** Forgets what has expired. */
  expire(now: number): void {
    for (let first = this.#byExpiry.peek(); first !== undefined && first.expiresAt <= now; ) {
      this.#forgetFirst();
      first = this.#byExpiry.peek();
    }
  }

  clear(): void {
    this.#byName.clear();
    this.#byExpiry.clear();
  }

  #forgetFirst(): void {
    const first = this.#byExpiry.pop();
    if (first !== undefined) this.#byName.delete(first.name);
  }
}

/** The scope's length stands first, so that no choice of scope and id looks like another. */
function nameOf({ scope, id }: AppendKey): string {
  if (scope.length + id.length > MAX_KEY_LENGTH) {
    throw new StabilityError(
      'ERR_APPEND_KEY',
      `Use a message id and scope of at most ${MAX_KEY_LENGTH} characters together.`,
    );
  }
  return `${scope.length}:${scope}${id}`;
}
