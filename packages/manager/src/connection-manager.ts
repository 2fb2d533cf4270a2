// The manager: wires admission, sessions, delivery and drain together and is what applications hold in their hands.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type Clock,
  Emitter,
  isPromise,
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
import type { Payload, Position, Topic, TopicPattern } from '@ws-stability/protocol';
import { type LogStore, MemoryLogStore, MemorySessionStore, type SessionStore } from '@ws-stability/store';
import { Credentials } from './admission/credentials.ts';
import { deadline } from './admission/deadline.ts';
import { refuse } from './admission/refusal.ts';
import { Upgrade } from './admission/upgrade.ts';
import { isOpenError } from './breakers/guard.ts';
import { GuardedLogStore } from './breakers/guarded-log-store.ts';
import { GuardedSessionStore } from './breakers/guarded-session-store.ts';
import { Breakers } from './breakers/manager-breakers.ts';
import { SessionBreakers } from './breakers/session-breakers.ts';
import { Connections } from './connections.ts';
import { Counters } from './counters.ts';
import { Delivery } from './delivery/delivery.ts';
import { Ledger } from './delivery/ledger.ts';
import type { Logger, ManagerDependencies, TopicAction } from './dependencies.ts';
import { Dispatch } from './dispatch.ts';
import { Drain, type DrainReport } from './drain/drain.ts';
import type { ManagerEvents } from './events.ts';
import { type Handler, Handlers } from './handlers.ts';
import { ClientCounts } from './observation/client-counts.ts';
import type { ManagerObserver } from './observation/observer.ts';
import { type ManagerOptions, managerOptions, type ResolvedManagerOptions } from './options.ts';
import { Publishing, type PublishOptions, type PublishOutcome, type SendOptions } from './publishing.ts';
import { endedError } from './session/ended-error.ts';
import type { Session } from './session/session.ts';
import { SessionLife } from './session/session-life.ts';
import { type ManagerSnapshot, takeSnapshot } from './snapshot.ts';

