// A client that speaks the protocol by hand, one frame at a time.
import type { Socket } from 'node:net';
import {
  type ClientControl,
  type DownwardData,
  decodeDownward,
  encodeControl,
  encodeUpward,
  type FrameProblem,
  type Hello,
  type Payload,
  type Position,
  type ServerControl,
  SUBPROTOCOL,
  type UpwardData,
  type Welcome,
} from '@ws-stability/protocol';
import { WebSocket } from 'ws';

export type Frame = ServerControl | DownwardData | FrameProblem;
export type HelloFields = Partial<Omit<Hello, 't'>>;

export interface WireOptions {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default ours */
  readonly subprotocol?: string;
  /** Offers no subprotocol. */
  readonly plain?: boolean;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

interface Waiter {
  take(): boolean;
  fail(error: Error): void;
}

export class WireClient {
  /** Frames that no `next` has taken yet. */
  readonly unread: Frame[] = [];
  /** Messages of a plain client that no `nextMessage` has taken yet. */
  readonly messages: Payload[] = [];
  readonly closed: Promise<Closed>;
  readonly ws: WebSocket;
  welcome: Welcome | undefined;
  #waiters: Waiter[] = [];
  #over: Closed | undefined;
  #seq = 0;
  #nextId = 1;

  private constructor(ws: WebSocket, plain: boolean) {
    this.ws = ws;
    ws.on('error', () => {});
    ws.on('message', (message: Buffer, binary: boolean) => {
      const payload = binary ? new Uint8Array(message) : message.toString();
      if (plain) this.messages.push(payload);
      else this.unread.push(decodeDownward(payload));
      this.#serve();
    });
    this.closed = new Promise((resolve) => {
      ws.on('close', (code, reason) => {
        this.#over = { code, reason: reason.toString() };
        resolve(this.#over);
        for (const waiter of this.#waiters.splice(0)) waiter.fail(this.#closedError());
      });
    });
  }

  static async dial(port: number, options: WireOptions = {}): Promise<WireClient> {
    const { path = '/', headers = {}, subprotocol = SUBPROTOCOL, plain = false } = options;
    const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, plain ? [] : [subprotocol], { headers: { ...headers } });
    const client = new WireClient(ws, plain);
    await new Promise<void>((resolve, reject) => {
      ws.once('open', resolve);
      ws.once('error', reject);
    });
    return client;
  }

  get session(): string {
    return this.#welcomed().session;
  }

  get token(): string {
    return this.#welcomed().token ?? '';
  }

  control(message: ClientControl): void {
    this.ws.send(encodeControl(message));
  }

  /** Says hello and waits for the welcome. */
  async hello(fields: HelloFields = {}): Promise<Welcome> {
    this.control({ t: 'hello', v: 1, instance: 'instance-1', ...fields });
    this.welcome = await this.next('welcome');
    this.#seq = this.welcome.handled;
    return this.welcome;
  }

  /** Sends a message with the next number, or the one given. @returns its number */
  send(payload: Payload, fields: Partial<Omit<UpwardData, 't' | 'payload'>> = {}): number {
    const seq = fields.seq ?? this.#seq + 1;
    this.#seq = Math.max(seq, this.#seq);
    this.ws.send(encodeUpward({ payload, ...fields, seq }));
    return seq;
  }

  /** Subscribes and waits for the answer. */
  async subscribe(topic: string, from: Position | 'now' | 'start' | { last: number } = 'now'): Promise<Frame> {
    const id = this.#nextId++;
    this.control({ t: 'sub', topic, id, from });
    return this.#nextWhere((frame) => (frame.t === 'ok' || frame.t === 'err') && frame.id === id);
  }

  ack(positions: Readonly<Record<string, Position>>, r?: number): void {
    this.control({ t: 'ack', p: new Map(Object.entries(positions)), ...(r === undefined ? {} : { r }) });
  }

  /** The first frame of a kind that nobody took yet, now or when it comes. */
  next<Tag extends Frame['t']>(tag: Tag): Promise<Extract<Frame, { t: Tag }>> {
    return this.#wait(() => takeFirst(this.unread, (frame) => isA(frame, tag)), `a ${tag} frame`);
  }

  /** The payloads of the next messages of a topic, each with its offset. */
  async data(topic: string, count: number): Promise<readonly (readonly [number, string])[]> {
    const got: [number, string][] = [];
    while (got.length < count) {
      const frame = await this.#wait(() => takeFirst(this.unread, (one) => isData(one, topic)), `data of ${topic}`);
      got.push([frame.offset, Buffer.from(frame.payload).toString()]);
    }
    return got;
  }

  nextMessage(): Promise<Payload> {
    return this.#wait(() => this.messages.shift(), 'a message');
  }

  /** All that the server has said so far has arrived. */
  async settled(): Promise<void> {
    this.control({ t: 'ping', ts: 1 });
    await this.next('pong');
  }

  /** Destroys the TCP connection. */
  cut(): void {
    this.ws.terminate();
  }

  /** Destroys the TCP connection with a reset, as a network does that loses it. */
  reset(): void {
    const { _socket: socket } = this.ws as unknown as { readonly _socket: Socket };
    socket.resetAndDestroy();
  }

  #nextWhere(fits: (frame: Frame) => boolean): Promise<Frame> {
    return this.#wait(() => takeFirst(this.unread, (frame): frame is Frame => fits(frame)), 'an answer');
  }

  #wait<Value>(take: () => Value | undefined, what: string): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      const waiter: Waiter = {
        take: () => {
          const value = take();
          if (value !== undefined) resolve(value);
          return value !== undefined;
        },
        fail: (error) => reject(new Error(`waited for ${what}; ${error.message}`)),
      };
      if (waiter.take()) return;
      if (this.#over !== undefined) return waiter.fail(this.#closedError());
      this.#waiters.push(waiter);
    });
  }

  #serve(): void {
    this.#waiters = this.#waiters.filter((waiter) => !waiter.take());
  }

  #closedError(): Error {
    return new Error(`closed with ${this.#over?.code} ${this.#over?.reason}`);
  }

  #welcomed(): Welcome {
    if (this.welcome === undefined) throw new Error('no welcome yet');
    return this.welcome;
  }
}

function isA<Tag extends Frame['t']>(frame: Frame, tag: Tag): frame is Extract<Frame, { t: Tag }> {
  return frame.t === tag;
}

function isData(frame: Frame, topic: string): frame is DownwardData {
  return frame.t === 'data' && frame.topic === topic;
}

function takeFirst<Item, Kind extends Item>(items: Item[], fits: (item: Item) => item is Kind): Kind | undefined {
  for (const [index, item] of items.entries()) {
    if (!fits(item)) continue;
    items.splice(index, 1);
    return item;
  }
  return undefined;
}
