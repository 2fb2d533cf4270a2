// What is said on a connection, and what outlives it: the session, topics, acknowledgements and the outbox.
import { type Clock, type Emitter, StabilityError } from '@ws-stability/core';
import {
  CLOSE,
  type ClientControl,
  decodeDownward,
  encodeControl,
  encodeUpward,
  type Hello,
  INBOX,
  type ServerControl,
  type TopicOutcome,
  VERSION,
  type Welcome,
  type WireError,
} from '@ws-stability/protocol';
import { Acknowledgements } from './acknowledgements.machine.ts';
import { Alarm } from './alarm.ts';
import type { ClientCounters, ClientEvents } from './client-events.ts';
import type { Connection } from './connection.ts';
import { Delivery } from './delivery.ts';
import { refusal, tooLarge, undelivered } from './errors.ts';
import type { Limits } from './limits.ts';
import type { Handler } from './listener.ts';
import { Outbox } from './outbox.machine.ts';
import type { SessionStorage } from './session-storage.ts';
import { type Held, Subscriptions } from './subscriptions.machine.ts';
import type { Upward } from './upward.ts';

export interface ConversationParts {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly emitter: Emitter<ClientEvents>;
  readonly instance: string;
  readonly storage: SessionStorage | undefined;
  /** For the next hello, or when the server asks. */
  authenticate(): Promise<string | undefined>;
  report(error: unknown): void;
}

