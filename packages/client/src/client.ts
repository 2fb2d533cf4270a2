// The client: one connection that comes back, one session that goes on, and what an application does with them.
import {
  type Clock,
  Emitter,
  type Listener,
  type Observable,
  StabilityError,
  systemClock,
  systemRandom,
  type Timer,
} from '@ws-stability/core';
import {
  assertTopicName,
  type Codec,
  INBOX,
  MAX_OFFSET,
  MAX_POSITIONS,
  type Payload,
  PRINCIPAL_TOPIC,
  rawCodec,
  type Topic,
  type UpwardFields,
  writeUpward,
} from '@ws-stability/protocol';
import type { PublishOptions, RequestOptions, SubscribeOptions, Subscription } from './client-calls.ts';
import type { ClientDependencies, ClientOptions } from './client-dependencies.ts';
import type { ClientEvents, ClientSnapshot, ClientState, PublishReceipt } from './client-events.ts';
import { Conversation } from './conversation.ts';
import { tooLarge, undelivered } from './errors.ts';
import { resolveLimits } from './limits.ts';
import { type Handler, handler, type MessageListener } from './listener.ts';
import type { Upward } from './upward.ts';
import type { WebSocketConstructor } from './websocket.ts';

const AWAKE = ['online', 'pageshow', 'visibilitychange'] as const;
const encoder = new TextEncoder();

export class StabilityClient implements Observable<ClientEvents> {
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #conversation: Conversation;
  readonly #clock: Clock;
  readonly #requestTimeoutMs: number;

