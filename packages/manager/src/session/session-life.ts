// The life of the sessions: given a connection, served, left waiting, taken over, ended.
import type { Emitter, MaybePromise } from '@ws-stability/core';
import type { Gap, GapReason, StartAt, TopicOutcome } from '@ws-stability/protocol';
import { assertTopicName, CLOSE } from '@ws-stability/protocol';
import { inboxKey, type LogStore } from '@ws-stability/store';
import type { SessionBreakers } from '../breakers/session-breakers.ts';
import type { Connection } from '../connection/connection.ts';
import type { Counters } from '../counters.ts';
import type { Cursor } from '../delivery/cursor.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { Ledger } from '../delivery/ledger.ts';
import type { TopicAction } from '../dependencies.ts';
import type { ManagerEvents } from '../events.ts';
import type { ClientCounts } from '../observation/client-counts.ts';
import type { ManagerObserver } from '../observation/observer.ts';
import type { ResolvedManagerOptions } from '../options.ts';
import { PlainBatches } from '../plain/plain-batches.ts';
import { endedError } from './ended-error.ts';
import type { Session, SessionServices } from './session.ts';
import { type RegistryParts, SessionRegistry } from './session-registry.ts';
import { Subscriptions } from './subscriptions.ts';
import { Upward } from './upward.ts';
import type { UpwardMessage } from './upward-message.ts';

export interface SessionLifeParts extends Pick<RegistryParts, 'sessions' | 'clock' | 'random' | 'wheel' | 'onError'> {
  readonly log: LogStore;
  readonly delivery: Delivery;
  readonly breakers: SessionBreakers;
  readonly clients: ClientCounts;
  readonly observer: ManagerObserver;
  readonly counters: Counters;
  readonly ledger: Ledger;
  readonly options: ResolvedManagerOptions;
  readonly events: Emitter<ManagerEvents>;
  authorize(action: TopicAction, topic: string, session: Session): MaybePromise<true | string>;
  /** Does what a message asks for; its value is the result. */
  run(session: Session, message: UpwardMessage): unknown;
}

export class SessionLife implements SessionServices {
  readonly registry: SessionRegistry;
  readonly subscriptions: Subscriptions;
  readonly upward: Upward;
  readonly #parts: SessionLifeParts;

  constructor(parts: SessionLifeParts) {
    this.#parts = parts;
    this.registry = new SessionRegistry({
      ...parts,
      services: this,
      onTaken: (session) => this.#release(session),
      onFenced: (session) => this.#onFenced(session),
    });
    this.subscriptions = new Subscriptions({
      ...parts,
      onGap: (session, cursor, gap) => this.onGap(session, cursor, gap),
    });
    this.upward = new Upward({
      ...parts,
      onProgress: (session) => this.#onUpwardProgress(session),
      onRefused: (session, { code, message }) => parts.events.emit('messageRefused', { session, code, message }),
    });
  }

  /** Gives a connection its session: from here on it is the one that may write. */
  adopt(connection: Connection, session: Session, resumed: boolean): void {
    session.link = connection;
    connection.session = session;
    connection.open();
    this.#parts.breakers.adopted(session, connection);
    this.#parts.clients.connected(session, resumed);
    this.registry.keepAlive(session);
    if (resumed) this.#parts.counters.resumed++;
    this.#parts.events.emit(resumed ? 'sessionResumed' : 'session', session);
  }

  /** What the client is owed begins to flow. */
  serve(connection: Connection, session: Session): void {
    if (session.link !== connection) return;
    if (session.mode === 'resumable') this.upward.repeatResults(session, connection);
    this.upward.applyWindow(session);
    this.subscriptions.startAll(session);
  }

  /** Asks a plain client with identity from now on what has reached it. */
  confirm(connection: Connection, session: Session): void {
    connection.batches = new PlainBatches(
      connection,
      () => session.cursors.values(),
      this.#parts.wheel,
      this.#parts.options,
      (cursor) => {
        if (cursor.key === inboxKey(session.id)) this.onInboxAcknowledged(session, cursor);
        this.progressed(session, connection);
        this.registry.touched(session);
      },
    );
  }

