// The one file that knows the internals of `ws`: writes frames that are encoded already straight to the socket.
//
// Safe while the connection is open and the library's Sender holds nothing back: not compressing, no queue, no
// fragmented message begun. Its own frames (close, ping, pong) are written whole and at once, so they interleave
// between ours. `preEncodedWritesWork` proves all of that on the installed version; else frames go through `ws.send`.
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { sendFrames } from './send-frames.ts';

interface SenderInternals {
  readonly _state: number;
  readonly _queue: readonly unknown[];
  readonly _firstFragment: boolean;
}

/** Below this a copy into one buffer is cheaper than a vectored write. */
const JOIN_BELOW_BYTES = 16 * 1024;

function senderOf(ws: WebSocket): Partial<SenderInternals> | undefined {
  return (ws as unknown as { _sender?: Partial<SenderInternals> })._sender;
}

function senderIsIdle(ws: WebSocket): boolean {
  const sender = senderOf(ws);
  return sender?._state === 0 && sender._queue?.length === 0 && sender._firstFragment === true;
}

let verdict: boolean | undefined;

/** Whether the installed `ws` lets us write frames past it; tried once for each process on a socket in memory. */
export function preEncodedWritesWork(): boolean {
  verdict ??= tryOut();
  return verdict;
}

/** Writes whole frames, in order, as one write where possible. @param flushed called when the last byte left the process */
export function writeFrames(ws: WebSocket, socket: Duplex, frames: readonly Uint8Array[], flushed?: () => void): void {
  if (!preEncodedWritesWork() || !senderIsIdle(ws)) return sendFrames(ws, frames, flushed);
  const only = frames.length === 1 ? frames[0] : undefined;
  if (only !== undefined) return void socket.write(only, flushed);
  let bytes = 0;
  for (const frame of frames) bytes += frame.byteLength;
  if (bytes <= JOIN_BELOW_BYTES) return void socket.write(Buffer.concat(frames, bytes), flushed);
  socket.cork();
  for (let index = 0; index < frames.length; index++) {
    socket.write(frames[index] as Uint8Array, index === frames.length - 1 ? flushed : undefined);
  }
  socket.uncork();
}

function tryOut(): boolean {
  const written: Buffer[] = [];
  const wire = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk);
      done();
    },
  });
  const request = new IncomingMessage(new Socket());
  request.method = 'GET';
  request.headers = {
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-version': '13',
    'sec-websocket-key': Buffer.alloc(16).toString('base64'),
  };
  const server = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false });
  let works = false;
  server.handleUpgrade(request, wire as Socket, Buffer.alloc(0), (ws) => {
    const idleBefore = senderIsIdle(ws);
    written.length = 0;
    ws.ping('x');
    wire.write(Buffer.from([0x81, 0x01, 0x79]));
    const bytes = Buffer.concat(written);
    works = idleBefore && senderIsIdle(ws) && bytes.equals(Buffer.from([0x89, 0x01, 0x78, 0x81, 0x01, 0x79]));
    ws.terminate();
  });
  server.close();
  return works;
}
