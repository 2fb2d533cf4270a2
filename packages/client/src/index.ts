// A reconnecting, resuming WebSocket client for browsers and Node.
export { StabilityClient } from './client.ts';
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