  async join(session: Session, topic: string, from: StartAt): Promise<TopicOutcome> {
    assertTopicName(topic);
    const outcome = await this.subscriptions.subscribe(session, topic, from);
    if ('denied' in outcome) return outcome;
    const { link } = session;
    if (link?.isOpen) {
      const at = 'at' in outcome ? outcome.at : outcome.gap.now;
      if (session.mode === 'resumable') link.control({ t: 'sub', topic, at });
      this.subscriptions.start(session, topic);
    }
    this.registry.touched(session);
    return outcome;
  }

  leave(session: Session, topic: string, why: string): void {
    if (!this.subscriptions.unsubscribe(session, topic)) return;
    if (session.mode === 'resumable') session.link?.control({ t: 'unsub', topic, why: why.slice(0, 100) });
    this.registry.touched(session);
  }

  /** Ends a session and its connection. */
  end(session: Session, code: number, reason: string): void {
    if (session.ended) return;
    this.subscriptions.stopAll(session);
    const { link } = session;
    if (link !== undefined) this.#parts.clients.disconnected(session);
    session.link = undefined;
    this.registry.end(session);
    this.#parts.breakers.ended(session);
    link?.close(code, reason);
    letGo(session);
  }

  /** Its connection is gone. */
  disconnected(session: Session, connection: Connection): void {
    if (session.link !== connection) return;
    this.#parts.clients.disconnected(session);
    this.subscriptions.stopAll(session);
    session.link = undefined;
    // A plain client without identity cannot come back.
    if (session.generation === 0) this.end(session, CLOSE.normal, 'gone');
    else this.registry.detached(session);
  }

  /** The manager is closed: nobody waits any more. */
  abandon(): void {
    for (const session of this.registry.values()) letGo(session);
  }

  /** Its client has more of its messages than before. */
  progressed(session: Session, connection: Connection): void {
    this.#parts.breakers.progressed(session, connection);
    connection.acknowledged(session.owed);
  }

  onGap(session: Session, cursor: Cursor, gap: Gap): void {
    this.#parts.clients.add(session, 'messages_failed', lostIn(gap));
    if (OVERFLOWS.has(gap.why)) this.#parts.clients.add(session, 'queue_overflows', 1);
    if (cursor.key === inboxKey(session.id)) session.receipts.lost(gap.now);
    if (session.mode === 'plain') cursor.restartAt(gap.now);
    this.#parts.events.emit('gap', { session, topic: cursor.topic, gap });
  }

  onInboxAcknowledged(session: Session, cursor: Cursor): void {
    session.receipts.acknowledged(cursor.acked);
    this.#parts.log.trim(cursor.key, cursor.acked);
  }

  /** A third of the session's time has passed with a client, or all of it without one. */
  onExpiry(session: Session): void {
    if (session.link !== undefined) return this.registry.keepAlive(session);
    this.#parts.counters.expiredSessions++;
    this.#parts.events.emit('sessionExpired', session);
    this.end(session, CLOSE.normal, 'expired');
  }

  #onUpwardProgress(session: Session): void {
    // A plain client never confirms: nothing is kept for it.
    if (session.mode === 'plain') this.upward.confirm(session, session.upward.handled);
    this.registry.touched(session);
  }

  /** Before the next connection's positions are looked at: the older one must not move the cursors any more. */
  #release(session: Session): void {
    this.subscriptions.stopAll(session);
    const { link } = session;
    if (link !== undefined) this.#parts.clients.disconnected(session);
    session.link = undefined;
    link?.fence();
  }

  #onFenced(session: Session): void {
    this.#release(session);
    this.registry.drop(session);
    this.#parts.breakers.ended(session);
    letGo(session);
  }
}

/** Gaps because the log could not keep all. */
const OVERFLOWS: ReadonlySet<GapReason> = new Set(['retention', 'budget', 'lag']);

/** As far as anybody knows: of an epoch that is gone only what the new one has before the place. */
function lostIn({ was, now }: Gap): number {
  return Math.max(0, now[1] - (was[0] === now[0] ? was[1] : 0));
}

function letGo(session: Session): void {
  session.receipts.fail(endedError());
  session.abort(endedError());
}
