// The client for Node releases without a WebSocket of their own: the same class with the one of `ws`.
import { WebSocket } from 'ws';
import { StabilityClient as Client } from './client.ts';
import type { ClientDependencies, ClientOptions } from './client-dependencies.ts';

export type { PublishOptions, RequestOptions, SubscribeOptions, Subscription } from './client-calls.ts';
export type { ClientDependencies, ClientOptions } from './client-dependencies.ts';
export type { ClientCounters, ClientEvents, ClientSnapshot, ClientState, PublishReceipt } from './client-events.ts';
export { clientOptions } from './client-options.ts';
export { type Fallback, plainFallback } from './fallback.ts';
export type { MessageListener, MessageMeta } from './listener.ts';
export {
  type SavedSession,
  type SessionStorage,
  type WebLocks,
  type WebStorage,
  webSessionStorage,
} from './session-storage.ts';
export type { WebSocketConstructor, WebSocketLike } from './websocket.ts';

/** As `StabilityClient` of the package itself; `ws` is used unless another WebSocket is passed. */
export class StabilityClient extends Client {
  constructor(url: string | URL, options?: ClientOptions, dependencies?: ClientDependencies) {
    super(url, options, { WebSocket, ...dependencies });
  }
}
