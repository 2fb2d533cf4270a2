// Which topics a session holds and where it starts in each: asked, granted, restored at a resume, withdrawn.
import { isPromise, type MaybePromise } from '@ws-stability/core';
import type { Gap, Position, Positions, StartAt, TopicOutcome } from '@ws-stability/protocol';
import { INBOX, isTopicName, PRINCIPAL_TOPIC } from '@ws-stability/protocol';
import type { LogStore, Page } from '@ws-stability/store';
import { inboxKey, principalKey } from '@ws-stability/store';
import { startOffset } from '../delivery/cursor.machine.ts';
import { Cursor } from '../delivery/cursor.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { Ledger } from '../delivery/ledger.ts';
import type { TopicAction } from '../dependencies.ts';
import type { Session } from './session.ts';

export interface SubscriptionParts {
  readonly log: LogStore;
  readonly delivery: Delivery;
  readonly ledger: Ledger;
  readonly options: { readonly maxSubscriptions: number };
  authorize(action: TopicAction, topic: string, session: Session): MaybePromise<true | string>;
  onGap(session: Session, cursor: Cursor, gap: Gap): void;
}

/** Enough to learn whether a position is still served. */
const PROBE = { entries: 1, bytes: 1 };
/** Heard by nobody: the connection that asked is closed. */
const LEFT: TopicOutcome = { denied: 'left meanwhile' };
const TAKEN_OVER: TopicOutcome = { denied: 'taken over by a newer connection' };

