// From an HTTP upgrade request to an accepted WebSocket: limits, origin, the application's decision, the handshake.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isPromise, type MaybePromise } from '@ws-stability/core';
import { MAX_CONTROL_BYTES, SUBPROTOCOL } from '@ws-stability/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Guard, retryAfterMs } from '../breakers/guard.ts';
import type { UpgradeDecision } from '../dependencies.ts';
import type { ResolvedManagerOptions } from '../options.ts';
import { deadline } from './deadline.ts';
import { decided } from './decided.ts';
import { isOriginAllowed } from './origin.ts';
import { type Refusal, refuse } from './refusal.ts';

/** The longest header in front of a payload. */
const HEADER_BYTES = 4 * 1024;

export type AcceptedUpgrade<Data> = Extract<UpgradeDecision<Data>, { accept: true }>;

export interface UpgradeParts<Data> {
  readonly options: ResolvedManagerOptions;
  /** Why no connection is taken at the moment, or undefined. */
  full(): Refusal | undefined;
  decide(request: IncomingMessage, signal: AbortSignal): MaybePromise<UpgradeDecision<Data>>;
  onAccepted(ws: WebSocket, socket: Duplex, request: IncomingMessage, decision: AcceptedUpgrade<Data>): void;
  readonly guard: Guard;
  onRefused(request: IncomingMessage, status: number, message: string): void;
  onError(error: unknown): void;
}

export class Upgrade<Data> {
  readonly #parts: UpgradeParts<Data>;
  readonly #server: WebSocketServer;
  #undecided = 0;

  constructor(parts: UpgradeParts<Data>) {
    this.#parts = parts;
    const { maxBytes, maxFragments, closeTimeoutMs } = parts.options;
    // Names that the types of `ws` do not know yet.
    const limits: object = { maxFragments, closeTimeout: closeTimeoutMs };
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: Math.max(maxBytes + HEADER_BYTES, MAX_CONTROL_BYTES),
      handleProtocols: (offered: Set<string>) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
      ...limits,
    });
  }

  /** Requests whose decision is awaited. */
  get undecided(): number {
    return this.#undecided;
  }

  async handle(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const onEarlyError = (): void => void socket.destroy();
    socket.on('error', onEarlyError);
    const refusal = this.#parts.full() ?? this.#checkOrigin(request);
    const decision = refusal === undefined ? await this.#decide(request, socket) : undefined;
    if (socket.destroyed) return;
    const refused = refusal ?? (decision?.accept === true ? this.#parts.full() : asRefusal(decision));
    if (refused !== undefined) {
      this.#parts.onRefused(request, refused.status, refused.message);
      return refuse(socket, refused);
    }
    this.#server.handleUpgrade(request, socket as Socket, head, (ws) => {
      socket.removeListener('error', onEarlyError);
      this.#parts.onAccepted(ws, socket, request, decision as AcceptedUpgrade<Data>);
    });
  }

  close(): void {
    this.#server.close();
  }

  #checkOrigin(request: IncomingMessage): Refusal | undefined {
    if (isOriginAllowed(request.headers, this.#parts.options)) return undefined;
    const message = 'This origin may not connect; add it to the option origins.';
    return { status: 403, message };
  }

  async #decide(request: IncomingMessage, socket: Duplex): Promise<UpgradeDecision<Data>> {
    const { decide, guard, options } = this.#parts;
    const gone = new AbortController();
    let forget: (() => void) | undefined;
    this.#undecided++;
    try {
      const answer = guard.run(
        () => {
          const answer = decide(request, gone.signal);
          return isPromise(answer) ? deadline(answer, options.upgradeTimeoutMs, 'onUpgrade') : answer;
        },
        { isCancelled: () => gone.signal.aborted },
      );
      if (isPromise(answer)) forget = onLeaving(socket, () => gone.abort());
      return decided(await answer, 'onUpgrade');
    } catch (error) {
      this.#parts.onError(error);
      return {
        accept: false,
        status: 503,
        message: 'The decision on this connection failed; try again later.',
        headers: { 'Retry-After': String(Math.max(1, Math.ceil((retryAfterMs(error) ?? 0) / 1_000))) },
      };
    } finally {
      this.#undecided--;
      forget?.();
      gone.abort();
    }
  }
}

/** Calls once when the peer of a socket leaves that nobody reads from: unless something asks, it would not notice. */
function onLeaving(socket: Duplex, leave: () => void): () => void {
  const onReadable = (): void => {
    if (socket.readableLength === 0) socket.read();
  };
  socket.on('readable', onReadable);
  socket.once('end', leave);
  socket.once('close', leave);
  return () => {
    socket.removeListener('readable', onReadable);
    socket.removeListener('end', leave);
    socket.removeListener('close', leave);
  };
}

/** Whatever a refusal leaves out, it stays one. */
function asRefusal(decision: Partial<Refusal> | undefined): Refusal {
  return { ...decision, status: decision?.status ?? 403, message: decision?.message ?? 'Refused.' };
}
