// The manager: wires admission, sessions, delivery and drain together and is what applications hold in their hands.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type Clock,
  Emitter,
  type Listener,
  type MaybePromise,
  type Observable,
  type Random,
  resolveOptions,
  StabilityError,
  systemClock,
  systemRandom,
  TimerWheel,
  WheelEntry,
} from '@ws-stability/core';
import type { Gap, Payload, Position, StartAt, Topic, TopicOutcome, TopicPattern } from '@ws-stability/protocol';
import { assertTopicName, CLOSE, decodeUpward, SUBPROTOCOL } from '@ws-stability/protocol';
import { inboxKey, type LogStore, MemoryLogStore, MemorySessionStore, type SessionStore } from '@ws-stability/store';
import type { WebSocket } from 'ws';
import { deadline } from './admission/deadline.ts';
import type { Refusal } from './admission/refusal.ts';
import { refuse } from './admission/refusal.ts';
import { type AcceptedUpgrade, Upgrade } from './admission/upgrade.ts';
import { chain } from './chain.ts';
import { Connection, type ConnectionParts } from './connection/connection.ts';
import { Flusher } from './connection/flusher.ts';
import { jsonFormat, rawFormat, resumableFormat } from './connection/format.ts';
import { preEncodedWritesWork } from './connection/outlet.ts';
import { Counters } from './counters.ts';
import type { Cursor } from './delivery/cursor.ts';
import { Delivery } from './delivery/delivery.ts';
import type { Logger, ManagerDependencies } from './dependencies.ts';
import { Drain, type DrainReport } from './drain/drain.ts';
import type { ManagerEvents } from './events.ts';
import { type Handler, Handlers, type MessageContext } from './handlers.ts';
import { Greeting } from './handshake/greeting.ts';
import { Inbound } from './inbound.ts';
import { type ManagerOptions, managerOptions, type ResolvedManagerOptions } from './options.ts';
import { PlainBatches } from './plain/plain-batches.ts';
import { PlainGreeting } from './plain/plain-greeting.ts';
import { endedError, Publishing, type PublishOptions, type PublishOutcome, type SendOptions } from './publishing.ts';
import type { Session, SessionServices } from './session/session.ts';
import { SessionRegistry } from './session/session-registry.ts';
import { Subscriptions } from './session/subscriptions.ts';
import { Upward } from './session/upward.ts';
import type { UpwardMessage } from './session/upward-message.ts';
import type { ManagerSnapshot } from './snapshot.ts';

const HOUSEKEEPING_MS = 1_000;
const WHEEL_TICK_MS = 50;
const CLOSING_TURNS = 50;

/** Sessions, topics and connections of one server over `ws`. */
export class ConnectionManager<Data = unknown> implements Observable<ManagerEvents<Data>> {
  readonly #options: ResolvedManagerOptions;
  readonly #dependencies: ManagerDependencies<Data>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger | undefined;
  readonly #log: LogStore;
  readonly #sessionStore: SessionStore;
  readonly #events: Emitter<ManagerEvents<Data>>;
  readonly #counters = new Counters();
  readonly #wheel: TimerWheel;
  readonly #delivery: Delivery;
  readonly #registry: SessionRegistry;
  readonly #subscriptions: Subscriptions;
  readonly #handlers = new Handlers<Data>();
  readonly #publishing: Publishing;
  readonly #upward: Upward;
  readonly #inbound: Inbound;
  readonly #greeting: Greeting<Data>;
  readonly #plainGreeting: PlainGreeting<Data>;
  readonly #upgrade: Upgrade<Data>;
  readonly #connections = new Map<Connection, AcceptedUpgrade<Data>>();
  readonly #connectionParts: ConnectionParts;
  readonly #housekeeping = new WheelEntry(() => this.#keepHouse());
  readonly #headPoll = new WheelEntry(() => this.#pollHeads());
  readonly #startedAt: number;
  #greetings = 0;
  #state: ManagerSnapshot['state'] = 'accepting';
  #shutdown: Promise<DrainReport> | undefined;

