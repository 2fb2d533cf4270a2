// The session records in this process's memory.
import { type Clock, resolveOptions, StabilityError, systemClock } from '@ws-stability/core';
import { copyPatch, copyRecord } from './copy-record.ts';
import { ExpiryHeap } from './expiry-heap.ts';
import { RecentIds } from './recent-ids.ts';
import { type SessionStoreOptions, sessionStoreOptions } from './session-options.ts';
import type {
  CreateOutcome,
  LoadOutcome,
  SaveOutcome,
  SessionPatch,
  SessionRecord,
  SessionSnapshot,
  SessionStore,
  TakeOutcome,
} from './session-store.ts';

/** A record and when it may be due: looked at then, and put off when a write has moved its expiry on. */
interface Due {
  readonly id: string;
  readonly expiresAt: number;
}

interface Kept {
  record: SessionRecord;
  /** The one entry of the heap that stands for it; another is stale. */
  due: Due;
}

/** A {@link SessionStore} that answers at once and keeps nothing beyond its process. */
export class MemorySessionStore implements SessionStore {
  readonly #maxSessions: number;
  readonly #clock: Clock;
  readonly #sessions = new Map<string, Kept>();
  readonly #byExpiry = new ExpiryHeap<Due>();
  readonly #expired: RecentIds;
  #closed = false;
  #expirations = 0;
  #refused = 0;

  /** @throws StabilityError `ERR_OPTION` for options out of their range. */
  constructor(options: SessionStoreOptions = {}, { clock = systemClock }: { readonly clock?: Clock } = {}) {
    const { maxSessions, maxExpiredIds } = resolveOptions(sessionStoreOptions, options, 'sessions');
    this.#maxSessions = maxSessions;
    this.#expired = new RecentIds(maxExpiredIds);
    this.#clock = clock;
  }

  create(record: SessionRecord): CreateOutcome {
    this.#mustBeOpen();
    if (this.#find(record.id) !== undefined) return 'exists';
    if (this.#sessions.size >= this.#maxSessions) this.sweep();
    if (this.#sessions.size >= this.#maxSessions) {
      this.#refused++;
      return 'full';
    }
    const copy = copyRecord(record);
    this.#sessions.set(copy.id, { record: copy, due: this.#schedule(copy) });
    this.#expired.delete(copy.id);
    return 'created';
  }

  load(id: string): LoadOutcome {
    this.#mustBeOpen();
    const kept = this.#find(id);
    if (kept !== undefined) return { status: 'found', record: copyRecord(kept.record) };
    return { status: this.#expired.has(id) ? 'expired' : 'unknown' };
  }

  take(id: string, generation: number, patch: SessionPatch): TakeOutcome {
    this.#mustBeOpen();
    const kept = this.#find(id);
    if (kept === undefined || kept.record.generation !== generation) return { status: 'conflict' };
    this.#write(kept, { ...kept.record, ...copyPatch(patch), generation: generation + 1 });
    return { status: 'taken', record: copyRecord(kept.record) };
  }

  save(id: string, generation: number, patch: SessionPatch): SaveOutcome {
    this.#mustBeOpen();
    const kept = this.#find(id);
    if (kept === undefined || kept.record.generation !== generation) return 'fenced';
    this.#write(kept, { ...kept.record, ...copyPatch(patch) });
    return 'saved';
  }

  remove(id: string, generation: number): SaveOutcome {
    this.#mustBeOpen();
    const kept = this.#find(id);
    if (kept === undefined) return 'saved';
    if (kept.record.generation !== generation) return 'fenced';
    this.#sessions.delete(id);
    return 'saved';
  }

  sweep(): void {
    const wall = this.#clock.wall();
    for (let first = this.#byExpiry.peek(); first !== undefined && first.expiresAt <= wall; ) {
      this.#byExpiry.pop();
      const kept = this.#sessions.get(first.id);
      if (kept?.due === first) {
        if (kept.record.expiresAt <= wall) this.#expire(kept.record.id);
        else kept.due = this.#schedule(kept.record);
      }
      first = this.#byExpiry.peek();
    }
  }

  snapshot(): SessionSnapshot {
    return {
      sessions: this.#sessions.size,
      maxSessions: this.#maxSessions,
      expired: this.#expirations,
      refused: this.#refused,
      expiredIds: this.#expired.size,
    };
  }

  /** Forgets everything; what is called after it throws `ERR_STORE_CLOSED`. */
  close(): void {
    this.#closed = true;
    this.#sessions.clear();
    this.#byExpiry.clear();
    this.#expired.clear();
  }

  /** The record if it has not expired; time is looked at here, so that no answer depends on when the last sweep was. */
  #find(id: string): Kept | undefined {
    const kept = this.#sessions.get(id);
    if (kept === undefined || kept.record.expiresAt > this.#clock.wall()) return kept;
    this.#expire(id);
    return undefined;
  }

  #expire(id: string): void {
    this.#sessions.delete(id);
    this.#expired.add(id);
    this.#expirations++;
  }

  #write(kept: Kept, record: SessionRecord): void {
    kept.record = record;
    if (record.expiresAt < kept.due.expiresAt) kept.due = this.#schedule(record);
  }

  #schedule({ id, expiresAt }: SessionRecord): Due {
    // Sessions that ended early leave their entries behind; they must not add up.
    if (this.#byExpiry.size > 2 * this.#sessions.size + 64) {
      this.#byExpiry.retain((due) => this.#sessions.get(due.id)?.due === due);
    }
    const due = { id, expiresAt };
    this.#byExpiry.push(due);
    return due;
  }

  #mustBeOpen(): void {
    if (this.#closed)
      throw new StabilityError('ERR_STORE_CLOSED', 'The session store is closed; stop its users first.');
  }
}
