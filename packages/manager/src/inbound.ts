// What a client says after its welcome, frame by frame. A frame that does not fit closes the connection and nothing else.
import type { MaybePromise } from '@ws-stability/core';
import type { Ack, ClientControl, Subscribe, TopicOutcome, Unsubscribe, UpwardBytes } from '@ws-stability/protocol';
import { CLOSE, decodeUpward, INBOX, isTopicName } from '@ws-stability/protocol';
import type { Connection } from './connection/connection.ts';
import type { Session } from './session/session.ts';
import type { Subscriptions } from './session/subscriptions.ts';
import type { Upward } from './session/upward.ts';

export interface InboundParts {
  readonly subscriptions: Subscriptions;
  readonly upward: Upward;
  readonly options: { readonly maxBytes: number };
  onProgress(session: Session): void;
  /** Its client has more of its messages than before. */
  onAcknowledged(session: Session, connection: Connection): void;
  onProtocolError(session: Session | undefined): void;
  refresh(session: Session, connection: Connection, token: string): MaybePromise<true | string>;
  end(session: Session, code: number, reason: string): void;
  onError(error: unknown): void;
}

export class Inbound {
  readonly #parts: InboundParts;

  constructor(parts: InboundParts) {
    this.#parts = parts;
  }

  /** Takes a message of a resumable client whose connection is still the session's. */
  take(session: Session, connection: Connection, bytes: Uint8Array, binary: boolean): void {
    const frame = decodeUpward(bytes, binary);
    if (frame.t === 'problem') return this.refuse(connection, frame.reason);
    if (frame.t === 'data') return this.#data(session, connection, frame);
    this.#control(session, connection, frame);
  }

  refuse(connection: Connection, reason: string): void {
    this.#parts.onProtocolError(connection.session);
    connection.close(CLOSE.badFrame, reason.slice(0, 100));
  }

  #data(session: Session, connection: Connection, frame: UpwardBytes): void {
    if (frame.payload.byteLength > this.#parts.options.maxBytes) return connection.close(1009, 'message too big');
    if (frame.topic !== undefined && !isTopicName(frame.topic))
      return this.refuse(connection, 'not a topic of clients');
    this.#parts.upward.accept(session, connection, frame);
  }

  #control(session: Session, connection: Connection, frame: ClientControl): void {
    switch (frame.t) {
      case 'hello':
        return this.refuse(connection, 'a second hello');
      case 'ready':
      case 'pong':
        return;
      case 'ping':
        return connection.control({ t: 'pong', ts: frame.ts });
      case 'ack':
        return this.#acknowledge(session, connection, frame);
      case 'sub':
        return this.#inTurn(session, frame.topic, () => this.#subscribe(session, connection, frame));
      case 'unsub':
        return this.#inTurn(session, frame.topic, () => this.#unsubscribe(session, connection, frame));
      case 'auth':
        return this.#ask(session, this.#refresh(session, connection, frame.id, frame.token));
      case 'bye':
        return this.#parts.end(session, CLOSE.normal, 'bye');
    }
  }

  #acknowledge(session: Session, connection: Connection, { p, r }: Ack): void {
    let progressed = false;
    if (p !== undefined) {
      for (const [topic, position] of p) {
        const cursor = session.cursors.get(topic);
        if (!cursor?.acknowledge(position)) continue;
        progressed = true;
        if (topic === INBOX) session.onInboxAcknowledged(cursor);
      }
    }
    if (progressed) this.#parts.onAcknowledged(session, connection);
    if (r !== undefined) this.#parts.upward.confirm(session, r);
    this.#parts.onProgress(session);
  }

  /** What is asked about one topic is done and answered in that order, however long the first takes. */
  #inTurn(session: Session, topic: string, act: () => Promise<void>): void {
    const before = session.asked.get(topic);
    const done = (before === undefined ? act() : before.then(act)).finally(() => {
      if (session.asked.get(topic) === done) session.asked.delete(topic);
    });
    session.asked.set(topic, done);
    this.#ask(session, done);
  }

  /** What waits for the application's decisions counts into the window, or a client could pile up questions without end. */
  #ask(session: Session, answered: Promise<void>): void {
    session.asking++;
    this.#parts.upward.applyWindow(session);
    const onAnswered = (): void => {
      session.asking--;
      this.#parts.upward.applyWindow(session);
    };
    answered.then(onAnswered, (error: unknown) => {
      this.#parts.onError(error);
      onAnswered();
    });
  }

  async #subscribe(session: Session, connection: Connection, { id, topic, from }: Subscribe): Promise<void> {
    let outcome: TopicOutcome;
    try {
      outcome = await this.#parts.subscriptions.subscribe(session, topic, from);
    } catch (error) {
      this.#parts.onError(error);
      outcome = { denied: 'the server could not open the topic; ask again' };
    }
    if (connection.session !== session) return;
    if ('denied' in outcome) {
      return connection.control({ t: 'err', id, code: 'ERR_DENIED', message: outcome.denied });
    }
    connection.control({ t: 'ok', id, ...outcome });
    this.#parts.subscriptions.start(session, topic);
    this.#parts.onProgress(session);
  }

  async #unsubscribe(session: Session, connection: Connection, { id, topic }: Unsubscribe): Promise<void> {
    if (connection.session !== session) return;
    this.#parts.subscriptions.unsubscribe(session, topic);
    this.#parts.onProgress(session);
    connection.control({ t: 'ok', id });
  }

  async #refresh(session: Session, connection: Connection, id: number, token: string): Promise<void> {
    const outcome = await this.#parts.refresh(session, connection, token);
    if (connection.session !== session) return;
    if (outcome === true) return connection.control({ t: 'ok', id });
    connection.control({ t: 'err', id, code: 'ERR_UNAUTHENTICATED', message: outcome });
  }
}
