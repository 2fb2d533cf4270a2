// Runs the connection machine: owns the socket and the heartbeat, and does what each move from state to state asks for.
import { type Clock, type Random, StabilityError } from '@ws-stability/core';
import { SUBPROTOCOL } from '@ws-stability/protocol';
import type { Alarm } from './alarm.ts';
import { type ConnectionEvent, type ConnectionPolicy, type ConnectionState, transition } from './connection.machine.ts';
import { beat, type Heartbeat, heard, probe } from './heartbeat.machine.ts';
import type { WebSocketConstructor, WebSocketLike } from './websocket.ts';

/** What is said on a connection. */
export interface Talk {
  readonly busy: boolean;
  /** What has to be at hand before a dial. */
  prepare(): Promise<void>;
  hello(): void;
  ping(): void;
  part(forGood: boolean): void;
  received(message: string | Uint8Array): void;
  moved(state: ConnectionState, event: ConnectionEvent): void;
  report(error: StabilityError): void;
}

export interface ConnectionParts {
  readonly url: string | URL;
  readonly WebSocket: WebSocketConstructor;
  readonly subprotocols: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: ConnectionPolicy;
  readonly alarm: Alarm;
  readonly talk: Talk;
  resume(code: number, reason: string): boolean;
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
const RESUME_NOW = 4200;

export class Connection {
  state: ConnectionState = { name: 'idle' };
  readonly #parts: ConnectionParts;
  #socket: WebSocketLike | undefined;
  /** The dial that counts; an older one that is still being prepared finds another here. */
  #dial: object | undefined;
  #heart: Heartbeat | undefined;
  #pingMs = 0;
  #pongMs = 0;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  dispatch(event: ConnectionEvent): void {
    const { clock, random, policy, alarm, talk } = this.#parts;
    const before = this.state;
    const state = transition(before, event, clock.now(), random.next(), policy);
    this.state = state;
    if ('until' in state) alarm.set(state.until);
    if (state === before) {
      if (event.type === 'awake' && this.#heart) this.#listen(probe(this.#heart, clock.now(), this.#pongMs), true);
      return;
    }
    const { name } = state;
    if (name === before.name && name !== 'connecting') return;
    if (name === 'greeting') talk.hello();
    else if (name !== 'online') {
      const closing = event.type === 'close';
      // By its own will, not cut off: a last word goes out.
      if (before.name === 'online' && !before.plain && (closing || event.type === 'timer')) talk.part(closing);
      if (event.type === 'fault') this.#drop(event.code, event.reason);
      else this.#drop(closing || name === 'closed' ? 1000 : RESUME_NOW);
    }
    if (name === 'connecting') this.#open(state.plain);
    talk.moved(state, event);
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

  /** Some deadline has come, perhaps one of ours. */
  tick(): void {
    this.dispatch({ type: 'timer', busy: this.#parts.talk.busy });
    if (!this.#heart) return;
    const [heart, verdict] = beat(this.#heart, this.#parts.clock.now(), this.#pingMs, this.#pongMs);
    if (verdict === 'dead') this.#ended(LOST, '');
    else this.#listen(heart, verdict === 'ping');
  }

  /** Resolves when the socket that was dropped last is gone, or has lingered for a second. */
  close(): Promise<void> {
    const socket = this.#socket;
    this.dispatch({ type: 'close' });
    return new Promise((resolve) => {
      if (!socket || socket.readyState === 3) return resolve();
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

  #open(plain: boolean): void {
    const { url, WebSocket, subprotocols, clock, talk } = this.#parts;
    const dial = {};
    this.#dial = dial;
    const go = (): void => {
      if (this.#dial !== dial) return;
      const socket = new WebSocket(url, plain ? [] : [SUBPROTOCOL, ...subprotocols]);
      this.#socket = socket;
      socket.binaryType = 'arraybuffer';
      socket.onopen = () => this.dispatch({ type: 'opened', protocol: socket.protocol });
      socket.onmessage = ({ data }: MessageData) => {
        if (this.#heart) this.#heart = { ...this.#heart, heardAt: clock.now(), judgeAt: undefined };
        talk.received(typeof data === 'string' ? data : new Uint8Array(data));
      };
      socket.onclose = ({ code, reason }: CloseData) => this.#ended(code, reason);
      // Its close follows; without a listener the one of `ws` would throw.
      socket.onerror = () => {};
    };
    // Always later, so that what is subscribed in the same turn is in the first hello.
    Promise.resolve()
      .then(() => talk.prepare())
      .then(go)
      .catch((cause) => {
        if (this.#dial !== dial) return;
        talk.report(new StabilityError('ERR_DIAL', 'The dial failed: see the cause.', { cause, retryable: true }));
        this.#ended(LOST, '');
      });
  }

  #ended(code: number, reason: string): void {
    this.#drop(code);
    this.dispatch({ type: 'closed', code, reason, resume: this.#parts.resume(code, reason) });
  }

  #drop(code: number, reason = ''): void {
    const socket = this.#socket;
    this.#socket = this.#dial = this.#heart = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    if (socket.readyState > 1) return;
    if (code === LOST && socket.terminate) socket.terminate();
    else socket.close(code === LOST ? undefined : code, reason);
  }

  #listen(heart: Heartbeat, ping = false): void {
    this.#heart = heart;
    this.#parts.alarm.set(heart.wakeAt);
    if (ping) this.#parts.talk.ping();
  }
}
