// An HTTP answer instead of an upgrade: small, JSON, and the socket is done with.
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

export interface Refusal {
  readonly status: number;
  readonly message: string;
  /** The whole body, when it is not `{error: {message}}`. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function refuse(socket: Duplex, { status, message, body, headers = {} }: Refusal): void {
  if (!socket.writable) return void socket.destroy();
  const content = body ?? JSON.stringify({ error: { message } });
  const head = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(content)),
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
    ...headers,
  };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${String(value).replace(/[\r\n]+/g, ' ')}`);
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${content}`);
}
