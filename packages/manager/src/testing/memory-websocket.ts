// A server's WebSocket whose socket is in memory: what it writes can be looked at byte for byte.
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface MemoryWebSocket {
  readonly ws: WebSocket;
  readonly socket: Socket;
  /** Everything written since the handshake. */
  written(): Buffer;
  /** How many writes it took. */
  writes(): number;
}

class MemorySocket extends Socket {
  readonly chunks: Buffer[] = [];

  override _read(): void {}

  override _write(chunk: Buffer | string, _encoding: BufferEncoding, done: () => void): void {
    this.chunks.push(Buffer.from(chunk));
    done();
  }

  override _writev(chunks: { chunk: Buffer | string }[], done: () => void): void {
    this.chunks.push(Buffer.concat(chunks.map(({ chunk }) => Buffer.from(chunk))));
    done();
  }
}

export function openMemoryWebSocket(): MemoryWebSocket {
  const socket = new MemorySocket();
  const request = new IncomingMessage(socket);
  request.method = 'GET';
  request.headers = {
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-version': '13',
    'sec-websocket-key': Buffer.alloc(16).toString('base64'),
  };
  const server = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false });
  let opened: WebSocket | undefined;
  server.handleUpgrade(request, socket, Buffer.alloc(0), (ws) => {
    opened = ws;
  });
  if (opened === undefined) throw new Error('the handshake failed');
  socket.chunks.length = 0;
  return {
    ws: opened,
    socket,
    written: () => Buffer.concat(socket.chunks),
    writes: () => socket.chunks.length,
  };
}