export class Conversation {
  readonly subscriptions = new Subscriptions<Handler>();
  readonly outbox: Outbox<Upward>;
  readonly counters: ClientCounters = {
    received: 0,
    duplicatesDropped: 0,
    strays: 0,
    gaps: 0,
    skipped: 0,
    sent: 0,
    results: 0,
    reconnects: 0,
    resumes: 0,
  };
  session: string | undefined;
  /** For the hello. */
  auth: string | undefined;
  readonly #parts: ConversationParts;
  readonly #acks: Acknowledgements;
  readonly #delivery: Delivery;
  readonly #alarm: Alarm;
  #token: string | undefined;
  #takeover: boolean | undefined;
  #confirmed = 0;
  #welcomed: Welcome | undefined;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.outbox = new Outbox({ messages: parts.limits.outboxMessages, bytes: parts.limits.outboxBytes });
    this.#acks = new Acknowledgements(parts.limits);
    this.#alarm = new Alarm(parts.clock, () => this.#acknowledge());
    this.#delivery = new Delivery({
      counters: this.counters,
      settled: (bytes, ackNow) => this.#note(bytes, ackNow),
      hole: (topic) => this.#hole(topic),
      report: parts.report,
    });
  }

  get busy(): boolean {
    if (this.outbox.sent > 0) return true;
    for (const topic of this.subscriptions.topics.values()) if (topic.position.unsettled > 0) return true;
    return false;
  }

  /** The fencing number of the session, once welcomed. */
  get generation(): number | undefined {
    return this.#welcomed?.generation;
  }

  /** The largest upward message, once the server has said so. */
  get maxBytes(): number {
    return this.#welcomed?.maxBytes ?? Number.POSITIVE_INFINITY;
  }

  /** Takes up a session of an earlier page. */
  async restore(): Promise<void> {
    const saved = await this.#parts.storage?.load();
    if (saved === undefined) return;
    this.session = saved.session;
    this.#token = saved.token;
    this.#takeover = saved.takeover;
    this.#confirmed = saved.nextSeq - 1;
    this.outbox.restore(saved.nextSeq);
    this.subscriptions.remember(new Map(saved.positions));
  }

  say(message: ClientControl): void {
    if (this.#online()) this.#send(message);
  }

  hello(): void {
    const { session, auth } = this;
    const hello = {
      t: 'hello',
      v: VERSION,
      session,
      token: this.#token,
      instance: this.#parts.instance,
      takeover: this.#takeover,
      positions: this.subscriptions.positions(),
      auth,
    };
    this.#send(hello as Hello);
  }

  /** Says good-bye; what is settled is acknowledged first. */
  bye(): void {
    this.#acknowledge(true);
    this.#send({ t: 'bye' });
  }

  forget(): void {
    this.session = this.#token = undefined;
  }

  /** The welcome was accepted, or the connection is a plain one. */
  begin(plain: boolean): void {
    if (plain) {
      this.forget();
      this.#welcomed = undefined;
      this.#giveUp(this.outbox.lost());
      this.subscriptions.clear('The server speaks no ws-stability');
    } else if (this.#welcomed) {
      this.#send({ t: 'ready', generation: this.#welcomed.generation });
      if (this.#welcomed.resumed) {
        // The last acknowledgement may have been cut off, and nothing may ever follow it: say it again.
        for (const topic of this.subscriptions.topics.values()) topic.acked = undefined;
        this.#confirmed = 0;
        this.#acks.repeat(this.#parts.clock.now());
      }
      for (const message of this.subscriptions.open()) this.#send(message);
    }
    this.#alarm.set(this.#acks.due);
    this.flush();
  }

  /** Sends what the window has room for. */
  flush(): void {
    const { state } = this.#parts.connection;
    if (state.name !== 'online') return;
    const all = Number.POSITIVE_INFINITY;
    const { window = { messages: all, bytes: all } } = this.#welcomed ?? {};
    const before = this.outbox.nextSeq;
    const ready: Upward[] = [];
    for (
      let message = this.outbox.next(window, this.maxBytes);
      message;
      message = this.outbox.next(window, this.maxBytes)
    ) {
      if (message.seq === 0) message.reject(tooLarge(this.maxBytes));
      else ready.push(message);
    }
    if (this.outbox.nextSeq !== before) this.#save();
    for (const message of ready) {
      this.counters.sent++;
      if (!state.plain) this.#parts.connection.send(encodeUpward({ ...message.fields, seq: message.seq }));
      else {
        this.outbox.result(message.seq, message.seq);
        if (message.fields.topic === undefined) {
          this.#parts.connection.send(message.fields.payload);
          message.resolve(undefined);
        } else
          message.reject(
            new StabilityError('ERR_PLAIN', 'The server speaks no ws-stability, so only send() reaches it'),
          );
      }
    }
  }

  received(raw: string | Uint8Array): void {
    const { connection } = this.#parts;
    const { state } = connection;
    if (state.name === 'online' && state.plain) {
      const inbox = this.subscriptions.topics.get(INBOX);
      if (inbox) this.#delivery.hand(inbox, raw, { topic: INBOX, epoch: 0, offset: 0, volatile: true });
      return;
    }
    const message = decodeDownward(raw);
    if (state.name === 'greeting') {
      if (message.t === 'welcome') this.#welcome(message);
      else connection.dispatch({ type: 'refused' });
    } else if (state.name === 'online') {
      if (message.t === 'data') this.#delivery.take(this.subscriptions.topics.get(message.topic), message);
      else if (message.t !== 'problem') this.#control(message);
      else {
        this.#parts.report(
          new StabilityError(
            'ERR_FRAME',
            `The server sent what cannot be read: ${message.reason}; is it of another version?`,
          ),
        );
        connection.dispatch({ type: 'fault', code: CLOSE.badFrame, reason: 'unreadable' });
      }
    }
  }

  /** Nothing more will come. @param keep whether a later page may go on with the session */
  end(keep: boolean): void {
    this.#alarm.cancel();
    this.#giveUp(this.outbox.clear());
    this.subscriptions.clear('closed');
    if (!keep) this.#store((storage) => storage.clear());
  }

  #welcome(welcome: Welcome): void {
    const { outbox, counters } = this;
    const { connection, emitter } = this.#parts;
    if (welcome.resumed && !outbox.resumed(welcome.handled)) {
      this.forget();
      this.#parts.report(undelivered(true));
      connection.dispatch({ type: 'fault', code: CLOSE.resumeNow, reason: 'numbers do not fit' });
      return;
    }
    if (this.#welcomed) counters.reconnects++;
    this.#welcomed = welcome;
    this.session = welcome.session;
    this.#token = welcome.token ?? this.#token;
    if (welcome.resumed) counters.resumes++;
    else {
      this.#confirmed = 0;
      this.#giveUp(outbox.lost());
    }
    for (const [topic, outcome] of this.subscriptions.welcome(welcome.topics, welcome.resumed))
      this.#place(topic, outcome);
    connection.watch(welcome.pingMs, welcome.pongMs);
    this.#save();
    connection.dispatch({ type: 'welcome' });
    emitter.emit('session', { id: welcome.session, resumed: welcome.resumed, why: welcome.why });
  }

  #control(message: ServerControl): void {
    const { emitter, connection } = this.#parts;
    switch (message.t) {
      case 'res': {
        if ('err' in message && message.err.code === 'ERR_DRAINING') {
          this.outbox.takeBack(message.n);
          return this.#note(0);
        }
        const [from, to] = 'n' in message ? [message.n, message.n] : [message.from, message.to];
        for (const answered of this.outbox.result(from, to)) {
          this.counters.results++;
          if ('err' in message) answered.reject(refusal(message.err));
          else answered.resolve('value' in message ? message.value : undefined);
        }
        this.#note(0);
        return this.flush();
      }
      case 'skip': {
        const { t: _, ...skip } = message;
        const topic = this.#held(skip.topic);
        if (topic === undefined) return;
        if (!topic.position.skip(skip.from, skip.to)) return this.#hole(skip.topic);
        this.counters.skipped += skip.to - skip.from + 1;
        return emitter.emit('skip', skip);
      }
      case 'gap':
        return this.#place(this.#held(message.topic), { gap: message });
      case 'sub':
        return this.#place(this.subscriptions.topic(message.topic), { at: message.at });
      case 'unsub':
        return this.#place(this.#held(message.topic), { denied: message.why });
      case 'ok':
        return this.#answer(message.id, message.gap ? { gap: message.gap } : message.at && { at: message.at });
      case 'err':
        return this.#answer(message.id, { denied: message.message }, message);
      case 'goaway': {
        const { t: _, ...goaway } = message;
        if (goaway.why !== 'end') this.outbox.hold();
        connection.dispatch({ type: 'goaway', ...goaway });
        return emitter.emit('goaway', goaway);
      }
      case 'ping':
        return this.say({ t: 'pong', ts: message.ts });
      case 'authreq': {
        emitter.emit('authreq', { inMs: message.inMs });
        const answer = (token: string | undefined): void => {
          if (token !== undefined) this.say({ t: 'auth', id: this.subscriptions.nextId(), token });
        };
        this.#parts.authenticate().then(answer).catch(this.#parts.report);
      }
    }
  }

  #answer(id: number, outcome: TopicOutcome | undefined, error?: WireError): void {
    const told = this.subscriptions.answer(id, outcome);
    if (told) this.#place(...told);
    else if (error) this.#parts.report(refusal(error));
  }

  /** What is said of a topic that we are leaving, or asking for anew, is about the old subscription. */
  #held(name: string): Held<Handler> | undefined {
    const topic = this.subscriptions.topics.get(name);
    return topic?.state === 'held' ? topic : undefined;
  }

  #place(topic: Held<Handler> | undefined, outcome: TopicOutcome): void {
    const { emitter } = this.#parts;
    if (topic === undefined) return;
    const { state } = topic;
    const gap = this.subscriptions.place(topic, outcome);
    if (gap) {
      this.counters.gaps++;
      emitter.emit('gap', { topic: topic.name, was: gap.was, now: gap.now, why: gap.why });
    }
    if ('denied' in outcome && state === 'held') emitter.emit('left', { topic: topic.name, why: outcome.denied });
  }

  #hole(topic: string): void {
    this.#parts.connection.dispatch({ type: 'fault', code: CLOSE.gap, reason: topic });
  }

  #note(bytes: number, now = false): void {
    this.#acks.note(bytes, this.#parts.clock.now(), now);
    this.#acknowledge();
  }

  #acknowledge(now = false): void {
    const { due } = this.#acks;
    if (!now && !this.#online()) return;
    if (!now && due > this.#parts.clock.now()) return this.#alarm.set(due);
    const p = new Map();
    for (const topic of this.subscriptions.topics.values()) {
      const { settled } = topic.position;
      if (settled && settled !== topic.acked) p.set(topic.name, settled);
      topic.acked = settled;
    }
    const { confirmed } = this.outbox;
    const r = confirmed > this.#confirmed ? confirmed : undefined;
    this.#confirmed = confirmed;
    this.#acks.sent();
    this.#save();
    const ack = { t: 'ack', ...(p.size > 0 && { p }), ...(r && { r }) } as const;
    if (p.size > 0 || r) this.#send(ack);
  }

  #online(): boolean {
    const { state } = this.#parts.connection;
    return state.name === 'online' && !state.plain;
  }

  #send(message: ClientControl): void {
    this.#parts.connection.send(encodeControl(message));
  }

  #giveUp(messages: readonly Upward[]): void {
    for (const message of messages) message.reject(undelivered(message.seq > 0));
  }

  #save(): void {
    const { session, outbox } = this;
    const token = this.#token;
    if (session === undefined || token === undefined) return;
    this.#store((storage) => {
      const positions: [string, readonly [number, number]][] = [];
      for (const { name, position } of this.subscriptions.topics.values())
        if (position.settled) positions.push([name, position.settled]);
      return storage.save({ session, token, positions, nextSeq: outbox.nextSeq });
    });
  }

  /** Storing may fail (quota, privacy settings); the connection goes on without it. */
  #store(act: (storage: SessionStorage) => unknown): void {
    const { storage, report } = this.#parts;
    if (storage) new Promise((resolve) => resolve(act(storage))).catch(report);
  }
}
