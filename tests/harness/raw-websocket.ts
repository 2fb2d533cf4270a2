// A WebSocket client that can say anything: its own handshake, its own frames, right or wrong.
import { connect, type Socket } from 'node:net';

export interface Frame {
  readonly opcode: number;
  readonly payload: Uint8Array | string;
  /** @default true */
  readonly fin?: boolean;
  /** @default true, as a client must */
  readonly masked?: boolean;
  /** Bits for extensions that nobody negotiated. @default 0 */
  readonly rsv?: number;
  /** Says another length than the payload has. */
  readonly declaredLength?: bigint;
}

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** The bytes of a frame. */
function frame({ opcode, payload, fin = true, masked = true, rsv = 0, declaredLength }: Frame): Buffer {
  const body = Buffer.from(payload);
  const length = declaredLength ?? BigInt(body.length);
  const head = Buffer.alloc(length < 126n ? 2 : length < 65_536n ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (length < 126n ? Number(length) : length < 65_536n ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(Number(length), 2);
  if (head.length === 10) head.writeBigUInt64BE(length, 2);
  // A mask of zeros is a legal one and leaves the payload as it is.
  return Buffer.concat(masked ? [head, Buffer.alloc(4), body] : [head, body]);
}

export interface HandshakeOptions {
  readonly path?: string;
  /** @default 'ws-stability.v1'; `null` offers none */
  readonly subprotocol?: string | null;
  /** Added to, or in place of, the usual ones; an empty value leaves a header out. */
  readonly headers?: Readonly<Record<string, string>>;
}

export class RawWebSocket {
  /** The HTTP status; 0 until it arrives. */
  status = 0;
  /** Status line and headers. */
  head = '';
  /** What follows the head of an answer that is no 101. */
  body = '';
  /** Text messages from the server. */
  readonly texts: string[] = [];
  closeCode: number | undefined;
  closeReason = '';
  /** Whether the TCP connection is over. */
  over = false;
  readonly #socket: Socket;
  #unread = Buffer.alloc(0);

  constructor(port: number, { path = '/', subprotocol = 'ws-stability.v1', headers = {} }: HandshakeOptions = {}) {
    this.#socket = connect(port, '127.0.0.1').setNoDelay(true);
    this.#socket.on('data', (bytes: Buffer) => this.#read(bytes));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      this.over = true;
    });
    const all = {
      Host: `127.0.0.1:${port}`,
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...(subprotocol === null ? {} : { 'Sec-WebSocket-Protocol': subprotocol }),
      ...headers,
    };
    const lines = Object.entries(all).flatMap(([name, value]) => (value === '' ? [] : [`${name}: ${value}`]));
    this.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  }

  /** Control messages from the server, read. */
  get controls(): readonly Readonly<Record<string, unknown>>[] {
    return this.texts.filter((text) => text.startsWith('{')).map((text) => JSON.parse(text));
  }

  control(tag: string): Readonly<Record<string, unknown>> | undefined {
    return this.controls.find(({ t }) => t === tag);
  }

  write(bytes: Buffer | string): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  send(...frames: readonly Frame[]): void {
    this.write(Buffer.concat(frames.map(frame)));
  }

  text(payload: string): void {
    this.send({ opcode: OPCODE.text, payload });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    if (this.status === 0 && !this.#readHead()) return;
    if (this.status !== 101) {
      this.body += this.#unread.toString();
      this.#unread = Buffer.alloc(0);
      return;
    }
    while (this.#readFrame());
  }

  #readHead(): boolean {
    const end = this.#unread.indexOf('\r\n\r\n');
    if (end < 0) return false;
    this.head = this.#unread.subarray(0, end).toString();
    this.status = Number(this.head.split(' ', 2)[1]);
    this.#unread = this.#unread.subarray(end + 4);
    return true;
  }

  #readFrame(): boolean {
    const bytes = this.#unread;
    if (bytes.length < 2) return false;
    const short = (bytes[1] ?? 0) & 0x7f;
    const start = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < start) return false;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < start + length) return false;
    const payload = bytes.subarray(start, start + length);
    const opcode = (bytes[0] ?? 0) & 0x0f;
    if (opcode === OPCODE.text) this.texts.push(payload.toString());
    if (opcode === OPCODE.close) {
      this.closeCode = length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.closeReason = payload.subarray(2).toString();
    }
    this.#unread = bytes.subarray(start + length);
    return true;
  }
}
