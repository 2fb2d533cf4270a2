// The sessions of this process and their records in the store: created, taken over, saved, expired — fenced throughout.
import { type Clock, isPromise, type MaybePromise, type Random, randomHex, type TimerWheel } from '@ws-stability/core';
import type { ResumeFailure } from '@ws-stability/protocol';
import type { LogStore, SaveOutcome, SessionRecord, SessionStore } from '@ws-stability/store';
import { inboxKey } from '@ws-stability/store';
import type { Counters } from '../counters.ts';
import { Cursor } from '../delivery/cursor.ts';
import type { Ledger } from '../delivery/ledger.ts';
import { judgeResume } from '../handshake/resume.machine.ts';
import { Session, type SessionServices } from './session.ts';
import { hashToken, newToken, tokenMatches } from './token.ts';

export interface RegistryParts {
  readonly sessions: SessionStore;
  readonly log: LogStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly wheel: TimerWheel;
  readonly counters: Counters;
  readonly ledger: Ledger;
  readonly options: { readonly sessionTtlMs: number };
  readonly services: SessionServices;
  /** A session of ours was taken over by a connection of ours: whoever served it may write nothing more. */
  readonly onTaken: (session: Session) => void;
  /** A session was taken over elsewhere or its record is gone: let go of it here. */
  readonly onFenced: (session: Session) => void;
  readonly onError: (error: unknown) => void;
}

/** Who asks for a session. */
export interface Claim {
  readonly instance: string;
  readonly principal: string | undefined;
  readonly takeover: boolean;
}

export type ResumeOutcome =
  | { readonly status: 'resumed'; readonly session: Session }
  | { readonly status: 'failed'; readonly why: ResumeFailure };

/** More rounds than this against other claimants of one session are not tried. */
const TAKE_ROUNDS = 32;
const SETTLE_ROUNDS = 100;
const SETTLE_LOOK_MS = 10;

export class SessionRegistry {
  readonly #parts: RegistryParts;
  readonly #byId = new Map<string, Session>();
  readonly #unsaved = new Set<Session>();
  readonly #saving = new Set<Session>();

  constructor(parts: RegistryParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): Session | undefined {
    return this.#byId.get(id);
  }

  values(): IterableIterator<Session> {
    return this.#byId.values();
  }

