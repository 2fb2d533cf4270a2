// A session store that behaves as one in another process: late, with unknown outcomes, and restarts.
import { type Clock, type MaybePromise, systemClock } from '@ws-stability/core';
import { seededRandom } from '@ws-stability/core/testing';
import type {
  CreateOutcome,
  LoadOutcome,
  SaveOutcome,
  SessionPatch,
  SessionRecord,
  SessionSnapshot,
  SessionStore,
  TakeOutcome,
} from '../session-store.ts';
import type { Lost, RemoteFaults } from './remote-faults.ts';
import { RemoteLink } from './remote-link.ts';

/** Writes remembered for a restart. */
const MOST_REMEMBERED = 100_000;

export class RemoteLikeSessionStore implements SessionStore {
  readonly #open: () => SessionStore;
  readonly #link: RemoteLink;
  readonly #unknownRate: number;
  readonly #timeoutMs: number;
  #inner: SessionStore;
  #writes: ((store: SessionStore) => unknown)[] = [];

  /** @param open makes the store behind the link, and after {@link reopen} the next one. */
  constructor(
    open: () => SessionStore,
    { seed = 1, delayMs = 20, unknownRate = 0, timeoutMs = 50 }: RemoteFaults = {},
    { clock = systemClock }: { readonly clock?: Clock } = {},
  ) {
    this.#link = new RemoteLink(clock, seededRandom(seed), delayMs);
    this.#unknownRate = unknownRate;
    this.#timeoutMs = timeoutMs;
    this.#open = open;
    this.#inner = open();
  }

  create(record: SessionRecord): Promise<CreateOutcome> {
    // What is sent is what the caller has now, whatever it does to its objects until the call arrives.
    const sent = structuredClone(record);
    return this.#write((store) => store.create(sent));
  }

  load(id: string): Promise<LoadOutcome> {
    return this.#link.call(() => this.#inner.load(id));
  }

  take(id: string, generation: number, patch: SessionPatch): Promise<TakeOutcome> {
    const sent = structuredClone(patch);
    return this.#write((store) => store.take(id, generation, sent));
  }

  save(id: string, generation: number, patch: SessionPatch): Promise<SaveOutcome> {
    const sent = structuredClone(patch);
    return this.#write((store) => store.save(id, generation, sent));
  }

  remove(id: string, generation: number): Promise<SaveOutcome> {
    return this.#write((store) => store.remove(id, generation));
  }

  sweep(): void {
    this.#link.send(() => this.#inner.sweep());
  }

  snapshot(): SessionSnapshot {
    return this.#inner.snapshot();
  }

  /** What is under way fails with `ERR_STORE_CLOSED`. */
  async close(): Promise<void> {
    this.#link.close();
    await this.#inner.close();
  }

  /** Nothing gets through for so long: calls fail with `ERR_STORE`, whether they were executed or not. */
  down(ms: number): void {
    this.#link.down(ms);
  }

  /** Restarts from a copy that lacks the newest writes. */
  async reopen({ lose = 0 }: Lost = {}): Promise<void> {
    const old = this.#inner;
    this.#inner = this.#open();
    this.#writes = this.#writes.slice(0, Math.max(0, this.#writes.length - lose));
    for (const write of this.#writes) await write(this.#inner);
    await old.close();
  }

  #write<Outcome>(write: (store: SessionStore) => MaybePromise<Outcome>): Promise<Outcome> {
    const execute = () => {
      this.#writes.push(write);
      if (this.#writes.length > 2 * MOST_REMEMBERED) this.#writes = this.#writes.slice(-MOST_REMEMBERED);
      return write(this.#inner);
    };
    if (!this.#link.chance(this.#unknownRate)) return this.#link.call(execute);
    const tookPlace = this.#link.chance(0.5);
    return this.#link.lose(tookPlace ? execute : undefined, this.#timeoutMs, 'ERR_STORE');
  }
}