  /**
   * @param options settings, each with a default.
   * @param dependencies stores, clock, logger, and the application's decisions.
   * @throws StabilityError `ERR_OPTION` with every wrong setting.
   */
  constructor(options: ManagerOptions = {}, dependencies: ManagerDependencies<Data> = {}) {
    this.#options = resolveOptions(managerOptions, options, 'manager');
    this.#dependencies = dependencies;
    this.#clock = dependencies.clock ?? systemClock;
    this.#random = dependencies.random ?? systemRandom;
    this.#logger = dependencies.logger;
    this.#log = dependencies.log ?? new MemoryLogStore({}, { clock: this.#clock });
    this.#sessionStore = dependencies.sessions ?? new MemorySessionStore({}, { clock: this.#clock });
    this.#startedAt = this.#clock.now();
    const onError = (error: unknown): void => this.#report(error);
    this.#events = new Emitter(onError);
    this.#wheel = new TimerWheel({ clock: this.#clock, tickMs: WHEEL_TICK_MS, onError });
    const shared = {
      log: this.#log,
      clock: this.#clock,
      random: this.#random,
      wheel: this.#wheel,
      counters: this.#counters,
      options: this.#options,
      onError,
    };
    this.#delivery = new Delivery(shared);
    this.#registry = new SessionRegistry({
      ...shared,
      sessions: this.#sessionStore,
      services: this.#services(),
      onTaken: (session) => this.#release(session),
      onFenced: (session) => this.#onFenced(session),
    });
    this.#subscriptions = new Subscriptions({
      ...shared,
      delivery: this.#delivery,
      authorize: (action, topic, session) => dependencies.authorize?.(action, topic, session as Session<Data>) ?? true,
      onGap: (session, cursor, gap) => this.#onGap(session, cursor, gap),
    });
    this.#publishing = new Publishing({ ...shared, isDraining: () => this.#state !== 'accepting' });
    this.#upward = new Upward({
      ...shared,
      run: (session, message) => this.#run(session, message),
      onProgress: (session) => this.#onUpwardProgress(session),
      onRefused: (session, { code, message }) =>
        this.#events.emit('messageRefused', { session: session as Session<Data>, code, message }),
    });
    this.#inbound = new Inbound({
      ...shared,
      subscriptions: this.#subscriptions,
      upward: this.#upward,
      onProgress: (session) => this.#registry.touched(session),
      onProtocolError: () => void this.#counters.protocolErrors++,
      refresh: (session, connection, token) => this.#refresh(session, connection, token),
      end: (session, code, reason) => this.#end(session, code, reason),
    });
    const greeting = {
      ...shared,
      registry: this.#registry,
      subscriptions: this.#subscriptions,
      adopt: (connection: Connection, session: Session, resumed: boolean) => this.#adopt(connection, session, resumed),
      serve: (connection: Connection, session: Session) => this.#serve(connection, session),
    };
    this.#greeting = new Greeting<Data>({
      ...greeting,
      judge: (auth, request) => dependencies.onHello?.(auth, request),
    });
    this.#plainGreeting = new PlainGreeting<Data>({
      ...greeting,
      confirm: (connection, session) => this.#confirm(connection, session),
    });
    this.#upgrade = new Upgrade<Data>({
      ...shared,
      full: () => this.#full(),
      decide: (request, signal) => dependencies.onUpgrade?.(request, signal) ?? { accept: true },
      onAccepted: (ws, socket, request, decision) => this.#accept(ws, socket, request, decision),
      onRefused: (_request, status, message) => this.#onRefused(status, message),
    });
    this.#connectionParts = {
      ...shared,
      flusher: new Flusher(this.#options.flush),
      owner: {
        onMessage: (connection, bytes, binary) => this.#onMessage(connection, bytes, binary),
        onClosed: (connection, code, cause) => this.#onClosed(connection, code, cause),
        onWritable: (connection) => this.#delivery.resume(connection),
        onTimeout: (connection, why) => this.#onTimeout(connection, why),
      },
    };
    this.#wheel.schedule(this.#housekeeping, Math.min(HOUSEKEEPING_MS, this.#options.sessionSaveMs));
    this.#wheel.schedule(this.#headPoll, this.#options.headPollMs);
  }

  get accepting(): boolean {
    return this.#state === 'accepting';
  }

  on<Name extends keyof ManagerEvents<Data>>(name: Name, listener: Listener<ManagerEvents<Data>[Name]>): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * Takes the upgrade requests of an HTTP server.
   *
   * @param at.path only this path; others get 404 unless someone else listens too. @default every path
   * @returns a function that lets go of the server.
   */
  attach(server: Server, at: { readonly path?: string } = {}): () => void {
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      const path = (request.url ?? '/').split('?', 1)[0];
      if (at.path === undefined || path === at.path) return this.handleUpgrade(request, socket, head);
      if (server.listenerCount('upgrade') > 1) return;
      socket.on('error', () => socket.destroy());
      refuse(socket, { status: 404, message: `WebSockets are served at ${at.path}.` });
    };
    server.on('upgrade', onUpgrade);
    return () => void server.off('upgrade', onUpgrade);
  }

  /** Takes one upgrade request; for servers that route them themselves. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#upgrade.handle(request, socket, head).catch((error: unknown) => {
      this.#report(error);
      socket.destroy();
    });
  }

  /**
   * Publishes to a topic. The outcome is a value when the log is in this process, else a promise; awaiting it serves both.
   *
   * @param topic a name (then `value` is a string or bytes), or a typed topic.
   * @throws StabilityError `ERR_TOPIC`, `ERR_PAYLOAD`
   */
  publish(topic: string, value: Payload, options?: PublishOptions): MaybePromise<PublishOutcome>;
  publish<Value>(topic: Topic<Value>, value: NoInfer<Value>, options?: PublishOptions): MaybePromise<PublishOutcome>;
  publish(topic: string | Topic<unknown>, value: unknown, options?: PublishOptions): MaybePromise<PublishOutcome> {
    return this.#publishing.publish(topic, value, options);
  }

  /** Publishes to a user: every session of the principal gets it. */
  sendToPrincipal(principal: string, payload: Payload, options?: PublishOptions): MaybePromise<PublishOutcome> {
    return this.#publishing.toPrincipal(principal, payload, options);
  }

  /**
   * Sends to one session, connected or away.
   *
   * @returns when the client has acknowledged it. Rejects `ERR_SEND_TIMEOUT`, `ERR_SEND_LOST`, `ERR_SESSION_ENDED`,
   * `ERR_SESSION_UNKNOWN`, `ERR_REFUSED`, `ERR_RECEIPTS_FULL`, `ERR_DRAINING`.
   */
  async send(
    session: string | Session<Data>,
    payload: Payload,
    options?: SendOptions,
  ): Promise<{ position: Position }> {
    const target = typeof session === 'string' ? this.#registry.get(session) : (session as Session);
    if (target === undefined) {
      throw new StabilityError(
        'ERR_SESSION_UNKNOWN',
        'No such session here; it may have expired. Send to its principal instead.',
      );
    }
    if (target.ended) throw endedError();
    return this.#publishing.send(target, payload, options);
  }

  /** Handles messages that clients send without a topic; the value returned, or promised, is the result. */
  onMessage(handler: Handler<Payload, Data>): () => void {
    return this.#handlers.onMessage(handler);
  }

  /** Handles requests to a topic; the value returned, or promised, is the answer. Throw a StabilityError to refuse. */
  handle<Value>(topic: Topic<Value> | TopicPattern<Value>, handler: Handler<Value, Data>): () => void;
  handle(topic: string, handler: Handler<Payload, Data>): () => void;
  handle(topic: string | Topic<unknown> | TopicPattern<unknown>, handler: Handler<never, Data>): () => void {
    return this.#handlers.handle(topic, handler);
  }

  session(id: string): Session<Data> | undefined {
    return this.#registry.get(id) as Session<Data> | undefined;
  }

  sessions(): IterableIterator<Session<Data>> {
    return this.#registry.values() as IterableIterator<Session<Data>>;
  }

  snapshot(): ManagerSnapshot {
    const counters = this.#counters;
    let plain = 0;
    for (const connection of this.#connections.keys()) if (connection.format.mode === 'plain') plain++;
    let attached = 0;
    for (const session of this.#registry.values()) if (session.connected) attached++;
    return {
      state: this.#state,
      uptimeMs: Math.round(this.#clock.now() - this.#startedAt),
      connections: {
        total: counters.connections,
        active: this.#connections.size,
        resumable: this.#connections.size - plain,
        plain,
        failed: counters.refused + counters.protocolErrors,
        reconnections: counters.resumed,
        timeouts: counters.timeouts,
      },
      sessions: {
        attached,
        detached: this.#registry.size - attached,
        created: counters.sessions,
        expired: counters.expiredSessions,
      },
      messages: {
        published: counters.published,
        delivered: counters.delivered,
        received: counters.received,
        duplicates: counters.duplicates,
        refused: counters.refusedPublishes,
        expired: counters.expired,
        failedHandlers: counters.failedHandlers,
      },
      gaps: counters.gaps,
      bytesOut: counters.bytesOut,
      feeds: this.#delivery.feeds,
      log: this.#log.snapshot(),
      preEncodedWrites: preEncodedWritesWork(),
    };
  }

  /**
   * Drains and closes: clients are told to come back later, each in its own slot; handlers and acknowledgements are
   * awaited; then connections are closed with 1012. Repeated calls get the same report.
   *
   * @param options.deadlineMs milliseconds for all of it. @default the option `drainDeadlineMs`
   */
  shutdown(options: { readonly deadlineMs?: number } = {}): Promise<DrainReport> {
    this.#shutdown ??= this.#drain(options.deadlineMs ?? this.#options.drainDeadlineMs);
    return this.#shutdown;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  async #drain(deadlineMs: number): Promise<DrainReport> {
    this.#state = 'draining';
    this.#events.emit('drain', { phase: 'begun' });
    const drain = new Drain({
      log: this.#log,
      clock: this.#clock,
      random: this.#random,
      options: this.#options,
      deadlineMs,
      connections: () => this.#connections.keys(),
      sessions: () => this.#registry.values(),
      onError: (error) => this.#report(error),
    });
    const report = await drain.run();
    // Destroyed sockets say so a turn or two later; what becomes of their sessions is saved before the stores close.
    for (let turn = 0; this.#connections.size > 0 && turn < CLOSING_TURNS; turn++) {
      await new Promise<void>((resolve) => void setImmediate(resolve));
    }
    await this.#registry.settle();
    for (const session of this.#registry.values()) {
      session.receipts.fail(endedError());
      session.abort(endedError());
    }
    this.#state = 'closed';
    this.#delivery.close();
    this.#wheel.close();
    this.#upgrade.close();
    if (this.#dependencies.log === undefined) await this.#log.close();
    if (this.#dependencies.sessions === undefined) await this.#sessionStore.close();
    this.#events.emit('drain', { phase: 'over', report });
    return report;
  }

  #full(): Refusal | undefined {
    const headers = { 'Retry-After': '5' };
    if (this.#state !== 'accepting')
      return { status: 503, message: 'This server is shutting down; connect again later.', headers };
    if (this.#connections.size >= this.#options.maxConnections) {
      return {
        status: 503,
        message: `The limit of ${this.#options.maxConnections} connections (maxConnections) is reached.`,
        headers,
      };
    }
    if (this.#greetings + this.#upgrade.undecided >= this.#options.maxUnauthenticated) {
      return { status: 503, message: 'Too many connections have not said hello yet (maxUnauthenticated).', headers };
    }
    return undefined;
  }

  #accept(ws: WebSocket, socket: Duplex, request: IncomingMessage, decision: AcceptedUpgrade<Data>): void {
    const plain = ws.protocol !== SUBPROTOCOL;
    const format = plain ? (decision.plain?.envelope === 'json' ? jsonFormat : rawFormat) : resumableFormat;
    const connection = new Connection(ws, socket, request, format, this.#connectionParts);
    this.#connections.set(connection, decision);
    this.#counters.connections++;
    this.#greetings++;
    this.#events.emit('connection', { mode: format.mode });
    if (plain) void this.#plainGreeting.greet(connection, decision);
  }

  #adopt(connection: Connection, session: Session, resumed: boolean): void {
    session.link = connection;
    connection.session = session;
    connection.open();
    this.#greetings--;
    this.#registry.keepAlive(session);
    if (resumed) this.#counters.resumed++;
    this.#events.emit(resumed ? 'sessionResumed' : 'session', session as Session<Data>);
  }

  /** Before the next connection's positions are looked at: the older one must not move the cursors any more. */
  #release(session: Session): void {
    this.#subscriptions.stopAll(session);
    const { link } = session;
    session.link = undefined;
    link?.fence();
  }

  #serve(connection: Connection, session: Session): void {
    if (session.link !== connection) return;
    if (session.mode === 'resumable') this.#upward.repeatResults(session, connection);
    this.#upward.applyWindow(session);
    this.#subscriptions.startAll(session);
  }

  #confirm(connection: Connection, session: Session): void {
    connection.batches = new PlainBatches(
      connection,
      () => session.cursors.values(),
      this.#wheel,
      this.#options,
      (cursor) => {
        if (cursor.key === inboxKey(session.id)) this.#onInboxAcknowledged(session, cursor);
        this.#registry.touched(session);
      },
    );
  }

  #onMessage(connection: Connection, bytes: Uint8Array, binary: boolean): void {
    if (connection.phase === 'open') return this.#onServedMessage(connection, bytes, binary);
    if (connection.phase !== 'greeting' || connection.format.mode === 'plain') {
      return this.#inbound.refuse(connection, 'a message before the welcome');
    }
    const frame = decodeUpward(bytes, binary);
    const decision = this.#connections.get(connection);
    if (frame.t !== 'hello')
      return this.#inbound.refuse(connection, frame.t === 'problem' ? frame.reason : 'not a hello');
    if (decision !== undefined) void this.#greeting.greet(connection, frame, decision);
  }

  #onServedMessage(connection: Connection, bytes: Uint8Array, binary: boolean): void {
    const { session } = connection;
    // Fenced: whatever still arrives belongs to nobody.
    if (session === undefined || session.link !== connection) return;
    if (connection.format.mode === 'resumable') return this.#inbound.take(session, connection, bytes, binary);
    if (bytes.byteLength > this.#options.maxBytes) return connection.close(1009, 'message too big');
    const topic = this.#connections.get(connection)?.plain?.publishTo;
    const seq = session.upward.received + 1;
    this.#upward.accept(session, connection, {
      t: 'data',
      seq,
      op: 'pub',
      binary,
      payload: bytes,
      ...(topic === undefined ? {} : { topic }),
    });
  }

  #run(session: Session, message: UpwardMessage): MaybePromise<unknown> {
    if (this.#state !== 'accepting') {
      throw new StabilityError('ERR_DRAINING', 'This server is shutting down; send it again after the reconnect.', {
        retryable: true,
      });
    }
    const { topic } = message;
    if (topic === undefined) return this.#handlers.run(message, this.#context(session, message));
    const action = message.op === 'req' ? 'request' : 'publish';
    const allowed = this.#dependencies.authorize?.(action, topic, session as Session<Data>) ?? true;
    return chain(allowed, (verdict) => {
      if (verdict !== true) throw new StabilityError('ERR_DENIED', verdict, { details: { topic } });
      if (action === 'publish') return this.#publishing.fromClient(session, topic, message) as MaybePromise<unknown>;
      return this.#handlers.run(message, this.#context(session, message));
    });
  }

  #context(session: Session, { topic, seq, id, binary }: UpwardMessage): MessageContext<Data> {
    return {
      session: session as Session<Data>,
      topic,
      seq,
      key: `${session.id}:${seq}`,
      id,
      binary,
      get signal() {
        return session.signal;
      },
    };
  }

  #onUpwardProgress(session: Session): void {
    // A plain client never confirms: nothing is kept for it.
    if (session.mode === 'plain') this.#upward.confirm(session, session.upward.handled);
    this.#registry.touched(session);
  }

  async #refresh(session: Session, connection: Connection, token: string): Promise<true | string> {
    const { onHello } = this.#dependencies;
    if (onHello === undefined) return true;
    try {
      const decision = await deadline(
        onHello.call(this.#dependencies, token, connection.request),
        this.#options.upgradeTimeoutMs,
        'onHello',
      );
      if (!decision.accept) return 'not authenticated';
      return decision.principal === session.principal ? true : 'another principal; connect anew for that';
    } catch (error) {
      this.#report(error);
      return 'the decision failed; ask again';
    }
  }

  #onGap(session: Session, cursor: Cursor, gap: Gap): void {
    if (cursor.key === inboxKey(session.id)) session.receipts.lost(gap.now);
    if (session.mode === 'plain') cursor.restartAt(gap.now);
    this.#events.emit('gap', { session: session as Session<Data>, topic: cursor.topic, gap });
  }

  #onInboxAcknowledged(session: Session, cursor: Cursor): void {
    session.receipts.acknowledged(cursor.acked);
    this.#log.trim(cursor.key, cursor.acked);
  }

  #onTimeout(connection: Connection, why: 'heartbeat' | 'hello'): void {
    this.#counters.timeouts++;
    if (why === 'heartbeat') return connection.terminate();
    connection.close(CLOSE.helloTimeout, 'no hello in time');
  }

  #onClosed(connection: Connection, code: number, cause: string | undefined): void {
    this.#connections.delete(connection);
    const { session } = connection;
    if (!connection.adopted) this.#greetings--;
    this.#events.emit('disconnected', { session: session as Session<Data> | undefined, code, cause });
    if (session === undefined || session.link !== connection || this.#state === 'closed') return;
    this.#subscriptions.stopAll(session);
    session.link = undefined;
    // A plain client without identity cannot come back.
    if (session.generation === 0) this.#end(session, CLOSE.normal, 'gone');
    else this.#registry.detached(session);
  }

  #onFenced(session: Session): void {
    this.#release(session);
    this.#registry.drop(session);
    session.receipts.fail(endedError());
    session.abort(endedError());
  }

  #end(session: Session, code: number, reason: string): void {
    if (session.ended) return;
    this.#subscriptions.stopAll(session);
    const { link } = session;
    session.link = undefined;
    this.#registry.end(session);
    link?.close(code, reason);
    session.receipts.fail(endedError());
    session.abort(endedError());
  }

  #onRefused(status: number, message: string): void {
    this.#counters.refused++;
    this.#events.emit('refused', { status, message });
  }

  #services(): SessionServices {
    return {
      join: (session, topic, from) => this.#join(session, topic, from),
      leave: (session, topic, why) => this.#leave(session, topic, why),
      end: (session, code, reason) => this.#end(session, code, reason),
      onGap: (session, cursor, gap) => this.#onGap(session, cursor, gap),
      onInboxAcknowledged: (session, cursor) => this.#onInboxAcknowledged(session, cursor),
      onExpiry: (session) => this.#onExpiry(session),
    };
  }

  async #join(session: Session, topic: string, from: StartAt): Promise<TopicOutcome> {
    assertTopicName(topic);
    const outcome = await this.#subscriptions.subscribe(session, topic, from);
    if ('denied' in outcome) return outcome;
    const { link } = session;
    if (link?.isOpen) {
      const at = 'at' in outcome ? outcome.at : outcome.gap.now;
      if (session.mode === 'resumable') link.control({ t: 'sub', topic, at });
      this.#subscriptions.start(session, topic);
    }
    this.#registry.touched(session);
    return outcome;
  }

  #leave(session: Session, topic: string, why: string): void {
    if (!this.#subscriptions.unsubscribe(session, topic)) return;
    if (session.mode === 'resumable') session.link?.control({ t: 'unsub', topic, why: why.slice(0, 100) });
    this.#registry.touched(session);
  }

  /** A third of the session's time has passed with a client, or all of it without one. */
  #onExpiry(session: Session): void {
    if (session.link !== undefined) return this.#registry.keepAlive(session);
    this.#counters.expiredSessions++;
    this.#events.emit('sessionExpired', session as Session<Data>);
    this.#end(session, CLOSE.normal, 'expired');
  }

  #keepHouse(): void {
    this.#wheel.schedule(this.#housekeeping, Math.min(HOUSEKEEPING_MS, this.#options.sessionSaveMs));
    this.#log.sweep();
    this.#sessionStore.sweep();
    this.#registry.saveAll();
  }

  #pollHeads(): void {
    this.#wheel.schedule(this.#headPoll, this.#options.headPollMs);
    this.#delivery.pollHeads();
  }

  #report(error: unknown): void {
    this.#logger?.error({ err: error }, 'background failure');
    if (this.#events.has('error')) this.#events.emit('error', error);
    else if (this.#logger === undefined) process.emitWarning(error instanceof Error ? error : String(error));
  }
}
