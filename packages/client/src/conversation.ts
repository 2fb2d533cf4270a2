// What is said on a connection, and what outlives it: the session, topics, acknowledgements and the outbox.
import { type Clock, type Emitter, type Random, randomHex, StabilityError } from '@ws-stability/core';
import {
  type ClientControl,
  type DownwardData,
  type Hello,
  type Payload,
  readDownward,
  type ServerControl,
  type TopicOutcome,
  VERSION,
  type Welcome,
  type WireError,
  writeControl,
  writeUpward,
} from '@ws-stability/protocol';
import { Alarm } from './alarm.ts';
import type { ClientDependencies } from './client-dependencies.ts';
import type { ClientCounters, ClientEvents } from './client-events.ts';
import type { ConnectionEvent, ConnectionState } from './connection.machine.ts';
import { Connection, type ConnectionParts, type Talk } from './connection.ts';
import { Delivery, type DeliveryHost } from './delivery.ts';
import { refusal, tooLarge, undelivered } from './errors.ts';
import type { Fallback, FallbackHost } from './fallback.ts';
import type { Limits } from './limits.ts';
import type { Handler } from './listener.ts';
import { NEVER } from './never.ts';
import { Outbox } from './outbox.machine.ts';
import type { SessionStorage } from './session-storage.ts';
import { type Held, Subscriptions } from './subscriptions.machine.ts';
import type { Upward } from './upward.ts';

export interface ConversationParts
  extends Pick<ConnectionParts, 'url' | 'WebSocket' | 'subprotocols' | 'resume'>,
    Pick<ClientDependencies, 'auth' | 'storage'> {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Limits;
  readonly fallback: Fallback | undefined;
  readonly onReplaced: 'stop' | 'newSession';
  readonly emitter: Emitter<ClientEvents>;
  /** Nothing more will come. */
  ended(): void;
}

const REPLACED = 4000;
const BAD_FRAME = 4004;
const RESUME_NOW = 4200;
const GAP = 4201;
const ENDLESS = { messages: NEVER, bytes: NEVER };

export class Conversation implements Talk, FallbackHost, DeliveryHost {
  readonly subscriptions = new Subscriptions<Handler>();
  readonly outbox: Outbox<Upward>;
  readonly connection: Connection;
  readonly delivery: Delivery;
  readonly counters: ClientCounters = { received: 0, duplicatesDropped: 0, gaps: 0, reconnects: 0, resumes: 0 };
  session: string | undefined;
  /** What the server last said of itself. */
  welcomed: Welcome | undefined;
  readonly #parts: ConversationParts;
  readonly #alarm: Alarm;
  readonly #instance: string;
  #auth: string | undefined;
  #token: string | undefined;
  #takeover: boolean | undefined;
  #restored = false;

