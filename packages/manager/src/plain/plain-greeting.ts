// A client that does not speak the protocol: its subscriptions stand in the request, its identity replaces the token.
import type { MaybePromise, Random } from '@ws-stability/core';
import type { Gap, TopicOutcome } from '@ws-stability/protocol';
import { CLOSE, INBOX } from '@ws-stability/protocol';
import type { AcceptedUpgrade } from '../admission/upgrade.ts';
import type { Connection } from '../connection/connection.ts';
import type { Ledger } from '../delivery/ledger.ts';
import type { PlainRequest } from '../dependencies.ts';
import { laterReason } from '../handshake/later-reason.ts';
import type { ResolvedManagerOptions } from '../options.ts';
import type { Session } from '../session/session.ts';
import type { SessionRegistry } from '../session/session-registry.ts';
import type { Subscriptions } from '../session/subscriptions.ts';

export interface PlainGreetingParts {
  readonly options: Pick<ResolvedManagerOptions, 'plainDelivery'>;
  readonly registry: SessionRegistry;
  readonly subscriptions: Subscriptions;
  readonly ledger: Ledger;
  readonly random: Random;
  adopt(connection: Connection, session: Session, resumed: boolean): void;
  serve(connection: Connection, session: Session): void;
  /** Asks the client from now on what has reached it. */
  confirm(connection: Connection, session: Session): void;
  onError(error: unknown): void;
}

export class PlainGreeting<Data> {
  readonly #parts: PlainGreetingParts;

  constructor(parts: PlainGreetingParts) {
    this.#parts = parts;
  }

  async greet(connection: Connection, upgrade: AcceptedUpgrade<Data>): Promise<void> {
    connection.phase = 'welcoming';
    connection.pauseReading(true);
    try {
      await this.#greet(connection, upgrade);
    } catch (error) {
      this.#parts.onError(error);
      connection.close(CLOSE.overloaded, laterReason(error, this.#parts.random));
    }
  }

  async #greet(connection: Connection, { principal, data, plain }: AcceptedUpgrade<Data>): Promise<void> {
    const request = plain ?? { subscribe: [], envelope: 'raw' };
    const identity = request.identity ?? principal;
    const found = await this.#find(identity, principal, data);
    if (found === undefined) return connection.close(CLOSE.limit, 'no room for another session');
    const { session, resumed } = found;
    const { generation } = session;
    const outcomes = await this.#restore(session, request, resumed);
    if (session.generation !== generation || session.ended)
      return connection.close(CLOSE.replaced, 'replaced by a newer connection');
    if (connection.phase !== 'welcoming') return this.#parts.registry.detached(session);
    this.#parts.adopt(connection, session, resumed);
    if (identity !== undefined) this.#parts.confirm(connection, session);
    connection.pauseReading(false);
    if (outcomes.some(([, outcome]) => 'denied' in outcome))
      return connection.close(CLOSE.forbidden, 'not allowed to read this topic');
    for (const [topic, outcome] of outcomes) if ('gap' in outcome) this.#tell(connection, session, topic, outcome.gap);
    if (connection.isOpen) this.#parts.serve(connection, session);
  }

  #find(
    identity: string | undefined,
    principal: string | undefined,
    data: unknown,
  ): MaybePromise<{ session: Session; resumed: boolean } | undefined> {
    if (identity === undefined) return { session: this.#parts.registry.anonymous(principal, data), resumed: false };
    return this.#parts.registry.forIdentity(identity, { instance: identity, principal, takeover: true }, data);
  }

  async #restore(session: Session, request: PlainRequest, resumed: boolean): Promise<[string, TopicOutcome][]> {
    try {
      return await this.#subscribe(session, request, resumed);
    } catch (error) {
      // Nobody has it now: it waits for its client, or for its end.
      if (session.link === undefined) this.#parts.registry.detached(session);
      throw error;
    }
  }

  async #subscribe(session: Session, { subscribe }: PlainRequest, resumed: boolean): Promise<[string, TopicOutcome][]> {
    const { subscriptions, options } = this.#parts;
    if (options.plainDelivery === 'atMostOnce') {
      for (const cursor of session.cursors.values()) if (cursor.state === 'detached') cursor.restartAt(cursor.position);
    }
    const wanted = new Map(subscribe.map(({ topic, from }) => [topic, from]));
    for (const topic of [...session.cursors.keys()]) {
      const from = wanted.get(topic);
      if (topic !== INBOX && from !== 'resume') subscriptions.unsubscribe(session, topic);
    }
    const held = await subscriptions.restore(session, new Map(), !resumed);
    const outcomes = [...held];
    for (const [topic, from] of wanted) {
      if (held.has(topic)) continue;
      outcomes.push([topic, await subscriptions.subscribe(session, topic, from === 'resume' ? 'now' : from)]);
    }
    return outcomes;
  }

  /** Where the format has no word for a gap, the connection is closed with it; the next one goes on after it. */
  #tell(connection: Connection, session: Session, topic: string, gap: Gap): void {
    const cursor = session.cursors.get(topic);
    if (cursor === undefined) return;
    if (connection.isOpen) connection.gap(cursor, gap);
    // One close tells one gap: the other topics stay where they were, and are told at the next connect.
    else {
      this.#parts.ledger.resume(cursor, gap.was);
      cursor.restartAt(gap.was);
    }
  }
}
