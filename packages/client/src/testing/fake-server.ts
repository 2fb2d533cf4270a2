// The other end for tests: sockets that do only what a test says, and a server's words in short.
import {
  type ClientControl,
  decodeUpward,
  encodeControl,
  encodeDownward,
  type Payload,
  type ServerControl,
  SUBPROTOCOL,
  type UpwardBytes,
  type Welcome,
} from '@ws-stability/protocol';
import type { WebSocketConstructor, WebSocketLike } from '../websocket.ts';

type Sent = ClientControl | (Omit<UpwardBytes, 'payload'> & { readonly payload: string });

export class FakeSocket implements WebSocketLike {
  protocol = '';
  readyState = 0;
  binaryType = 'blob';
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  /** What the client closed with. */
  closedWith: { readonly code: number | undefined; readonly reason: string | undefined } | undefined;
  readonly raw: (string | Uint8Array)[] = [];
  readonly url: string | URL;
  readonly protocols: readonly string[];
  #read = 0;

  constructor(url: string | URL, protocols: readonly string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  send(data: string | Uint8Array): void {
    if (this.readyState === 1) this.raw.push(data);
  }

  close(code?: number, reason?: string): void {
    this.closedWith ??= { code, reason };
    this.readyState = 2;
  }

  /** The handshake succeeds. */
  open(protocol = SUBPROTOCOL): void {
    this.protocol = protocol;
    this.readyState = 1;
    call(this.onopen, {});
  }

  /** The socket ends, by the peer or by the network. */
  end(code = 1006, reason = ''): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    call(this.onclose, { code, reason });
  }

  say(message: ServerControl): void {
    this.deliver(encodeControl(message));
  }

  data(
    topic: string,
    offset: number,
    payload: Payload = String(offset),
    fields: { id?: string; ackNow?: true } = {},
  ): void {
    this.deliver(encodeDownward({ topic, offset, payload, ...fields }));
  }

  deliver(data: string | Uint8Array): void {
    if (this.readyState !== 1 && this.readyState !== 2) return;
    call(this.onmessage, { data: typeof data === 'string' ? data : Uint8Array.from(data).buffer });
  }

  /** Opens and welcomes. @returns the hello. */
  welcome(fields: Partial<Welcome> = {}): ClientControl {
    this.open();
    const [hello] = this.sent();
    this.say(welcome(fields));
    return hello as ClientControl;
  }

  /** What the client has sent since the last call, decoded. */
  sent(): Sent[] {
    const news = this.raw.slice(this.#read);
    this.#read = this.raw.length;
    return news.map((message) => {
      const bytes = typeof message === 'string' ? new TextEncoder().encode(message) : message;
      const decoded = decodeUpward(bytes, typeof message !== 'string');
      if (decoded.t === 'problem') throw new Error(decoded.reason);
      return decoded.t === 'data' ? { ...decoded, payload: new TextDecoder().decode(decoded.payload) } : decoded;
    });
  }
}

export class FakeServer {
  readonly sockets: FakeSocket[] = [];
  readonly WebSocket: WebSocketConstructor;

  constructor() {
    const { sockets } = this;
    this.WebSocket = class extends FakeSocket {
      constructor(url: string | URL, protocols: string[] = []) {
        super(url, protocols);
        sockets.push(this);
      }
    };
  }

  /** The latest dial. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('The client has not dialed.');
    return socket;
  }
}

export function welcome(fields: Partial<Welcome> = {}): Welcome {
  return {
    t: 'welcome',
    v: 1,
    session: 's1',
    ...(fields.resumed ? {} : { token: 'secret' }),
    generation: 1,
    resumed: false,
    topics: new Map(),
    handled: 0,
    window: { messages: 64, bytes: 2 ** 21 },
    pingMs: 25_000,
    pongMs: 10_000,
    sessionTtlMs: 120_000,
    maxBytes: 2 ** 20,
    durability: 'process',
    ...fields,
  };
}

/** Lets promises and microtasks run. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function call(listener: ((event: never) => void) | null, event: object): void {
  listener?.(event as never);
}
