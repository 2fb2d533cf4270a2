// What the manager is given besides settings: stores, clock, logger, and the application's decisions.
import type { IncomingMessage } from 'node:http';
import type { Clock, MaybePromise, Random } from '@ws-stability/core';
import type { StartAt } from '@ws-stability/protocol';
import type { LogStore, SessionStore } from '@ws-stability/store';
import type { ManagerBreakers } from './breakers/manager-breakers.ts';
import type { ManagerObserver } from './observation/observer.ts';
import type { Session } from './session/session.ts';

/** The logging port, satisfied by pino and by `console`-like objects that take fields first. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** How a client that does not offer our subprotocol is served. */
export interface PlainRequest {
  /** `resume`: after what this identity is known to have, else now. */
  readonly subscribe: readonly { readonly topic: string; readonly from: StartAt | 'resume' }[];
  /** What it sends is published to this topic; given to `onMessage` when absent. */
  readonly publishTo?: string;
  /** `raw`: payloads and nothing else; `json`: each in an envelope that names topic, epoch and offset. */
  readonly envelope: 'raw' | 'json';
  /** Who it is across connections; a newer connection of it replaces the older. */
  readonly identity?: string;
}

export type UpgradeDecision<Data> =
  | {
      readonly accept: true;
      /** The verified user; sessions are bound to it. */
      readonly principal?: string;
      readonly data?: Data;
      readonly plain?: PlainRequest;
    }
  | {
      readonly accept: false;
      readonly status: 400 | 401 | 403 | 404 | 429 | 503;
      /** Sent as the JSON body's `error.message`, or as it is when `body` is given. */
      readonly message: string;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

export type HelloDecision<Data> =
  | { readonly accept: true; readonly principal?: string; readonly data?: Data }
  | { readonly accept: false; readonly message: string };

/** What a session wants to do with a topic. */
export type TopicAction = 'subscribe' | 'publish' | 'request';

export interface ManagerDependencies<Data> {
  /** @default a memory store of its own */
  readonly log?: LogStore;
  /** @default a memory store of its own */
  readonly sessions?: SessionStore;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  /** Told of durations and of what happens to each client. @default nobody is */
  readonly observer?: ManagerObserver;
  /** Breakers with settings of one's own for stores, hooks and sessions. @default one for each, see {@link ManagerBreakers} */
  readonly breakers?: ManagerBreakers;
  /** Decides on a connection before the 101, by cookie, header or client certificate. @default accepted without principal */
  onUpgrade?(request: IncomingMessage, signal: AbortSignal): MaybePromise<UpgradeDecision<Data>>;
  /** Decides on a client's `hello` by the credential in it. @default accepted as `onUpgrade` left it */
  onHello?(auth: string | undefined, request: IncomingMessage): MaybePromise<HelloDecision<Data>>;
  /** Whether a session may do this with a topic: true, or why not. Asked again at every resume. @default everyone may everything */
  authorize?(action: TopicAction, topic: string, session: Session<Data>): MaybePromise<true | string>;
}
