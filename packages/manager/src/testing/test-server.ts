// A manager on a port of its own, whose background errors fail the test unless it takes them.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assertBalanced } from '../balances.ts';
import { ConnectionManager } from '../connection-manager.ts';
import type { ManagerDependencies } from '../dependencies.ts';
import type { ManagerOptions } from '../options.ts';
import { type HelloFields, WireClient, type WireOptions } from './wire-client.ts';

export interface TestServer<Data> extends AsyncDisposable {
  readonly manager: ConnectionManager<Data>;
  readonly port: number;
  /** Background failures so far; a test that expects some takes them out. */
  readonly errors: unknown[];
  /** Sockets without a hello. */
  dial(options?: WireOptions): Promise<WireClient>;
  /** A client with its welcome. */
  greet(hello?: HelloFields, options?: WireOptions): Promise<WireClient>;
}

export async function startServer<Data = unknown>(
  options: ManagerOptions = {},
  dependencies: ManagerDependencies<Data> = {},
): Promise<TestServer<Data>> {
  const server = createServer((_request, response) => response.writeHead(404).end());
  const manager = new ConnectionManager<Data>({ headPollMs: 50, ...options }, dependencies);
  const errors: unknown[] = [];
  manager.on('error', (error) => errors.push(error));
  const detach = manager.attach(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const clients: WireClient[] = [];
  const dial = async (wire?: WireOptions): Promise<WireClient> => {
    const client = await WireClient.dial(port, wire);
    clients.push(client);
    return client;
  };
  return {
    manager,
    port,
    errors,
    dial,
    greet: async (hello, wire) => {
      const client = await dial(wire);
      await client.hello(hello);
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.cut();
      assertBalanced(manager.snapshot());
      await manager.shutdown({ deadlineMs: 0 });
      assertBalanced(manager.snapshot());
      detach();
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
      if (errors.length > 0) throw errors[0];
    },
  };
}