export class Subscriptions {
  readonly #parts: SubscriptionParts;

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
  }

  /** Subscribes a session; one that holds the topic already is told where it stands. Entries flow only after `start`. */
  async subscribe(session: Session, topic: string, from: StartAt): Promise<TopicOutcome> {
    const held = session.cursors.get(topic);
    if (held !== undefined) return { at: held.position };
    if (!isTopicName(topic)) return { denied: 'not the name of a topic' };
    const allowed = await this.#parts.authorize('subscribe', topic, session);
    if (allowed !== true) return { denied: String(allowed) };
    return this.#open(session, topic, topic, from);
  }

  /** Lets the entries of a topic flow to the session's connection. */
  start(session: Session, topic: string): void {
    const cursor = session.cursors.get(topic);
    if (cursor === undefined || cursor.state !== 'detached' || session.link === undefined) return;
    this.#parts.delivery.attach(cursor, session.link);
  }

  startAll(session: Session): void {
    for (const topic of session.cursors.keys()) this.start(session, topic);
  }

  /** Takes the session's cursors off its connection. */
  stopAll(session: Session): void {
    for (const cursor of session.cursors.values()) this.#parts.delivery.detach(cursor);
  }

  /** @returns whether the session held the topic */
  unsubscribe(session: Session, topic: string): boolean {
    const cursor = session.cursors.get(topic);
    if (cursor === undefined || topic === INBOX || topic === PRINCIPAL_TOPIC) return false;
    this.#parts.delivery.detach(cursor);
    this.#parts.ledger.end(cursor);
    session.cursors.delete(topic);
    return true;
  }

  /**
   * Restores what a session holds and what its client remembers, and says how it stands with each topic.
   *
   * @param fresh the session is new: its inbox begins here, shared topics go on by position.
   */
  async restore(session: Session, positions: Positions, fresh: boolean): Promise<Map<string, TopicOutcome>> {
    const { generation } = session;
    const isStale = (): boolean => session.generation !== generation || session.ended;
    const topics = new Set([INBOX, ...session.cursors.keys(), ...positions.keys()]);
    if (session.principal !== undefined) topics.add(PRINCIPAL_TOPIC);
    const outcomes = await Promise.all(
      Array.from(
        topics,
        async (topic) => [topic, await this.#restoreOne(session, topic, positions.get(topic), fresh, isStale)] as const,
      ),
    );
    return new Map(outcomes);
  }

  async #restoreOne(
    session: Session,
    topic: string,
    at: Position | undefined,
    fresh: boolean,
    isStale: () => boolean,
  ): Promise<TopicOutcome> {
    if (topic === INBOX) return this.#restoreInbox(session, at, fresh, isStale);
    if (topic === PRINCIPAL_TOPIC) {
      if (session.principal === undefined) return { denied: 'no principal' };
      return this.#reopen(session, topic, principalKey(session.principal), at, isStale);
    }
    const allowed = await this.#parts.authorize('subscribe', topic, session);
    if (isStale()) return TAKEN_OVER;
    if (allowed !== true) {
      this.unsubscribe(session, topic);
      return { denied: String(allowed) };
    }
    return this.#reopen(session, topic, topic, at, isStale);
  }

  async #restoreInbox(
    session: Session,
    at: Position | undefined,
    fresh: boolean,
    isStale: () => boolean,
  ): Promise<TopicOutcome> {
    if (!fresh) return this.#reopen(session, INBOX, inboxKey(session.id), at, isStale);
    const outcome = await this.#open(session, INBOX, inboxKey(session.id), 'start');
    if (at === undefined || !('at' in outcome)) return outcome;
    this.#parts.ledger.gaps.session++;
    return { gap: { was: at, now: outcome.at, why: 'session' } };
  }

  /** Goes on where the client says it is, else where the server knows it to be, else at the head. */
  async #reopen(
    session: Session,
    topic: string,
    key: string,
    at: Position | undefined,
    isStale: () => boolean,
  ): Promise<TopicOutcome> {
    const cursor = session.cursors.get(topic);
    if (cursor === undefined) return this.#open(session, topic, key, at ?? 'now');
    const from = at ?? cursor.acked;
    this.#parts.ledger.resume(cursor, from);
    cursor.resumeAt(from);
    const page = await this.#parts.log.read(key, cursor.position, PROBE);
    // Another connection has moved the cursor to where its own client stands.
    return isStale() ? TAKEN_OVER : this.#locate(session, cursor, page);
  }

  #open(session: Session, topic: string, key: string, from: StartAt): MaybePromise<TopicOutcome> {
    if (isPosition(from)) {
      const taken = this.#taken(session, topic);
      if (taken !== undefined) return taken;
      const cursor = new Cursor(session.id, key, from);
      session.cursors.set(topic, cursor);
      const page = this.#parts.log.read(key, from, PROBE);
      return isPromise(page)
        ? page.then((arrived) => this.#locate(session, cursor, arrived))
        : this.#locate(session, cursor, page);
    }
    const heads = this.#parts.log.heads([key]);
    const place = ([head]: Awaited<typeof heads>): TopicOutcome => {
      const taken = this.#taken(session, topic);
      if (taken !== undefined) return taken;
      const at: Position = head === undefined ? [0, 0] : [head.epoch, startOffset(from, head)];
      session.cursors.set(topic, new Cursor(session.id, key, at));
      return { at };
    };
    return isPromise(heads) ? heads.then(place) : place(heads);
  }

  /** Judged right before a cursor is placed: while others were asked, a request may have opened it or taken the last room. */
  #taken(session: Session, topic: string): TopicOutcome | undefined {
    if (session.ended) return TAKEN_OVER;
    const { maxSubscriptions } = this.#parts.options;
    const held = session.cursors.get(topic);
    if (held !== undefined) return { at: held.position };
    if (!isTopicName(topic) || session.cursors.size < maxSubscriptions) return undefined;
    return { denied: `limit of ${maxSubscriptions} subscriptions` };
  }

  #locate(session: Session, cursor: Cursor, page: Page): TopicOutcome {
    if (session.ended || session.cursors.get(cursor.topic) !== cursor) return LEFT;
    if (page.status === 'entries') return { at: cursor.position };
    const gap: Gap = { was: cursor.position, now: page.now, why: page.why };
    this.#parts.ledger.gap(cursor, page.now, page.why);
    cursor.restartAt(page.now);
    this.#parts.onGap(session, cursor, gap);
    return { gap };
  }
}

function isPosition(from: StartAt): from is Position {
  return Array.isArray(from);
}
