// The client: one connection that comes back, one session that goes on, and what an application does with them.
import {
  type Clock,
  Emitter,
  isStabilityError,
  type Listener,
  type Observable,
  randomHex,
  StabilityError,
  systemClock,
  systemRandom,
} from '@ws-stability/core';
import {
  assertTopicName,
  encodeUpward,
  INBOX,
  MAX_OFFSET,
  MAX_POSITIONS,
  type Payload,
  PRINCIPAL_TOPIC,
  type Topic,
} from '@ws-stability/protocol';
import { Alarm } from './alarm.ts';
import type { PublishOptions, RequestOptions, SubscribeOptions, Subscription } from './client-calls.ts';
import type { ClientDependencies, ClientOptions } from './client-dependencies.ts';
import type { ClientEvents, ClientSnapshot, ClientState, PublishReceipt } from './client-events.ts';
import { Connection } from './connection.ts';
import { Conversation } from './conversation.ts';
import { tooLarge, undelivered } from './errors.ts';
import { resolveLimits } from './limits.ts';
import { handler, type MessageListener } from './listener.ts';
import type { Upward } from './upward.ts';
import type { WebSocketConstructor } from './websocket.ts';

const AWAKE = ['online', 'pageshow', 'visibilitychange'] as const;
const encoder = new TextEncoder();

export class StabilityClient implements Observable<ClientEvents> {
  readonly #emitter: Emitter<ClientEvents>;
  readonly #connection: Connection;
  readonly #conversation: Conversation;
  readonly #clock: Clock;
  readonly #requestTimeoutMs: number;
  readonly #deadlines = new Map<Upward, number>();
  readonly #alarm: Alarm;
  readonly #page: ClientDependencies['page'];
  #restored = false;

