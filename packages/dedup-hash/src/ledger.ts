// The ids of a window and what becomes of each: claimed, then committed or freed; expired, or given up for want of room.
// Single-threaded and synchronous: between two calls every column, list and count agrees.
import type { Clock } from '@ws-stability/core';
import { EntryColumns, NONE } from './entry-columns.ts';
import { ExpiryOrder } from './expiry-order.ts';
import { SlotIndex } from './slot-index.ts';
import { SlotList } from './slot-list.ts';

/**
 * What an id costs at most beside the characters of its scope and id: its row in the columns and its share of the index, measured
 * as 66 bytes on Node 20 with 1,000,000 ids; up to 40 more just after they doubled; the header of its text.
 */
export const ENTRY_OVERHEAD_BYTES = 128;

export interface LedgerLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly claimTtlMs: number;
  readonly maxResultBytes: number;
}

/** A live id that was given up for want of room. */
export interface Eviction {
  readonly scope: string;
  readonly id: string;
  /** How much longer it would have been remembered, in milliseconds. */
  readonly remainingMs: number;
  /** Whether it was a claim whose holder still acts. */
  readonly inProgress: boolean;
}

/** What a ledger works with. */
export interface LedgerPorts<Result> {
  readonly clock: Clock;
  sizeOf(result: Result): number;
  /** Whether {@link onEviction} is worth calling. */
  hearsEvictions(): boolean;
  onEviction(eviction: Eviction): void;
}

export class Ledger<Result> {
  readonly #limits: LedgerLimits;
  readonly #ports: LedgerPorts<Result>;
  readonly #columns: EntryColumns<Result>;
  readonly #index = new SlotIndex();
  readonly #claims: SlotList;
  readonly #kept: ExpiryOrder;
  #now = Number.NEGATIVE_INFINITY;
  #lastNumber = 0;
  /** Told when the call that made them is over, so that a listener may use the window. */
  #evictions: Eviction[] = [];
  #telling = false;
  size = 0;
  inProgress = 0;
  bytes = 0;
  claimed = 0;
  committed = 0;
  aborted = 0;
  lateCommits = 0;
  lapsed = 0;
  expired = 0;
  evictedLive = 0;
  evictedClaims = 0;
  resultsDropped = 0;

  constructor(limits: LedgerLimits, ports: LedgerPorts<Result>) {
    this.#limits = limits;
    this.#ports = ports;
    this.#columns = new EntryColumns(limits.maxEntries);
    this.#claims = new SlotList(this.#columns);
    this.#kept = new ExpiryOrder(this.#columns);
  }

  get collisions(): number {
    return this.#index.collisions;
  }