  constructor(parts: ConversationParts) {
    const { clock, limits, fallback, onReplaced, random } = parts;
    this.#parts = parts;
    this.#instance = randomHex(random, 16);
    this.outbox = new Outbox({ messages: limits.outboxMessages, bytes: limits.outboxBytes });
    this.#alarm = new Alarm(clock, () => {
      this.connection.tick();
      this.delivery.acknowledge();
    });
    const policy = { ...limits, onReplaced, fallback: fallback?.step };
    this.delivery = new Delivery(this, limits, clock, this.#alarm);
    this.connection = new Connection({ ...parts, policy, alarm: this.#alarm, talk: this });
  }

  /** Whether anything is in flight. */
  get busy(): boolean {
    return this.outbox.busy || [...this.subscriptions.topics.values()].some(({ position }) => position.unsettled);
  }

  report(error: StabilityError): void {
    this.#parts.emitter.emit('error', error);
  }

  async prepare(): Promise<void> {
    const { storage, auth } = this.#parts;
    if (!this.#restored) await this.#restore(storage).catch(this.#failed);
    this.#restored = true;
    this.#auth = await auth?.();
  }

  get online(): boolean {
    const { state } = this.connection;
    return state.name === 'online' && !state.plain;
  }

  /** Says it if the server listens. */
  say(message: ClientControl): void {
    if (this.online) this.tell(message);
  }

  hello(): void {
    const hello = {
      t: 'hello',
      v: VERSION,
      session: this.session,
      token: this.#token,
      instance: this.#instance,
      takeover: this.#takeover,
      positions: this.subscriptions.positions(),
      auth: this.#auth,
    };
    this.tell(hello as Hello);
  }

  ping(): void {
    this.say({ t: 'ping', ts: Math.floor(this.#parts.clock.now()) });
  }

  /** The last word on a connection: what is settled is acknowledged, for the server counts the rest as lost. */
  part(forGood: boolean): void {
    this.delivery.acknowledge(true);
    if (forGood) this.tell({ t: 'bye' });
  }

  moved(state: ConnectionState, event: ConnectionEvent): void {
    const { name } = state;
    if (name === 'online') this.#begin();
    if (name === 'waiting') {
      if (event.type === 'closed' && event.code === REPLACED) this.forget();
      if (event.type === 'timer' && state.silent % 3 === 0)
        this.report(new StabilityError('ERR_SLOW', `No welcome after ${state.silent} dials.`));
    }
    if (name === 'closed') {
      const { code } = state;
      const why = event.type === 'closed' ? ` after ${event.code} ${event.reason}` : '';
      if (code) this.report(new StabilityError(code, `The client has stopped${why}.`));
      this.#alarm.cancel();
      this.giveUp(this.outbox.clear());
      this.subscriptions.clear('closed');
      // After too many failures a later page may go on with the session.
      if (code !== 'ERR_ATTEMPTS') this.#store((storage) => storage.clear());
      this.#parts.ended();
    }
    this.#parts.emitter.emit('state', state);
  }

  received(raw: string | Uint8Array): void {
    const { connection } = this;
    const { state } = connection;
    try {
      if ('plain' in state && state.plain) return this.#parts.fallback?.received(this, raw);
      const message = readDownward(raw);
      if (state.name !== 'greeting') this.#take(message);
      else if (message.t === 'welcome') this.#welcome(message);
      else connection.dispatch({ type: 'refused' });
    } catch (cause) {
      if (connection.state.name === 'greeting') return connection.dispatch({ type: 'refused' });
      this.report(new StabilityError('ERR_FRAME', 'A frame failed: see the cause.', { cause }));
      connection.dispatch({ type: 'fault', code: BAD_FRAME, reason: 'frame' });
    }
  }

  /** Sends what the window has room for. */
  flush(): void {
    const { state } = this.connection;
    if (state.name !== 'online') return;
    if (state.plain) return this.#parts.fallback?.flush(this);
    const before = this.outbox.nextSeq;
    const ready: Upward[] = [];
    for (let message = this.next(); message; message = this.next()) ready.push(message);
    if (this.outbox.nextSeq !== before) this.save();
    for (const { seq, fields } of ready) this.send(writeUpward(seq, fields));
  }

  /** The next message to send; what has become too large is rejected on the way. */
  next(): Upward | undefined {
    const { window = ENDLESS, maxBytes = ENDLESS.bytes } = this.welcomed ?? {};
    const message = this.outbox.next(window, maxBytes);
    if (message?.seq !== 0) return message;
    message.reject(tooLarge(maxBytes));
    return this.next();
  }

  send(message: Payload): void {
    this.connection.send(message);
  }

  #begin(): void {
    const { welcomed } = this;
    if (!this.online) this.#parts.fallback?.opened(this);
    else if (welcomed) {
      this.tell({ t: 'ready', generation: welcomed.generation });
      for (const message of this.subscriptions.open()) this.tell(message);
      this.delivery.begin(welcomed.resumed);
    }
    this.flush();
  }

  #welcome(welcome: Welcome): void {
    const { outbox, counters, connection } = this;
    const { session, resumed, why } = welcome;
    if (resumed && !outbox.resumed(welcome.handled)) {
      this.forget();
      this.report(undelivered(true));
      return connection.dispatch({ type: 'fault', code: RESUME_NOW, reason: 'numbers' });
    }
    if (this.welcomed) counters.reconnects++;
    this.welcomed = welcome;
    this.session = session;
    this.#token = welcome.token ?? this.#token;
    if (resumed) counters.resumes++;
    else {
      this.delivery.confirmed = 0;
      this.giveUp(outbox.lost());
    }
    for (const told of this.subscriptions.welcome(welcome.topics, resumed)) this.#place(...told);
    connection.watch(welcome.pingMs, welcome.pongMs);
    this.save();
    connection.dispatch({ type: 'welcome' });
    this.#parts.emitter.emit('session', { id: session, resumed, why });
  }

  #take(message: ServerControl | DownwardData): void {
    const { subscriptions, outbox, connection } = this;
    const { emitter, auth } = this.#parts;
    switch (message.t) {
      case 'data':
        return this.delivery.take(message);
      case 'res':
        if ('err' in message && message.err.code === 'ERR_DRAINING') outbox.takeBack(message.n);
        else {
          const [from, to] = 'n' in message ? [message.n, message.n] : [message.from, message.to];
          for (const answered of outbox.result(from, to)) {
            if ('err' in message) answered.reject(refusal(message.err));
            else answered.resolve('value' in message ? message.value : undefined);
          }
        }
        this.delivery.note(0);
        return this.flush();
      case 'skip': {
        const { t: _, ...skip } = message;
        const position = this.#held(skip.topic)?.position;
        if (!position) return;
        return position.skip(skip.from, skip.to) ? emitter.emit('skip', skip) : this.hole(skip.topic);
      }
      case 'gap':
        return this.#place(this.#held(message.topic), { gap: message });
      case 'sub':
        return this.#place(subscriptions.topic(message.topic), { at: message.at });
      case 'unsub':
        return this.#place(this.#held(message.topic), { denied: message.why });
      case 'ok':
        return this.#answer(message.id, message.gap ? { gap: message.gap } : message.at && { at: message.at });
      case 'err':
        return this.#answer(message.id, { denied: message.message }, message);
      case 'goaway': {
        const { t: _, ...goaway } = message;
        if (goaway.why !== 'end') outbox.hold();
        // The server waits for it.
        this.delivery.acknowledge(true);
        connection.dispatch({ type: 'goaway', ...goaway });
        return emitter.emit('goaway', goaway);
      }
      case 'ping':
        return this.say({ t: 'pong', ts: message.ts });
      case 'pong':
        return;
      case 'authreq':
        emitter.emit('authreq', { inMs: message.inMs });
        (async () => {
          const token = await auth?.();
          if (token !== undefined) this.say({ t: 'auth', id: subscriptions.nextId(), token });
        })().catch(this.#failed);
        return;
      default:
        throw new TypeError(`unknown: ${message.t}`);
    }
  }

  #answer(id: number, outcome: TopicOutcome | undefined, error?: WireError): void {
    const told = this.subscriptions.answer(id, outcome);
    if (told) this.#place(...told);
    else if (error) this.report(refusal(error));
  }

  /** What is said of a topic that we are leaving, or asking for anew, is about the old subscription. */
  #held(name: string): Held<Handler> | undefined {
    const topic = this.subscriptions.topics.get(name);
    return topic?.state === 'held' ? topic : undefined;
  }

  #place(topic: Held<Handler> | undefined, outcome: TopicOutcome): void {
    if (!topic) return;
    const { emitter } = this.#parts;
    const { state, name } = topic;
    const gap = this.subscriptions.place(topic, outcome);
    if (gap) {
      this.counters.gaps++;
      emitter.emit('gap', { topic: name, was: gap.was, now: gap.now, why: gap.why });
    }
    if ('denied' in outcome && state === 'held') emitter.emit('left', { topic: name, why: outcome.denied });
  }

  hole(topic: string): void {
    this.connection.dispatch({ type: 'fault', code: GAP, reason: topic });
  }

  tell(message: ClientControl): void {
    this.send(writeControl(message));
  }

  /** Rejects what cannot be delivered any more. */
  giveUp(messages: readonly Upward[]): void {
    for (const message of messages) message.reject(undelivered(message.seq > 0));
  }

  /** The next hello asks for a fresh session. */
  forget(): void {
    this.session = this.#token = undefined;
  }

  /** Takes up a session of an earlier page. */
  async #restore(storage: SessionStorage | undefined): Promise<void> {
    const saved = await storage?.load();
    if (!saved) return;
    this.session = saved.session;
    this.#token = saved.token;
    this.#takeover = saved.takeover;
    this.delivery.confirmed = saved.nextSeq - 1;
    this.outbox.restore(saved.nextSeq);
    this.subscriptions.remember(new Map(saved.positions));
  }

  save(): void {
    const { session, outbox, subscriptions } = this;
    const token = this.#token;
    if (session === undefined || token === undefined) return;
    this.#store((storage) => {
      const positions = [...subscriptions.topics.values()].flatMap(({ name, position: { settled } }) =>
        settled ? [[name, settled] as const] : [],
      );
      return storage.save({ session, token, positions, nextSeq: outbox.nextSeq });
    });
  }

  /** Storing may fail (quota, privacy settings); the connection goes on without it. */
  async #store(act: (storage: SessionStorage) => unknown): Promise<void> {
    const { storage } = this.#parts;
    try {
      if (storage) await act(storage);
    } catch (cause) {
      this.#failed(cause);
    }
  }

  readonly #failed = (cause: unknown): void => {
    this.report(new StabilityError('ERR_BACKGROUND', 'Auth or storage failed: see the cause.', { cause }));
  };
}
