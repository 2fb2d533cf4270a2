// The client for Node releases without a WebSocket of their own: the same class with the one of `ws`.
import { WebSocket } from 'ws';
import { StabilityClient as Client } from './client.ts';
import type { ClientDependencies, ClientOptions } from './client-dependencies.ts';

/** As `StabilityClient` of the package itself; `ws` is used unless another WebSocket is passed. */
export class StabilityClient extends Client {
  constructor(url: string | URL, options?: ClientOptions, dependencies?: ClientDependencies) {
    super(url, options, { WebSocket, ...dependencies });
  }
}

export * from './index.ts';
