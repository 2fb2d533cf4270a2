// The accepted connections: taken in, greeted, listened to, seen out.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock, Emitter, Random, TimerWheel } from '@ws-stability/core';
import { CLOSE, decodeUpward, SUBPROTOCOL } from '@ws-stability/protocol';
import type { LogStore } from '@ws-stability/store';
import type { WebSocket } from 'ws';
import type { Credentials } from './admission/credentials.ts';
import type { Refusal } from './admission/refusal.ts';
import type { AcceptedUpgrade } from './admission/upgrade.ts';
import type { SessionBreakers } from './breakers/session-breakers.ts';
import { Connection, type ConnectionParts } from './connection/connection.ts';
import { Flusher } from './connection/flusher.ts';
import { jsonFormat, rawFormat, resumableFormat } from './connection/format.ts';
import type { Counters } from './counters.ts';
import type { Delivery } from './delivery/delivery.ts';
import type { Ledger } from './delivery/ledger.ts';
import type { ManagerEvents } from './events.ts';
import { Greeting } from './handshake/greeting.ts';
import { Inbound } from './inbound.ts';
import type { ClientCounts } from './observation/client-counts.ts';
import type { ManagerObserver } from './observation/observer.ts';
import type { ResolvedManagerOptions } from './options.ts';
import { PlainGreeting } from './plain/plain-greeting.ts';
import type { Session } from './session/session.ts';
import type { SessionLife } from './session/session-life.ts';
import type { ManagerSnapshot } from './snapshot.ts';

export interface ConnectionsParts<Data> {
  readonly life: SessionLife;
  readonly delivery: Delivery;
  readonly breakers: SessionBreakers;
  readonly log: LogStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly wheel: TimerWheel;
  readonly counters: Counters;
  readonly clients: ClientCounts;
  readonly observer: ManagerObserver;
  readonly ledger: Ledger;
  readonly options: ResolvedManagerOptions;
  readonly events: Emitter<ManagerEvents>;
  readonly credentials: Credentials<Data>;
  state(): ManagerSnapshot['state'];
  onError(error: unknown): void;
}

export class Connections<Data> {
  readonly #parts: ConnectionsParts<Data>;
  readonly #open = new Map<Connection, AcceptedUpgrade<Data>>();
  readonly #connectionParts: ConnectionParts;
  readonly #greeting: Greeting<Data>;
  readonly #plainGreeting: PlainGreeting<Data>;
  readonly #inbound: Inbound;
  #greetings = 0;