  /** A new session with its first token, saved before anybody hears of it; undefined when the store is full. */
  async create(claim: Claim, data: unknown): Promise<{ session: Session; token: string } | undefined> {
    const token = newToken(this.#parts.random);
    const id = randomHex(this.#parts.random, 16);
    const session = await this.#create(id, 'resumable', hashToken(token), claim, data);
    return session === undefined ? undefined : { session, token };
  }

  /** The session that a token proves, taken over from whoever held it. */
  async resume(id: string, token: string, claim: Claim): Promise<ResumeOutcome> {
    return this.#take(id, claim, 'resumable', (record) => tokenMatches(token, record.tokenHash));
  }

  /** The session of a plain client's identity, taken over or new; undefined when the store is full. */
  async forIdentity(
    identity: string,
    claim: Claim,
    data: unknown,
  ): Promise<{ session: Session; resumed: boolean } | undefined> {
    const id = `plain:${hashToken(identity).slice(0, 32)}`;
    for (let round = 0; round < TAKE_ROUNDS; round++) {
      const outcome = await this.#take(id, { ...claim, takeover: true }, 'plain', () => true);
      if (outcome.status === 'resumed') return { session: outcome.session, resumed: true };
      const session = await this.#create(id, 'plain', '', claim, data);
      if (session !== undefined) return { session, resumed: false };
    }
    return undefined;
  }

  /** A plain client without identity: nothing of it outlives its connection. */
  anonymous(principal: string | undefined, data: unknown): Session {
    const id = randomHex(this.#parts.random, 16);
    this.#parts.counters.sessions++;
    const session = new Session<unknown>(
      { id, mode: 'plain', tokenHash: '', generation: 0, instance: id, principal, data },
      this.#parts.services,
    );
    this.#byId.set(id, session);
    return session;
  }

  /** Its connection is gone: it waits for the client from now on. */
  detached(session: Session): void {
    // A plain client without identity cannot come back.
    if (session.generation === 0) return this.end(session);
    this.#parts.wheel.schedule(session.expiry, this.#parts.options.sessionTtlMs);
    this.#write(session);
  }

  /** Progress that the store learns of at the next `saveAll`. */
  touched(session: Session): void {
    if (session.generation > 0 && !session.ended) this.#unsaved.add(session);
  }

  saveAll(): void {
    const sessions = [...this.#unsaved];
    this.#unsaved.clear();
    for (const session of sessions) this.#write(session);
  }

  /** Resolves when no write is under way; the last progress is written first. */
  async settle(): Promise<void> {
    this.saveAll();
    for (let round = 0; round < SETTLE_ROUNDS && this.#saving.size > 0; round++) {
      await new Promise<void>((resolve) => void this.#parts.clock.setTimer(resolve, SETTLE_LOOK_MS));
    }
  }

  /** Keeps the record of a connected session from expiring. */
  keepAlive(session: Session): void {
    this.#parts.wheel.schedule(session.expiry, this.#parts.options.sessionTtlMs / 3);
    if (session.generation > 0) this.#write(session);
  }

  /** Forgets a session, its record and its inbox. */
  end(session: Session): void {
    this.drop(session);
    this.#parts.log.remove(inboxKey(session.id));
    if (session.generation === 0) return;
    const removed = this.#guard(() => this.#parts.sessions.remove(session.id, session.generation));
    if (isPromise(removed)) removed.catch(this.#parts.onError);
  }

  /** Lets go of a session that another node holds. */
  drop(session: Session): void {
    if (!session.ended) for (const cursor of session.cursors.values()) this.#parts.ledger.end(cursor);
    session.ended = true;
    this.#parts.wheel.cancel(session.expiry);
    this.#unsaved.delete(session);
    if (this.#byId.get(session.id) === session) this.#byId.delete(session.id);
  }

  async #create(
    id: string,
    mode: Session['mode'],
    tokenHash: string,
    claim: Claim,
    data: unknown,
  ): Promise<Session | undefined> {
    const record: SessionRecord = {
      version: 1,
      id,
      tokenHash,
      generation: 1,
      instance: claim.instance,
      principal: claim.principal,
      attached: true,
      cursors: new Map(),
      handled: 0,
      results: [],
      expiresAt: this.#expiresAt(),
      data,
    };
    if ((await this.#parts.sessions.create(record)) !== 'created') return undefined;
    this.#parts.counters.sessions++;
    return this.#adopt(record, mode);
  }

  async #take(
    id: string,
    claim: Claim,
    mode: Session['mode'],
    proves: (record: SessionRecord) => boolean,
  ): Promise<ResumeOutcome> {
    for (let round = 0; round < TAKE_ROUNDS; round++) {
      const loaded = await this.#parts.sessions.load(id);
      const known = this.#byId.get(id);
      // A plain client without identity has no record, and is nobody else's to take or to end.
      const local = known?.generation === 0 ? undefined : known;
      if (loaded.status !== 'found') {
        if (local !== undefined) this.#parts.onFenced(local);
        return { status: 'failed', why: loaded.status };
      }
      const { record } = loaded;
      const ours = local !== undefined && local.generation === record.generation ? local : undefined;
      const verdict = judgeResume({
        record: 'found',
        tokenMatches: proves(record),
        samePrincipal: record.principal === claim.principal,
        held: ours === undefined ? record.attached : ours.link !== undefined,
        sameInstance: record.instance === claim.instance,
        takeover: claim.takeover,
      });
      if (verdict !== 'resume') return { status: 'failed', why: verdict };
      const patch = { attached: true, instance: claim.instance, expiresAt: this.#expiresAt() };
      const taken = await this.#parts.sessions.take(id, record.generation, patch);
      if (taken.status === 'conflict') continue;
      return { status: 'resumed', session: this.#onTaken(taken.record, mode) };
    }
    return { status: 'failed', why: 'inUse' };
  }

  /** After a take: the local session goes on if it is the one whose record was taken, else the record is adopted. */
  #onTaken(record: SessionRecord, mode: Session['mode']): Session {
    const local = this.#byId.get(record.id);
    if (local !== undefined && local.generation === record.generation - 1) {
      local.generation = record.generation;
      local.instance = record.instance;
      this.#parts.onTaken(local);
      // Its time begins anew, or it could end while its client is being welcomed.
      this.#parts.wheel.schedule(local.expiry, this.#parts.options.sessionTtlMs);
      return local;
    }
    if (local !== undefined) this.#parts.onFenced(local);
    return this.#adopt(record, mode);
  }

  #adopt(record: SessionRecord, mode: Session['mode']): Session {
    const session = new Session<unknown>({ ...record, mode }, this.#parts.services, record);
    for (const [key, position] of record.cursors) {
      const cursor = new Cursor(session.id, key, position);
      session.cursors.set(cursor.topic, cursor);
    }
    this.#byId.set(session.id, session);
    return session;
  }

  /** One write at a time for each session, so that an older state never follows a newer one. */
  #write(session: Session): void {
    if (this.#saving.has(session)) return void this.#unsaved.add(session);
    if (session.ended) return;
    const generation = session.generation;
    const patch = session.progress(session.link !== undefined, this.#expiresAt());
    const written = this.#guard(() => this.#parts.sessions.save(session.id, generation, patch));
    if (!isPromise(written)) return this.#onWritten(session, generation, written);
    this.#saving.add(session);
    written
      .then((outcome) => this.#onWritten(session, generation, outcome))
      .catch((error) => {
        this.#parts.onError(error);
        if (!session.ended) this.#unsaved.add(session);
      })
      .finally(() => this.#saving.delete(session));
  }

  #onWritten(session: Session, generation: number, outcome: SaveOutcome | undefined): void {
    // A write that lost against our own takeover fences nobody.
    if (outcome === 'fenced' && session.generation === generation && !session.ended) this.#parts.onFenced(session);
  }

  #guard(write: () => MaybePromise<SaveOutcome>): MaybePromise<SaveOutcome> | undefined {
    try {
      return write();
    } catch (error) {
      this.#parts.onError(error);
      return undefined;
    }
  }

  #expiresAt(): number {
    return this.#parts.clock.wall() + this.#parts.options.sessionTtlMs;
  }
}
