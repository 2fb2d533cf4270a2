// A manager and clients connected in memory, for unit tests of applications: no port, no network, the same code.
import { type ClientDependencies, type ClientOptions, StabilityClient } from '@ws-stability/client';
import { ConnectionManager, type ManagerDependencies, type ManagerOptions } from '@ws-stability/manager';
import { createMemoryServer } from './memory-server.ts';

export interface PairOptions<Data> {
  readonly manager?: ManagerOptions;
  /** Stores, clock, hooks of the manager; give a `log` to share or inspect it. */
  readonly dependencies?: ManagerDependencies<Data>;
  /** Of every client of the pair. @default reconnects within 1 to 5 ms, so that tests do not wait */
  readonly client?: ClientOptions;
}

export interface Pair<Data> extends AsyncDisposable {
  readonly manager: ConnectionManager<Data>;
  /** The first client, which connects at once. */
  readonly client: StabilityClient;
  /** One more client, with a session of its own. */
  connect(options?: ClientOptions, dependencies?: Omit<ClientDependencies, 'WebSocket'>): StabilityClient;
  /** Breaks every connection, as a network does; clients come back by themselves. */
  cut(): void;
  /** Whether connections fail from now on, as if the server were away. */
  refuse(refuses?: boolean): void;
  /** Connections that live. */
  readonly connections: number;
  /** Ends the clients, then the manager. */
  close(): Promise<void>;
}

const QUICK = { baseMs: 5, floorMs: 1 } as const;

export function createPair<Data = unknown>(options: PairOptions<Data> = {}): Pair<Data> {
  const memory = createMemoryServer();
  const manager = new ConnectionManager<Data>(options.manager ?? {}, options.dependencies ?? {});
  const detach = manager.attach(memory.server);
  const clients: StabilityClient[] = [];

  const connect: Pair<Data>['connect'] = (own, dependencies) => {
    const client = new StabilityClient(
      'ws://memory/',
      { ...QUICK, ...options.client, ...own },
      { ...dependencies, WebSocket: memory.WebSocket },
    );
    clients.push(client);
    return client;
  };
  const close = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.close()));
    await manager.shutdown({ deadlineMs: 0 });
    detach();
    memory.cut();
  };

  return {
    manager,
    client: connect(),
    connect,
    cut: () => memory.cut(),
    refuse: (refuses = true) => memory.refuse(refuses),
    get connections() {
      return memory.connections;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