  constructor(parts: ConnectionsParts<Data>) {
    this.#parts = parts;
    const { life } = parts;
    this.#inbound = new Inbound({
      ...parts,
      subscriptions: life.subscriptions,
      upward: life.upward,
      onProgress: (session) => life.registry.touched(session),
      onAcknowledged: (session, connection) => life.progressed(session, connection),
      onProtocolError: (session) => {
        parts.counters.protocolErrors++;
        if (session !== undefined) parts.clients.add(session, 'failed_connections', 1);
      },
      refresh: (session, connection, token) => this.#refresh(session, connection, token),
      end: (session, code, reason) => life.end(session, code, reason),
    });
    const greeting = {
      ...parts,
      registry: life.registry,
      subscriptions: life.subscriptions,
      adopt: (connection: Connection, session: Session, resumed: boolean) => this.#adopt(connection, session, resumed),
      serve: (connection: Connection, session: Session) => life.serve(connection, session),
    };
    this.#greeting = new Greeting<Data>({
      ...greeting,
    });
    this.#plainGreeting = new PlainGreeting<Data>({
      ...greeting,
      confirm: (connection, session) => life.confirm(connection, session),
    });
    this.#connectionParts = {
      ...parts,
      flusher: new Flusher(parts.options.flush),
      owner: {
        onMessage: (connection, bytes, binary) => this.#onMessage(connection, bytes, binary),
        onClosed: (connection, code, cause) => this.#onClosed(connection, code, cause),
        onDelivery: (connection) => parts.breakers.watch(connection),
        onWritable: (connection) => parts.delivery.resume(connection),
        onTimeout: (connection, why) => this.#onTimeout(connection, why),
      },
    };
  }

  get size(): number {
    return this.#open.size;
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#open.keys();
  }

  /** Why no connection is taken at the moment. @param undecided requests whose decision is awaited */
  full(undecided: number): Refusal | undefined {
    const headers = { 'Retry-After': '5' };
    if (this.#parts.state() !== 'accepting')
      return { status: 503, message: 'This server is shutting down; connect again later.', headers };
    if (this.#open.size >= this.#parts.options.maxConnections) {
      return {
        status: 503,
        message: `The limit of ${this.#parts.options.maxConnections} connections (maxConnections) is reached.`,
        headers,
      };
    }
    if (this.#greetings + undecided >= this.#parts.options.maxUnauthenticated) {
      return { status: 503, message: 'Too many connections have not said hello yet (maxUnauthenticated).', headers };
    }
    return undefined;
  }

  accept(ws: WebSocket, socket: Duplex, request: IncomingMessage, decision: AcceptedUpgrade<Data>): void {
    const plain = ws.protocol !== SUBPROTOCOL;
    const format = plain ? (decision.plain?.envelope === 'json' ? jsonFormat : rawFormat) : resumableFormat;
    const connection = new Connection(ws, socket, request, format, this.#connectionParts);
    this.#open.set(connection, decision);
    this.#parts.counters.connections++;
    this.#greetings++;
    this.#parts.events.emit('connection', { mode: format.mode });
    if (plain) void this.#plainGreeting.greet(connection, decision);
  }

  /** Gives a connection its session. */
  #adopt(connection: Connection, session: Session, resumed: boolean): void {
    this.#greetings--;
    this.#parts.life.adopt(connection, session, resumed);
  }

  #onMessage(connection: Connection, bytes: Uint8Array, binary: boolean): void {
    if (connection.phase === 'open') return this.#onServedMessage(connection, bytes, binary);
    if (connection.phase !== 'greeting' || connection.format.mode === 'plain') {
      return this.#inbound.refuse(connection, 'a message before the welcome');
    }
    const frame = decodeUpward(bytes, binary);
    const decision = this.#open.get(connection);
    if (frame.t !== 'hello')
      return this.#inbound.refuse(connection, frame.t === 'problem' ? frame.reason : 'not a hello');
    if (decision !== undefined) void this.#greeting.greet(connection, frame, decision);
  }

  #onServedMessage(connection: Connection, bytes: Uint8Array, binary: boolean): void {
    const { session } = connection;
    // Fenced: whatever still arrives belongs to nobody.
    if (session === undefined || session.link !== connection) return;
    if (connection.format.mode === 'resumable') return this.#inbound.take(session, connection, bytes, binary);
    if (bytes.byteLength > this.#parts.options.maxBytes) return connection.close(1009, 'message too big');
    const topic = this.#open.get(connection)?.plain?.publishTo;
    const seq = session.upward.received + 1;
    this.#parts.life.upward.accept(session, connection, {
      t: 'data',
      seq,
      op: 'pub',
      binary,
      payload: bytes,
      ...(topic === undefined ? {} : { topic }),
    });
  }

  async #refresh(session: Session, connection: Connection, token: string): Promise<true | string> {
    const { credentials } = this.#parts;
    if (!credentials.decides) return true;
    try {
      const decision = await credentials.judge(token, connection);
      if (!decision.accept) return 'not authenticated';
      // As in the greeting: what the hook leaves open is as onUpgrade left it.
      const principal = decision.principal ?? this.#open.get(connection)?.principal;
      return principal === session.principal ? true : 'another principal; connect anew for that';
    } catch (error) {
      this.#parts.onError(error);
      return 'the decision failed; ask again';
    }
  }

  #onClosed(connection: Connection, code: number, cause: string | undefined): void {
    this.#open.delete(connection);
    this.#parts.counters.disconnected++;
    this.#parts.counters.bytesIn += connection.bytesReceived;
    if (!connection.adopted) this.#greetings--;
    const { session } = connection;
    this.#parts.events.emit('disconnected', { session, code, cause });
    if (session === undefined || this.#parts.state() === 'closed') return;
    this.#parts.breakers.disconnected(session, connection, cause);
    this.#parts.life.disconnected(session, connection);
  }

  #onTimeout(connection: Connection, why: 'heartbeat' | 'hello'): void {
    const { clients, counters } = this.#parts;
    if (why === 'heartbeat') {
      counters.heartbeatTimeouts++;
      if (connection.session !== undefined) clients.add(connection.session, 'timeouts', 1);
      return connection.terminate();
    }
    counters.helloTimeouts++;
    connection.close(CLOSE.helloTimeout, 'no hello in time');
  }
}
