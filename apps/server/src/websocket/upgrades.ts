// The door of /ws: refuses in JSON before the 101 what is not for us, hands the rest to the manager.
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ConnectionManager, PlainRequest } from '@ws-stability/manager';
import { SUBPROTOCOL } from '@ws-stability/protocol';
import { type Refusal, refusalBody } from '../http/refusal.ts';
import { type PlainLimits, readPlainRequest } from './plain-request.ts';

export interface UpgradeDoor {
  readonly manager: ConnectionManager;
  readonly limits: PlainLimits;
  /** What a plain client asked for, until the manager asks what was decided. */
  readonly asked: WeakMap<IncomingMessage, PlainRequest>;
  checkHost(request: IncomingMessage): Refusal | undefined;
  onRefused(refusal: Refusal): void;
}

export const WEBSOCKET_PATH = '/ws';

const NO_SUCH_PATH: Refusal = {
  status: 404,
  code: 'ERR_NOT_FOUND',
  message: 'There is no WebSocket at this path.',
  remedy: `Connect to ${WEBSOCKET_PATH}.`,
};

/** Answers the upgrade requests of a server until the returned function is called. */
export function serveUpgrades(server: Server, door: UpgradeDoor): () => void {
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const refusal = judge(request, door);
    if (refusal === undefined) door.manager.handleUpgrade(request, socket, head);
    else {
      door.onRefused(refusal);
      refuseUpgrade(socket, refusal);
    }
  };
  server.on('upgrade', onUpgrade);
  return () => server.off('upgrade', onUpgrade);
}

function judge(request: IncomingMessage, { asked, limits, checkHost }: UpgradeDoor): Refusal | undefined {
  const target = request.url ?? '';
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  if (path !== WEBSOCKET_PATH) return NO_SUCH_PATH;
  const wrongHost = checkHost(request);
  if (wrongHost !== undefined || offersProtocol(request)) return wrongHost;
  const reading = readPlainRequest(new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)), limits);
  if (!reading.ok) return reading.refusal;
  asked.set(request, reading.request);
  return undefined;
}

function offersProtocol({ headers }: IncomingMessage): boolean {
  const offered = headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').some((name) => name.trim() === SUBPROTOCOL);
}

function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  const body = refusalBody(refusal);
  const headers = {
    ...refusal.headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // A peer that resets the connection meanwhile has its answer.
  socket.on('error', () => {});
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
}