  /** The clock's time, which never goes back, whatever the clock does. */
  now(): number {
    const now = this.#ports.clock.now();
    if (now > this.#now) this.#now = now;
    return this.#now;
  }

  /** The slot of an id that is claimed or remembered now, or `NONE`. */
  find(hash: number, scope: string, id: string, now: number): number {
    const slot = this.#index.find(hash, scope, id, this.#columns);
    if (slot === NONE || (this.#columns.expiresAt[slot] ?? 0) > now) return slot;
    this.#letGo(slot);
    return NONE;
  }

  isClaimed(slot: number): boolean {
    return this.#columns.claims[slot] !== 0;
  }

  resultOf(slot: number): Result | undefined {
    return this.#columns.results[slot];
  }

  /** Which claim holds a slot; the slot's next claim has another number. */
  numberOf(slot: number): number {
    return this.#columns.claims[slot] ?? 0;
  }

  /** Claims an id that {@link find} did not. */
  claim(hash: number, scope: string, id: string, now: number): number {
    const cost = costOf(scope, id);
    this.#makeRoom(1, cost, now);
    const columns = this.#columns;
    const slot = columns.take();
    columns.scopes[slot] = scope;
    columns.ids[slot] = id;
    columns.hashes[slot] = hash;
    columns.bytes[slot] = cost;
    columns.expiresAt[slot] = now + this.#limits.claimTtlMs;
    // Never 0; starts again after four thousand million.
    this.#lastNumber = (this.#lastNumber + 1) | 0 || 1;
    columns.claims[slot] = this.#lastNumber;
    this.#index.add(hash, slot);
    this.#claims.push(slot);
    this.size++;
    this.inProgress++;
    this.claimed++;
    this.bytes += cost;
    return slot;
  }

  /** Whether the claim was still held; else nothing changes. Throws what `sizeOf` throws; the id is committed then as well. */
  commit(slot: number, number: number, ttlMs: number, result: Result | undefined): boolean {
    let held = false;
    let bytes = Number.NaN;
    // Before anything changes: it is the user's code, and may use the window.
    try {
      if (result !== undefined) bytes = Math.max(0, Math.ceil(this.#ports.sizeOf(result)));
    } finally {
      held = this.#commitSized(slot, number, ttlMs, result, bytes);
    }
    return held;
  }

  /** Whether the claim was still held. */
  abort(slot: number, number: number): boolean {
    if (!this.#isHeld(slot, number, this.now())) return false;
    this.aborted++;
    this.#remove(slot);
    return true;
  }

  /** Frees at most so many that have expired; says how many. */
  expire(now: number, most: number): number {
    let freed = 0;
    for (; freed < most; freed++) {
      const slot = this.#firstExpired(now);
      if (slot === NONE) break;
      this.#letGo(slot);
    }
    return freed;
  }

  /** What listeners give up meanwhile is only counted: in a full window each claim of theirs would call them again, without end. */
  tellEvictions(): void {
    if (this.#evictions.length === 0) return;
    const evictions = this.#evictions;
    this.#evictions = [];
    this.#telling = true;
    try {
      for (const eviction of evictions) this.#ports.onEviction(eviction);
    } finally {
      this.#telling = false;
    }
  }

  /** Lets go of the memory that ids took, when none is left. */
  shrink(): void {
    if (this.size === 0 && this.#columns.capacity > 0) this.clear();
  }

  /** Forgets all ids and the memory they took; counters go on. */
  clear(): void {
    this.#columns.clear();
    this.#index.clear();
    this.#claims.clear();
    this.#kept.clear();
    this.size = 0;
    this.inProgress = 0;
    this.bytes = 0;
  }

  /** At its expiry a claim is no longer held, swept or not. */
  #isHeld(slot: number, number: number, now: number): boolean {
    return this.#columns.claims[slot] === number && (this.#columns.expiresAt[slot] ?? 0) > now;
  }

  #commitSized(slot: number, number: number, ttlMs: number, result: Result | undefined, bytes: number): boolean {
    const now = this.now();
    if (!this.#isHeld(slot, number, now)) {
      this.lateCommits++;
      return false;
    }
    const columns = this.#columns;
    columns.claims[slot] = 0;
    columns.expiresAt[slot] = now + ttlMs;
    this.inProgress--;
    this.committed++;
    this.#claims.remove(slot);
    // In no list meanwhile, so that it does not make room for its own result.
    if (result !== undefined) this.#keepResult(slot, result, bytes, now);
    this.#kept.add(slot);
    this.tellEvictions();
    return true;
  }

  #keepResult(slot: number, result: Result, bytes: number, now: number): void {
    const { maxBytes, maxResultBytes } = this.#limits;
    const columns = this.#columns;
    const cost = columns.bytes[slot] ?? 0;
    // Said so that a size that is no number counts as too large.
    if (!(bytes <= maxResultBytes && cost + bytes <= maxBytes)) {
      this.resultsDropped++;
      return;
    }
    this.#makeRoom(0, bytes, now);
    columns.keepResult(slot, result);
    columns.bytes[slot] = cost + bytes;
    this.bytes += bytes;
  }

  #firstExpired(now: number): number {
    const { expiresAt } = this.#columns;
    const kept = this.#kept.first();
    if (kept !== NONE && (expiresAt[kept] ?? 0) <= now) return kept;
    const claimed = this.#claims.first;
    return claimed !== NONE && (expiresAt[claimed] ?? 0) <= now ? claimed : NONE;
  }

  #makeRoom(entries: number, bytes: number, now: number): void {
    const { maxEntries, maxBytes } = this.#limits;
    while (this.size + entries > maxEntries || this.bytes + bytes > maxBytes) {
      const expired = this.#firstExpired(now);
      if (expired !== NONE) this.#letGo(expired);
      else if (!this.#giveUp(now)) return;
    }
  }

  /** The remembered id that would expire first; without one the oldest claim. */
  #giveUp(now: number): boolean {
    const kept = this.#kept.first();
    const slot = kept === NONE ? this.#claims.first : kept;
    if (slot === NONE) return false;
    const inProgress = kept === NONE;
    this.evictedLive++;
    if (inProgress) this.evictedClaims++;
    if (!this.#telling && this.#ports.hearsEvictions()) {
      const { scopes, ids, expiresAt } = this.#columns;
      const remainingMs = (expiresAt[slot] ?? 0) - now;
      this.#evictions.push({ scope: scopes[slot] ?? '', id: ids[slot] ?? '', remainingMs, inProgress });
    }
    this.#remove(slot);
    return true;
  }

  #letGo(slot: number): void {
    if (this.isClaimed(slot)) this.lapsed++;
    else this.expired++;
    this.#remove(slot);
  }

  #remove(slot: number): void {
    const columns = this.#columns;
    if (this.isClaimed(slot)) {
      this.#claims.remove(slot);
      this.inProgress--;
    } else {
      this.#kept.remove(slot);
    }
    this.#index.remove(columns.hashes[slot] ?? 0, slot);
    this.size--;
    this.bytes -= columns.bytes[slot] ?? 0;
    columns.give(slot);
  }
}

/** What an id counts for, in bytes. */
export function costOf(scope: string, id: string): number {
  return ENTRY_OVERHEAD_BYTES + 2 * (scope.length + id.length);
}