  /**
   * @param url of the server, `ws:` or `wss:`; put no secrets into it.
   * @throws StabilityError `ERR_OPTION`, or `ERR_WEBSOCKET` where the platform has none.
   */
  constructor(url: string | URL, options: ClientOptions = {}, dependencies: ClientDependencies = {}) {
    const { subprotocols = [], fallback, onReplaced = 'stop', autoConnect = true, ...numbers } = options;
    const {
      WebSocket = globalThis.WebSocket as WebSocketConstructor | undefined,
      clock = systemClock,
      random = systemRandom,
      page = globalThis,
      closePolicy,
      ...rest
    } = dependencies;
    const limits = resolveLimits(numbers);
    if (!WebSocket) {
      throw new StabilityError('ERR_WEBSOCKET', "No WebSocket: import '@ws-stability/client/node'.");
    }
    const awake = (): void => this.#conversation.connection.dispatch({ type: 'awake' });
    this.#clock = clock;
    this.#requestTimeoutMs = limits.requestTimeoutMs;
    this.#conversation = new Conversation({
      ...rest,
      url,
      WebSocket,
      subprotocols,
      fallback,
      onReplaced,
      clock,
      random,
      limits,
      emitter: this.#emitter,
      resume: (code, reason) => closePolicy?.(code, reason) === 'resume',
      ended: () => {
        for (const name of AWAKE) page.removeEventListener?.(name, awake);
      },
    });
    for (const name of AWAKE) page.addEventListener?.(name, awake);
    if (autoConnect) this.connect();
  }

  get state(): ClientState {
    return this.#conversation.connection.state;
  }

  /** The id of the session, once welcomed. */
  get session(): string | undefined {
    return this.#conversation.session;
  }

  /** Dials, unless that was done already. A closed client stays closed. */
  connect(): void {
    this.#conversation.connection.dispatch({ type: 'connect' });
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
    const typed = checked(topic);
    const { name } = typed;
    const { subscriptions } = this.#conversation;
    if (subscriptions.topics.size >= MAX_POSITIONS && !subscriptions.topics.has(name)) {
      throw new StabilityError('ERR_SUBSCRIPTIONS', `${MAX_POSITIONS} topics are the most.`);
    }
    const closed = this.state.name === 'closed';
    const question = closed ? undefined : subscriptions.subscribe(name, from);
    const held = subscriptions.topic(name);
    const mine = this.#add(typed, listener);
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
  publish<Value>(topic: string | Topic<Value>, value: Value, options: PublishOptions = {}): Promise<PublishReceipt> {
    return this.#post(topic, value, options) as Promise<PublishReceipt>;
  }

  /**
   * Asks the handler of a topic.
   *
   * @returns what it answered; rejects as `publish` does, and with `ERR_TIMEOUT` or the signal's reason.
   */
  request<Result = unknown>(topic: string, value: Payload, options?: RequestOptions): Promise<Result>;
  request<Value, Result = unknown>(topic: Topic<Value>, value: Value, options?: RequestOptions): Promise<Result>;
  request<Value, Result>(
    topic: string | Topic<Value>,
    value: Value,
    { timeoutMs = this.#requestTimeoutMs, signal }: RequestOptions = {},
  ): Promise<Result> {
    return this.#post(topic, value, { op: 'req' }, timeoutMs, signal) as Promise<Result>;
  }

  /** Hands a message to the server's `onMessage`. @returns what that returned */
  send(payload: Payload, options: { readonly id?: string } = {}): Promise<unknown> {
    return this.#post(undefined, payload, options);
  }

  snapshot(): ClientSnapshot {
    const { subscriptions, outbox, counters, welcomed } = this.#conversation;
    return {
      state: this.state,
      session: this.session,
      generation: welcomed?.generation,
      positions: subscriptions.positions(),
      outbox: { messages: outbox.messages, bytes: outbox.bytes },
      counters: { ...counters },
    };
  }

  /** Ends the session and the connection. What has no result yet is rejected. */
  async close(): Promise<void> {
    await this.#conversation.connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #listen(name: string, listener: MessageListener<Payload>): () => void {
    const mine = this.#add({ name, codec: rawCodec }, listener);
    return () => this.#conversation.subscriptions.topic(name).listeners.delete(mine);
  }

  #add<Value>(topic: Topic<Value>, listener: MessageListener<Value>): Handler {
    const mine = handler(topic, listener, (error) => this.#emitter.emit('error', error));
    this.#conversation.subscriptions.topic(topic.name).listeners.add(mine);
    return mine;
  }

  #post<Value>(
    topic: string | Topic<Value> | undefined,
    value: Value,
    options: Omit<UpwardFields, 'topic' | 'payload'>,
    timeoutMs?: number,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const { outbox, welcomed } = this.#conversation;
    return new Promise((resolve, reject) => {
      const fields = { ...options, ...addressed(topic, value) };
      // Once as if it were the last number: that checks the fields before the message takes a place, and tells its size.
      const frame = writeUpward(MAX_OFFSET, fields);
      const bytes = typeof frame === 'string' ? encoder.encode(frame).length : frame.length;
      if (this.state.name === 'closed') throw undelivered(false);
      if (welcomed && bytes > welcomed.maxBytes) throw tooLarge(welcomed.maxBytes);
      signal?.throwIfAborted();
      let timer: Timer | undefined;
      const giveUp = (error: unknown): void => {
        outbox.cancel(message);
        message.reject(error);
      };
      const abort = (): void => giveUp(signal?.reason);
      const done =
        (settle: (result: unknown) => void) =>
        (result: unknown): void => {
          timer?.cancel();
          signal?.removeEventListener('abort', abort);
          settle(result);
        };
      const message: Upward = { seq: 0, bytes, fields, id: fields.id, resolve: done(resolve), reject: done(reject) };
      if (!outbox.add(message)) {
        throw new StabilityError('ERR_OUTBOX_FULL', 'Too much waits for its result.', { retryable: true });
      }
      signal?.addEventListener('abort', abort);
      if (timeoutMs !== undefined) {
        const late = (): void =>
          giveUp(
            new StabilityError('ERR_TIMEOUT', 'No answer in time; it may still take effect.', { retryable: true }),
          );
        timer = this.#clock.setTimer(late, timeoutMs);
      }
      this.#conversation.flush();
    });
  }
}

/** A topic whose name can be sent; a name alone stands for one whose payloads are taken as they are. */
function checked<Value>(topic: string | Topic<Value>): Topic<Value> {
  // The overloads give a name alone with values that are payloads.
  const typed = typeof topic === 'string' ? { name: topic, codec: rawCodec as Codec<unknown> as Codec<Value> } : topic;
  assertTopicName(typed.name);
  return typed;
}

/** A value as a message to a topic, or to none. */
function addressed<Value>(
  topic: string | Topic<Value> | undefined,
  value: Value,
): { readonly topic?: string; readonly payload: Payload } {
  if (topic === undefined) return { payload: value as Payload };
  const { name, codec } = checked(topic);
  try {
    return { topic: name, payload: codec.encode(value) };
  } catch (cause) {
    throw new StabilityError('ERR_PAYLOAD', 'The codec failed: see the cause.', { cause });
  }
}
