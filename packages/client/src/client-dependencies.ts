// What a client is made with: plain settings, and the ports it uses.
import type { Clock, MaybePromise, PartialOptions, Random } from '@ws-stability/core';
import type { clientOptions } from './client-options.ts';
import type { Fallback } from './fallback.ts';
import type { SessionStorage } from './session-storage.ts';
import type { WebSocketConstructor } from './websocket.ts';

export type ClientOptions = PartialOptions<typeof clientOptions> & {
  /** The application's own subprotocols, offered after ours. @default none */
  readonly subprotocols?: readonly string[];
  /** Against a server that does not know us: `plainFallback` dials again without subprotocols. @default stop */
  readonly fallback?: Fallback;
  /** When another connection took the session: stop, or go on with a fresh one. @default 'stop' */
  readonly onReplaced?: 'stop' | 'newSession';
  /** Whether the constructor connects. @default true */
  readonly autoConnect?: boolean;
};

export interface ClientDependencies {
  /** @default globalThis.WebSocket */
  readonly WebSocket?: WebSocketConstructor;
  readonly clock?: Clock;
  readonly random?: Random;
  /** The bearer token for the next hello; asked before each dial and when the server wants it anew. */
  readonly auth?: () => MaybePromise<string | undefined>;
  /** Where the session outlives this object, e.g. `webSessionStorage('chat')`. @default nowhere */
  readonly storage?: SessionStorage;
  /** What the application's own close codes (3000–3999, 4300–4999) mean. @default 'stop' */
  readonly closePolicy?: (code: number, reason: string) => 'stop' | 'resume';
  /** Tells that a page is awake or the network back: `online`, `pageshow`, `visibilitychange`. @default globalThis, where it has events */
  readonly page?: Partial<Pick<EventTarget, 'addEventListener' | 'removeEventListener'>>;
}
