// Runs the connection machine: owns the socket, its timer and the heartbeat, and knows nothing of what is said.
import { type Clock, type MaybePromise, type Random, StabilityError } from '@ws-stability/core';
import { SUBPROTOCOL } from '@ws-stability/protocol';
import { Alarm } from './alarm.ts';
import {
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionPolicy,
  type ConnectionState,
  transition,
} from './connection.machine.ts';
import { beat, type Heartbeat, heard, probe } from './heartbeat.machine.ts';
import type { WebSocketConstructor, WebSocketLike } from './websocket.ts';

export interface ConnectionParts {
  readonly url: string | URL;
  readonly WebSocket: WebSocketConstructor;
  readonly subprotocols: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: ConnectionPolicy;
  /** What has to be at hand before a dial. */
  prepare(): MaybePromise<void>;
  received(message: string | Uint8Array): void;
  /** What to do besides dialing, dropping and probing. */
  perform(effect: 'hello' | 'ready' | 'bye' | 'forget' | 'ping'): void;
  changed(state: ConnectionState, before: ConnectionState): void;
  report(error: StabilityError): void;
  resume(code: number, reason: string): boolean;
  busy(): boolean;
}

/** Enough of a socket's events; their classes differ between platforms. */
interface MessageData {
  readonly data: string | ArrayBuffer;
}
interface CloseData {
  readonly code: number;
  readonly reason: string;
}

const LINGER_MS = 1000;
const LOST = 1006;

export class Connection {
  state: ConnectionState = { name: 'idle' };
  readonly #parts: ConnectionParts;
  readonly #alarm: Alarm;
  readonly #pulse: Alarm;
  #socket: WebSocketLike | undefined;
  /** The dial that counts; an older one that is still being prepared finds another here. */
  #dial: object | undefined;
  #heart: Heartbeat | undefined;
  #pingMs = 0;
  #pongMs = 0;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.clock, () => this.dispatch({ type: 'timer', busy: parts.busy() }));
    this.#pulse = new Alarm(parts.clock, () => this.#beat());
  }

  dispatch(event: ConnectionEvent): void {
    const { clock, random, policy, changed } = this.#parts;
    const before = this.state;
    const [state, effects] = transition(before, event, clock.now(), random.next(), policy);
    this.state = state;
    for (const effect of effects) this.#perform(effect);
    // An effect may have moved on already; it has then set the alarm itself.
    if (this.state === state && 'until' in state) this.#alarm.set(state.until);
    if (before.name !== state.name) changed(state, before);
  }

  send(message: string | Uint8Array): void {
    this.#socket?.send(message as Uint8Array<ArrayBuffer>);
  }

  /** Watches the server from now on. */
  watch(pingMs: number, pongMs: number): void {
    this.#pingMs = pingMs;
    this.#pongMs = pongMs;
    this.#listen(heard(this.#parts.clock.now(), pingMs));
  }

  /** Resolves when the socket that was dropped last is gone, or has lingered for a second. */
  async close(): Promise<void> {
    const socket = this.#socket;
    this.dispatch({ type: 'close' });
    this.#alarm.cancel();
    if (socket === undefined || socket.readyState === 3) return;
    await new Promise<void>((resolve) => {
      const timer = this.#parts.clock.setTimer(() => {
        socket.terminate?.();
        resolve();
      }, LINGER_MS);
      socket.onclose = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #perform(effect: ConnectionEffect): void {
    const { report, perform, clock } = this.#parts;
    if (effect.do === 'dial') this.#open(effect.plain);
    else if (effect.do === 'drop') this.#drop(effect.code, effect.reason);
    else if (effect.do === 'report') report(new StabilityError(effect.code, effect.message));
    else if (effect.do !== 'probe') perform(effect.do);
    else if (this.#heart) {
      this.#listen(probe(this.#heart, clock.now(), this.#pongMs));
      perform('ping');
    }
  }

  #open(plain: boolean): void {
    const parts = this.#parts;
    const dial = {};
    this.#dial = dial;
    const go = (): void => {
      if (this.#dial !== dial) return;
      const socket = new parts.WebSocket(parts.url, plain ? [] : [SUBPROTOCOL, ...parts.subprotocols]);
      this.#socket = socket;
      socket.binaryType = 'arraybuffer';
      socket.onopen = () => this.dispatch({ type: 'opened', protocol: socket.protocol });
      socket.onmessage = ({ data }: MessageData) => {
        if (this.#heart) this.#heart = { ...this.#heart, heardAt: parts.clock.now(), judgeAt: undefined };
        parts.received(typeof data === 'string' ? data : new Uint8Array(data));
      };
      socket.onclose = ({ code, reason }: CloseData) => this.#ended(code, reason);
      // Its close follows; without a listener the one of `ws` would throw.
      socket.onerror = () => {};
    };
    // Always later, so that what is subscribed in the same turn is in the first hello.
    Promise.resolve()
      .then(() => parts.prepare())
      .then(go)
      .catch((cause: unknown) => {
        if (this.#dial !== dial) return;
        const remedy = 'The dial failed before it began: check the URL, auth and storage; see the cause';
        parts.report(new StabilityError('ERR_DIAL', remedy, { cause, retryable: true }));
        this.#ended(LOST, '');
      });
  }

  #ended(code: number, reason: string): void {
    this.#drop(code, '');
    this.dispatch({ type: 'closed', code, reason, resume: this.#parts.resume(code, reason) });
  }

  #drop(code: number, reason: string): void {
    const socket = this.#socket;
    this.#socket = this.#dial = this.#heart = undefined;
    this.#pulse.cancel();
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    if (socket.readyState > 1) return;
    if (code === LOST && socket.terminate) socket.terminate();
    else socket.close(code === LOST ? undefined : code, reason);
  }

  #listen(heart: Heartbeat): void {
    this.#heart = heart;
    this.#pulse.set(heart.wakeAt);
  }

  #beat(): void {
    if (this.#heart === undefined) return;
    const [heart, verdict] = beat(this.#heart, this.#parts.clock.now(), this.#pingMs, this.#pongMs);
    if (verdict === 'dead') return this.#ended(LOST, '');
    this.#listen(heart);
    if (verdict === 'ping') this.#parts.perform('ping');
  }
}