  /**
   * @param url of the server, `ws:` or `wss:`; put no secrets into it.
   * @throws StabilityError `ERR_OPTION`, or `ERR_WEBSOCKET` where the platform has none.
   */
  constructor(url: string | URL, options: ClientOptions = {}, dependencies: ClientDependencies = {}) {
    const { subprotocols = [], fallback, onReplaced = 'stop', autoConnect = true, ...numbers } = options;
    const limits = resolveLimits(numbers);
    const { clock = systemClock, random = systemRandom, auth, storage, closePolicy } = dependencies;
    const { WebSocket = globalThis.WebSocket as WebSocketConstructor | undefined } = dependencies;
    if (!WebSocket) {
      throw new StabilityError(
        'ERR_WEBSOCKET',
        "No WebSocket here; import '@ws-stability/client/node', or pass one as a dependency",
      );
    }
    const authenticate = async (): Promise<string | undefined> => auth?.();
    const report = (cause: unknown): void => {
      const error = isStabilityError(cause)
        ? cause
        : new StabilityError('ERR_BACKGROUND', 'A listener, auth or storage failed; see the cause', { cause });
      this.#emitter.emit('error', error);
    };
    this.#emitter = new Emitter<ClientEvents>();
    this.#clock = clock;
    this.#requestTimeoutMs = limits.requestTimeoutMs;
    this.#alarm = new Alarm(clock, () => this.#expire());
    this.#page = dependencies.page ?? (typeof globalThis.addEventListener === 'function' ? globalThis : undefined);
    this.#connection = new Connection({
      url,
      WebSocket,
      subprotocols,
      clock,
      random,
      policy: { ...limits, fallback: fallback === 'plain', onReplaced },
      prepare: async () => {
        if (!this.#restored) await this.#conversation.restore().catch(report);
        this.#restored = true;
        this.#conversation.auth = await authenticate();
      },
      received: (message) => this.#conversation.received(message),
      perform: (what) => {
        if (what === 'hello') this.#conversation.hello();
        else if (what === 'ready') this.#conversation.begin(false);
        else if (what === 'forget') this.#conversation.forget();
        else if (what === 'ping') this.#conversation.say({ t: 'ping', ts: Math.floor(clock.now()) });
        else this.#conversation.bye();
      },
      changed: (state) => {
        if (state.name === 'online' && state.plain) this.#conversation.begin(true);
        if (state.name === 'closed') this.#ended(state.code === 'ERR_ATTEMPTS');
        this.#emitter.emit('state', state);
      },
      report,
      resume: (code, reason) => closePolicy?.(code, reason) === 'resume',
      busy: () => this.#conversation.busy,
    });
    this.#conversation = new Conversation({
      connection: this.#connection,
      clock,
      limits,
      emitter: this.#emitter,
      instance: randomHex(random, 16),
      storage,
      authenticate,
      report,
    });
    for (const name of AWAKE) this.#page?.addEventListener(name, this.#awake);
    if (autoConnect) this.connect();
  }

  get state(): ClientState {
    return this.#connection.state;
  }

  /** The id of the session, once welcomed. */
  get session(): string | undefined {
    return this.#conversation.session;
  }

  /** Dials, unless that was done already. A closed client stays closed. */
  connect(): void {
    this.#connection.dispatch({ type: 'connect' });
  }

  on<Name extends keyof ClientEvents>(name: Name, listener: Listener<ClientEvents[Name]>): () => void {
    return this.#emitter.on(name, listener);
  }

  /**
   * Listens to a topic; the same topic may have several listeners, and the later ones join where the first one is.
   *
   * @param listener what it returns is awaited before the message counts as settled; it is not called again for it after that.
   * @throws StabilityError `ERR_TOPIC`, or `ERR_SUBSCRIPTIONS` beyond 1,024 topics
   */
  subscribe(topic: string, listener: MessageListener<Payload>, options?: SubscribeOptions): Subscription;
  subscribe<Value>(topic: Topic<Value>, listener: MessageListener<Value>, options?: SubscribeOptions): Subscription;
  subscribe<Value>(
    topic: string | Topic<Value>,
    listener: MessageListener<Value>,
    { from = 'now' }: SubscribeOptions = {},
  ): Subscription {
    const typed = typeof topic === 'string' ? undefined : topic;
    const name = typeof topic === 'string' ? topic : topic.name;
    assertTopicName(name);
    const { subscriptions } = this.#conversation;
    if (subscriptions.topics.size >= MAX_POSITIONS && !subscriptions.topics.has(name)) {
      throw new StabilityError('ERR_SUBSCRIPTIONS', `A client holds at most ${MAX_POSITIONS} topics; leave some first`);
    }
    const closed = this.state.name === 'closed';
    const question = closed ? undefined : subscriptions.subscribe(name, from);
    const held = subscriptions.topic(name);
    const mine = handler(typed, listener, this.#report);
    held.listeners.add(mine);
    if (question) this.#conversation.say(question);
    const { outcome } = held;
    return {
      topic: name,
      ready: closed
        ? Promise.resolve({ denied: 'closed' })
        : new Promise((resolve) => (outcome ? resolve(outcome) : held.waiting.push(resolve))),
      get position() {
        return held.position.received;
      },
      unsubscribe: () =>
        new Promise((resolve) => {
          const message = subscriptions.unsubscribe(held, mine, resolve);
          if (message) this.#conversation.say(message);
        }),
    };
  }

  /** Listens to what is sent to this session alone. */
  onInbox(listener: MessageListener<Payload>): () => void {
    return this.#listen(INBOX, listener);
  }

  /** Listens to what is sent to this session's principal, in all its sessions. */
  onPrincipal(listener: MessageListener<Payload>): () => void {
    return this.#listen(PRINCIPAL_TOPIC, listener);
  }

  /**
   * Appends to a topic.
   *
   * @returns rejects with `ERR_OUTCOME_UNKNOWN`, `ERR_OUTBOX_FULL`, `ERR_TOO_LARGE`, `ERR_TOPIC`, `ERR_PAYLOAD`, `ERR_CLOSED`
   * or the server's own code.
   */
  publish(topic: string, value: Payload, options?: PublishOptions): Promise<PublishReceipt>;
  publish<Value>(topic: Topic<Value>, value: Value, options?: PublishOptions): Promise<PublishReceipt>;
  async publish<Value>(
    topic: string | Topic<Value>,
    value: Value,
    { id, ttlMs, echo = true }: PublishOptions = {},
  ): Promise<PublishReceipt> {
    const fields = {
      ...addressed(topic, value),
      ...(id !== undefined && { id }),
      ...(ttlMs !== undefined && { ttlMs }),
      ...(!echo && { echo }),
    };
    return (await this.#post(fields)) as PublishReceipt;
  }

  /**
   * Asks the handler of a topic.
   *
   * @returns what it answered; rejects as `publish` does, and with `ERR_TIMEOUT` or the signal's reason.
   */
  request<Result = unknown>(topic: string, value: Payload, options?: RequestOptions): Promise<Result>;
  request<Value, Result = unknown>(topic: Topic<Value>, value: Value, options?: RequestOptions): Promise<Result>;
  async request<Value, Result>(
    topic: string | Topic<Value>,
    value: Value,
    options: RequestOptions = {},
  ): Promise<Result> {
    const { timeoutMs = this.#requestTimeoutMs, signal } = options;
    return (await this.#post({ ...addressed(topic, value), op: 'req' }, timeoutMs, signal)) as Result;
  }

  /** Hands a message to the server's `onMessage`. @returns what that returned */
  async send(payload: Payload, { id }: { readonly id?: string } = {}): Promise<unknown> {
    return this.#post({ payload, ...(id !== undefined && { id }) });
  }

  snapshot(): ClientSnapshot {
    const { subscriptions, outbox, counters, generation } = this.#conversation;
    return {
      state: this.state,
      session: this.session,
      generation,
      positions: subscriptions.positions(),
      outbox: { messages: outbox.messages, bytes: outbox.bytes },
      counters: { ...counters },
    };
  }

  /** Ends the session and the connection. What has no result yet is rejected. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  readonly #report = (error: StabilityError): void => this.#emitter.emit('error', error);
  readonly #awake = (): void => this.#connection.dispatch({ type: 'awake' });

  #listen(name: string, listener: MessageListener<Payload>): () => void {
    const { listeners } = this.#conversation.subscriptions.topic(name);
    const mine = handler<Payload>(undefined, listener, this.#report);
    listeners.add(mine);
    return () => listeners.delete(mine);
  }

  async #post(fields: Upward['fields'], timeoutMs?: number, signal?: AbortSignal): Promise<unknown> {
    const { outbox, maxBytes } = this.#conversation;
    // Once as if it were the last number: that checks the fields before the message takes a place, and tells its size.
    const frame = encodeUpward({ ...fields, seq: MAX_OFFSET });
    const bytes = typeof frame === 'string' ? encoder.encode(frame).length : frame.length;
    if (this.state.name === 'closed') throw undelivered(false);
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const settled = (): void => {
        this.#deadlines.delete(message);
        signal?.removeEventListener('abort', abort);
      };
      const message: Upward = {
        seq: 0,
        bytes,
        fields,
        ...(fields.id !== undefined && { id: fields.id }),
        resolve(value) {
          settled();
          resolve(value);
        },
        reject(error) {
          settled();
          reject(error);
        },
      };
      const abort = (): void => {
        outbox.cancel(message);
        message.reject(signal?.reason);
      };
      if (!outbox.add(message)) {
        throw new StabilityError(
          'ERR_OUTBOX_FULL',
          'Too much waits for its result; wait for some or raise outboxMessages and outboxBytes',
          { retryable: true },
        );
      }
      signal?.addEventListener('abort', abort);
      if (timeoutMs !== undefined) {
        this.#deadlines.set(message, this.#clock.now() + timeoutMs);
        this.#alarm.set(this.#clock.now() + timeoutMs);
      }
      this.#conversation.flush();
    });
  }

  #expire(): void {
    for (const [message, deadline] of this.#deadlines) {
      if (deadline > this.#clock.now()) this.#alarm.set(deadline);
      else {
        this.#conversation.outbox.cancel(message);
        message.reject(
          new StabilityError('ERR_TIMEOUT', 'No answer in time; it may still take effect', { retryable: true }),
        );
      }
    }
  }

  #ended(keep: boolean): void {
    for (const name of AWAKE) this.#page?.removeEventListener(name, this.#awake);
    this.#alarm.cancel();
    this.#conversation.end(keep);
  }
}

/** A value as a topic's message. */
function addressed<Value>(topic: string | Topic<Value>, value: Value): { topic: string; payload: Payload } {
  const name = typeof topic === 'string' ? topic : topic.name;
  assertTopicName(name);
  if (typeof topic === 'string') return { topic, payload: value as Payload };
  try {
    return { topic: name, payload: topic.codec.encode(value) };
  } catch (cause) {
    throw new StabilityError('ERR_PAYLOAD', "The topic's codec cannot write this value; see the cause", { cause });
  }
}
