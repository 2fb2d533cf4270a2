// From a client's hello to its welcome: who it is, which session it goes on with, how it stands with each topic.
import type { Random } from '@ws-stability/core';
import type { Hello, ResumeFailure, TopicOutcome } from '@ws-stability/protocol';
import { CLOSE, VERSION } from '@ws-stability/protocol';
import type { LogStore } from '@ws-stability/store';
import type { Credentials } from '../admission/credentials.ts';
import type { AcceptedUpgrade } from '../admission/upgrade.ts';
import { isOpenError } from '../breakers/guard.ts';
import type { Connection } from '../connection/connection.ts';
import type { Counters } from '../counters.ts';
import type { ResolvedManagerOptions } from '../options.ts';
import type { Session } from '../session/session.ts';
import type { SessionRegistry } from '../session/session-registry.ts';
import type { Subscriptions } from '../session/subscriptions.ts';
import { laterReason } from './later-reason.ts';

export interface GreetingParts<Data> {
  readonly options: ResolvedManagerOptions;
  readonly counters: Counters;
  readonly log: LogStore;
  readonly registry: SessionRegistry;
  readonly subscriptions: Subscriptions;
  readonly credentials: Credentials<Data>;
  readonly random: Random;
  /** Gives the connection its session; whoever held it before is fenced. */
  adopt(connection: Connection, session: Session, resumed: boolean): void;
  /** What the client is owed begins to flow. */
  serve(connection: Connection, session: Session): void;
  onError(error: unknown): void;
}

interface Found {
  readonly session: Session;
  readonly token?: string;
  readonly resumed: boolean;
  readonly why?: ResumeFailure;
}

export class Greeting<Data> {
  readonly #parts: GreetingParts<Data>;

  constructor(parts: GreetingParts<Data>) {
    this.#parts = parts;
  }

  async greet(connection: Connection, hello: Hello, upgrade: AcceptedUpgrade<Data>): Promise<void> {
    connection.phase = 'welcoming';
    try {
      await this.#greet(connection, hello, upgrade);
    } catch (error) {
      this.#parts.onError(error);
      connection.close(CLOSE.overloaded, laterReason(error, this.#parts.random));
    }
  }

  async #greet(connection: Connection, hello: Hello, upgrade: AcceptedUpgrade<Data>): Promise<void> {
    if (hello.v !== VERSION) return connection.close(CLOSE.version, `this server speaks version ${VERSION}`);
    const decision = await this.#parts.credentials.judge(hello.auth, connection);
    if (!decision.accept) return connection.close(CLOSE.unauthenticated, 'not authenticated');
    const principal = decision.principal ?? upgrade.principal;
    const found = await this.#find(hello, principal, decision.data ?? upgrade.data);
    if (found === undefined) return connection.close(CLOSE.limit, 'no room for another session');
    const { session } = found;
    const { generation } = session;
    const topics = await this.#restore(found, hello);
    // Others may have been quicker while the stores answered.
    if (session.generation !== generation || session.ended)
      return connection.close(CLOSE.replaced, 'replaced by a newer connection');
    if (connection.phase !== 'welcoming') return this.#parts.registry.detached(session);
    this.#parts.adopt(connection, session, found.resumed);
    this.#welcome(connection, found, topics);
    this.#parts.serve(connection, session);
  }

  async #restore({ session, resumed }: Found, hello: Hello): Promise<Map<string, TopicOutcome>> {
    try {
      return await this.#parts.subscriptions.restore(session, hello.positions ?? new Map(), !resumed);
    } catch (error) {
      // Nobody has it now: it waits for its client, or for its end.
      if (session.link === undefined) this.#parts.registry.detached(session);
      throw error;
    }
  }

  async #find(hello: Hello, principal: string | undefined, data: Data | undefined): Promise<Found | undefined> {
    const claim = { instance: hello.instance, principal, takeover: hello.takeover ?? false };
    let why: ResumeFailure | undefined;
    if (hello.session !== undefined) {
      const outcome = await this.#resume(hello.session, hello.token ?? '', claim);
      if (outcome.status === 'resumed') return { session: outcome.session, resumed: true };
      why = outcome.why;
      this.#parts.counters.resumeFailures[why]++;
    }
    const created = await this.#parts.registry.create(claim, data);
    return created && { ...created, resumed: false, ...(why === undefined ? {} : { why }) };
  }

  async #resume(...claim: Parameters<SessionRegistry['resume']>): ReturnType<SessionRegistry['resume']> {
    try {
      return await this.#parts.registry.resume(...claim);
    } catch (error) {
      // Not asked at all: its session may be fine, and a new one would make it lose that.
      if (isOpenError(error)) throw error;
      this.#parts.onError(error);
      return { status: 'failed', why: 'store' };
    }
  }

  #welcome(connection: Connection, { session, token, resumed, why }: Found, topics: Map<string, TopicOutcome>): void {
    const { options, log } = this.#parts;
    connection.control({
      t: 'welcome',
      v: VERSION,
      session: session.id,
      ...(token === undefined ? {} : { token }),
      generation: session.generation,
      resumed,
      ...(why === undefined ? {} : { why }),
      topics,
      handled: session.upward.handled,
      window: { messages: options.windowMessages, bytes: options.windowBytes },
      pingMs: options.pingMs,
      pongMs: options.pongMs,
      sessionTtlMs: options.sessionTtlMs,
      maxBytes: options.maxBytes,
      durability: log.durability,
    });
  }
}
