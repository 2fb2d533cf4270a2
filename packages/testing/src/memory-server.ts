// An HTTP server that listens nowhere, and a WebSocket class whose connections to it exist in memory only.
import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { memorySockets } from './memory-sockets.ts';

export interface MemoryServer {
  /** For `manager.attach`; its `upgrade` and `request` events are those of a real server. */
  readonly server: Server;
  /** A WebSocket class for clients; whatever the host of their URL, they reach `server`. */
  readonly WebSocket: typeof WebSocket;
  /** Destroys every connection, as a broken network does. */
  cut(): void;
  /** Whether connections fail from now on. */
  refuse(refuses: boolean): void;
  /** Connections that live. */
  readonly connections: number;
}

export function createMemoryServer(): MemoryServer {
  const server = createServer((_request, response) => response.writeHead(404).end());
  const near = new Set<Duplex>();
  let refuses = false;

  const dial = (): Duplex => {
    const [client, far] = memorySockets();
    near.add(client);
    client.once('close', () => near.delete(client));
    if (refuses) process.nextTick(() => client.destroy(new Error('The server in memory refuses connections.')));
    else process.nextTick(() => server.emit('connection', far));
    return client;
  };

  class MemoryWebSocket extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      // `ws` types the function as `net.connect`; `node:http`, which calls it, takes any duplex stream.
      const createConnection = dial as unknown as typeof import('node:net').createConnection;
      super(url, protocols, { createConnection, perMessageDeflate: false });
    }
  }

  return {
    server,
    WebSocket: MemoryWebSocket as typeof WebSocket,
    cut() {
      for (const socket of near) socket.destroy();
    },
    refuse(next) {
      refuses = next;
    },
    get connections() {
      return near.size;
    },
  };
}
