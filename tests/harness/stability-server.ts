// A manager on a real port, and clients for it, for the tests of manager and client together.
import { createServer } from 'node:http';
import type { ClientDependencies, ClientOptions } from '@ws-stability/client';
import { StabilityClient } from '@ws-stability/client/node';
import {
  assertBalanced,
  ConnectionManager,
  type ManagerDependencies,
  type ManagerOptions,
} from '@ws-stability/manager';

const BALANCE_LOOK_MS = 20;

export interface StabilityServer<Data> extends AsyncDisposable {
  readonly manager: ConnectionManager<Data>;
  readonly port: number;
  close(): Promise<void>;
}

export async function startServer<Data = unknown>(
  options: ManagerOptions = {},
  dependencies: ManagerDependencies<Data> = {},
): Promise<StabilityServer<Data>> {
  const server = createServer((_request, response) => response.writeHead(404).end());
  const manager = new ConnectionManager<Data>(options, dependencies);
  const detach = manager.attach(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  // Whatever the clients did, at any moment: nothing was counted twice or not at all.
  const balancing = setInterval(() => assertBalanced(manager.snapshot()), BALANCE_LOOK_MS);
  const close = async (): Promise<void> => {
    clearInterval(balancing);
    await manager.shutdown({ deadlineMs: 0 });
    assertBalanced(manager.snapshot());
    detach();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    manager,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A client that comes back within milliseconds and acknowledges at once. */
export function connectClient(
  port: number,
  options: ClientOptions = {},
  dependencies: ClientDependencies = {},
): StabilityClient {
  return new StabilityClient(
    `ws://127.0.0.1:${port}/`,
    { baseMs: 4, floorMs: 1, capMs: 50, ackDelayMs: 1, welcomeTimeoutMs: 5000, ...options },
    dependencies,
  );
}