const HOUSEKEEPING_MS = 1_000;
const WHEEL_TICK_MS = 50;
const CLOSING_TURNS = 50;
const NOBODY: ManagerObserver = {};
const NO_ANSWER = 'authorize gave no answer';

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
  readonly #ledger = new Ledger();
  readonly #wheel: TimerWheel;
  readonly #breakers: Breakers;
  readonly #delivery: Delivery;
  readonly #handlers = new Handlers<Data>();
  readonly #publishing: Publishing;
  readonly #life: SessionLife;
  readonly #connections: Connections<Data>;
  readonly #upgrade: Upgrade<Data>;
  readonly #housekeeping = new WheelEntry(() => this.#keepHouse());
  readonly #headPoll = new WheelEntry(() => this.#pollHeads());
  readonly #startedAt: number;
  #state: ManagerSnapshot['state'] = 'accepting';
  #tellingOfError = false;
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
    this.#startedAt = this.#clock.now();
    const onError = (error: unknown): void => this.#report(error);
    this.#events = new Emitter(onError);
    this.#wheel = new TimerWheel({ clock: this.#clock, tickMs: WHEEL_TICK_MS, onError });
    this.#breakers = new Breakers(dependencies.breakers ?? {}, {
      options: this.#options,
      clock: this.#clock,
      random: this.#random,
      onError,
      onRefused: () => void this.#counters.shortCircuited++,
      onChange: (change) => this.#events.emit('breaker', change),
    });
    this.#log = this.#guardLog(dependencies.log) ?? new MemoryLogStore({}, { clock: this.#clock });
    this.#sessionStore =
      this.#guardSessions(dependencies.sessions) ?? new MemorySessionStore({}, { clock: this.#clock });
    const shared = {
      log: this.#log,
      clock: this.#clock,
      random: this.#random,
      wheel: this.#wheel,
      counters: this.#counters,
      ledger: this.#ledger,
      observer: dependencies.observer ?? NOBODY,
      clients: new ClientCounts(dependencies.observer?.clients),
      options: this.#options,
      onError,
    };
    this.#delivery = new Delivery(shared);
    const breakers = new SessionBreakers({
      ...shared,
      group: this.#breakers.sessions,
      onReleased: (connection) => this.#delivery.resume(connection),
    });
    const asking = this.#breakers.guard('authorize');
    this.#publishing = new Publishing({ ...shared, isDraining: () => !this.accepting });
    const authorize = (action: TopicAction, topic: string, session: Session): MaybePromise<true | string> =>
      dependencies.authorize === undefined ||
      asking.run(() => {
        const answer = dependencies.authorize?.(action, topic, session as Session<Data>) ?? NO_ANSWER;
        return isPromise(answer) ? deadline(answer, this.#options.upgradeTimeoutMs, 'authorize') : answer;
      });
    const dispatch = new Dispatch<Data>({
      handlers: this.#handlers,
      publishing: this.#publishing,
      authorize,
      isDraining: () => !this.accepting,
    });
    // Inside, nobody knows what the application keeps with its sessions.
    const events = this.#events as Emitter<ManagerEvents>;
    this.#life = new SessionLife({
      ...shared,
      sessions: this.#sessionStore,
      delivery: this.#delivery,
      breakers,
      events,
      authorize,
      run: (session, message) => dispatch.run(session, message),
    });
    this.#connections = new Connections<Data>({
      ...shared,
      life: this.#life,
      delivery: this.#delivery,
      breakers,
      events,
      credentials: new Credentials(dependencies, this.#breakers.guard('onHello'), this.#options.upgradeTimeoutMs),
      state: () => this.#state,
    });
    this.#upgrade = new Upgrade<Data>({
      ...shared,
      guard: this.#breakers.guard('onUpgrade'),
      full: () => this.#connections.full(this.#upgrade.undecided),
      decide: (request, signal) =>
        dependencies.onUpgrade === undefined ? { accept: true } : dependencies.onUpgrade(request, signal),
      onAccepted: (ws, socket, request, decision) => this.#connections.accept(ws, socket, request, decision),
      onRefused: (_request, status, message) => this.#onRefused(status, message),
    });
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
    const target = typeof session === 'string' ? this.#life.registry.get(session) : (session as Session);
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
    return this.#life.registry.get(id) as Session<Data> | undefined;
  }

  sessions(): IterableIterator<Session<Data>> {
    return this.#life.registry.values() as IterableIterator<Session<Data>>;
  }

  snapshot(): ManagerSnapshot {
    return takeSnapshot({
      state: this.#state,
      uptimeMs: Math.round(this.#clock.now() - this.#startedAt),
      counters: this.#counters,
      ledger: this.#ledger,
      breakers: this.#breakers.snapshot(),
      connections: this.#connections,
      sessions: () => this.#life.registry.values(),
      delivery: this.#delivery,
      log: this.#log,
    });
  }

  /**
   * Drains and closes: clients are told to come back later, each in its own slot; handlers and acknowledgements are
   * awaited; then connections are closed with 1012. Repeated calls get the same report.
   *
   * @param options.deadlineMs milliseconds for all of it, at most a day. @default the option `drainDeadlineMs`
   */
  shutdown(options: { readonly deadlineMs?: number } = {}): Promise<DrainReport> {
    this.#shutdown ??= this.#drain(asDeadline(options.deadlineMs ?? this.#options.drainDeadlineMs));
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
      connections: () => this.#connections,
      sessions: () => this.#life.registry.values(),
      headOf: (key) => this.#delivery.headOf(key),
      onError: (error) => this.#report(error),
    });
    const report = await drain.run();
    // Destroyed sockets say so a turn or two later; what becomes of their sessions is saved before the stores close.
    for (let turn = 0; this.#connections.size > 0 && turn < CLOSING_TURNS; turn++) {
      await new Promise<void>((resolve) => void setImmediate(resolve));
    }
    await this.#life.registry.settle();
    this.#life.abandon();
    this.#state = 'closed';
    this.#delivery.close();
    this.#wheel.close();
    this.#upgrade.close();
    this.#breakers.close();
    if (this.#dependencies.log === undefined) await this.#log.close();
    if (this.#dependencies.sessions === undefined) await this.#sessionStore.close();
    this.#events.emit('drain', { phase: 'over', report });
    return report;
  }

  /** Memory answers at once or not at all: it needs no breaker, and no time for one. */
  #guardLog(log: LogStore | undefined): LogStore | undefined {
    if (log === undefined || log instanceof MemoryLogStore) return log;
    return new GuardedLogStore(log, this.#breakers.guard('log'), this.#wheel, this.#options.storeTimeoutMs);
  }

  #guardSessions(store: SessionStore | undefined): SessionStore | undefined {
    if (store === undefined || store instanceof MemorySessionStore) return store;
    return new GuardedSessionStore(
      store,
      this.#breakers.guard('sessionStore'),
      this.#wheel,
      this.#options.storeTimeoutMs,
    );
  }

  #onRefused(status: number, message: string): void {
    this.#counters.refused++;
    this.#events.emit('refused', { status, message });
  }

  #keepHouse(): void {
    this.#wheel.schedule(this.#housekeeping, Math.min(HOUSEKEEPING_MS, this.#options.sessionSaveMs));
    this.#log.sweep();
    this.#sessionStore.sweep();
    this.#life.registry.saveAll();
  }

  #pollHeads(): void {
    this.#wheel.schedule(this.#headPoll, this.#options.headPollMs);
    this.#delivery.pollHeads();
  }

  /** A listener of errors that throws is not told of its own error, or it would be told for ever. */
  #tellOfError(error: unknown): void {
    if (this.#tellingOfError) return process.emitWarning(error instanceof Error ? error : String(error));
    this.#tellingOfError = true;
    try {
      this.#events.emit('error', error);
    } finally {
      this.#tellingOfError = false;
    }
  }

  #report(error: unknown): void {
    // The change of the breaker was told, and its refusals are counted; they are no further news.
    if (isOpenError(error)) return;
    this.#logger?.error({ err: error }, 'background failure');
    if (this.#events.has('error')) this.#tellOfError(error);
    else if (this.#logger === undefined) process.emitWarning(error instanceof Error ? error : String(error));
  }
}

/** A time that ends, whatever was computed: a shutdown is no moment to refuse a number. */
function asDeadline(ms: number): number {
  const { max, min, default: usual } = managerOptions.drainDeadlineMs;
  return Number.isNaN(ms) ? usual : Math.min(Math.max(ms, min), max);
}
