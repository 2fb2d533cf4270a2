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
  INBOX,
  MAX_OFFSET,
  MAX_POSITIONS,
  type Payload,
  PRINCIPAL_TOPIC,
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
import { handler, type MessageListener } from './listener.ts';
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
      throw new StabilityError('ERR_WEBSOCKET', "No WebSocket here: import '@ws-stability/client/node', or pass one.");
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
    const typed = typeof topic === 'string' ? undefined : topic;
    const name = typeof topic === 'string' ? topic : topic.name;
    assertTopicName(name);
    const { subscriptions } = this.#conversation;
    if (subscriptions.topics.size >= MAX_POSITIONS && !subscriptions.topics.has(name)) {
      throw new StabilityError('ERR_SUBSCRIPTIONS', `${MAX_POSITIONS} topics are the most: leave some.`);
    }
    const closed = this.state.name === 'closed';
    const question = closed ? undefined : subscriptions.subscribe(name, from);
    const held = subscriptions.topic(name);
    const mine = handler(typed, listener, (error) => this.#emitter.emit('error', error));
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
    { id, ttlMs, echo }: PublishOptions = {},
  ): Promise<PublishReceipt> {
    const fields = { ...addressed(topic, value), id, ttlMs, echo };
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
    return this.#post({ payload, id });
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
    const { listeners } = this.#conversation.subscriptions.topic(name);
    const mine = handler<Payload>(undefined, listener, (error) => this.#emitter.emit('error', error));
    listeners.add(mine);
    return () => listeners.delete(mine);
  }

  #post(fields: UpwardFields, timeoutMs?: number, signal?: AbortSignal): Promise<unknown> {
    const { outbox, welcomed } = this.#conversation;
    return new Promise((resolve, reject) => {
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
      const settled = (): void => {
        timer?.cancel();
        signal?.removeEventListener('abort', abort);
      };
      const message: Upward = {
        seq: 0,
        bytes,
        fields,
        id: fields.id,
        resolve(value) {
          settled();
          resolve(value);
        },
        reject(error) {
          settled();
          reject(error);
        },
      };
      if (!outbox.add(message)) {
        throw new StabilityError('ERR_OUTBOX_FULL', 'Too much waits for its result.', { retryable: true });
      }
      signal?.addEventListener('abort', abort);
      if (timeoutMs !== undefined) {
        timer = this.#clock.setTimer(() => {
          giveUp(
            new StabilityError('ERR_TIMEOUT', 'No answer in time; it may still take effect.', { retryable: true }),
          );
        }, timeoutMs);
      }
      this.#conversation.flush();
    });
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
    throw new StabilityError('ERR_PAYLOAD', 'The codec cannot write this value: see the cause.', { cause });
  }
}
