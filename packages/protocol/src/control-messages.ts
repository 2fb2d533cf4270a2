// Every control message, as a type: JSON text with a tag `t`. `docs/protocol.md` says what each means.
import type { Position } from './position.ts';

export const SUBPROTOCOL = 'ws-stability.v1';
export const VERSION = 1;

/** Positions by topic as named on the wire (`@` is the inbox, `@u` the principal's topic). */
export type Positions = ReadonlyMap<string, Position>;

export type ResumeFailure = 'unknown' | 'expired' | 'token' | 'principal' | 'version' | 'store' | 'inUse';
export type GapReason = 'retention' | 'budget' | 'lag' | 'epoch' | 'session' | 'ahead';
export type SkipReason = 'ttl' | 'filtered';
export type Durability = 'process' | 'disk' | 'replicated';
export type GoawayReason = 'restart' | 'rebalance' | 'end';

/** Where a new subscription starts. */
export type StartAt = 'now' | 'start' | { readonly last: number } | Position;

/** What was lost: all after `was` up to and including `now`. */
export interface Gap {
  readonly was: Position;
  readonly now: Position;
  readonly why: GapReason;
}

/** How it stands with one topic after a subscription or a resume. */
export type TopicOutcome = { readonly at: Position } | { readonly gap: Gap } | { readonly denied: string };

export interface WireError {
  readonly code: string;
  readonly message: string;
  /** Where in the payload, for a value that a validator refused. */
  readonly path?: string;
}

export interface Hello {
  readonly t: 'hello';
  readonly v: number;
  readonly session?: string;
  readonly token?: string;
  readonly instance: string;
  readonly takeover?: boolean;
  readonly positions?: Positions;
  readonly auth?: string;
  readonly caps?: readonly string[];
}

export interface Welcome {
  readonly t: 'welcome';
  readonly v: number;
  readonly session: string;
  /** Only for a fresh session. */
  readonly token?: string;
  readonly generation: number;
  readonly resumed: boolean;
  readonly why?: ResumeFailure;
  readonly topics: ReadonlyMap<string, TopicOutcome>;
  /** All client messages up to this number are settled. */
  readonly handled: number;
  readonly window: { readonly messages: number; readonly bytes: number };
  readonly pingMs: number;
  readonly pongMs: number;
  readonly sessionTtlMs: number;
  readonly maxBytes: number;
  readonly durability: Durability;
}

export interface Ready {
  readonly t: 'ready';
  readonly generation: number;
}

export interface Ack {
  readonly t: 'ack';
  readonly p?: Positions;
  /** All results up to here have arrived. */
  readonly r?: number;
}

export type Result =
  | { readonly t: 'res'; readonly n: number; readonly ok: true; readonly value?: unknown }
  | { readonly t: 'res'; readonly n: number; readonly err: WireError }
  | { readonly t: 'res'; readonly from: number; readonly to: number; readonly ok: true };

export interface Skip {
  readonly t: 'skip';
  readonly topic: string;
  readonly from: number;
  readonly to: number;
  readonly why: SkipReason;
}

export interface GapNotice extends Gap {
  readonly t: 'gap';
  readonly topic: string;
}

export interface Subscribe {
  readonly t: 'sub';
  readonly topic: string;
  readonly id: number;
  readonly from: StartAt;
}

export interface Unsubscribe {
  readonly t: 'unsub';
  readonly topic: string;
  readonly id: number;
}

/** The server joined the session to a topic. */
export interface Joined {
  readonly t: 'sub';
  readonly topic: string;
  readonly at: Position;
}

/** The server took the session out of a topic. */
export interface Left {
  readonly t: 'unsub';
  readonly topic: string;
  readonly why: string;
}

/** The answer to `sub`, `unsub` or `auth`; a subscription's carries its outcome. */
export interface Ok {
  readonly t: 'ok';
  readonly id: number;
  readonly at?: Position;
  readonly gap?: Gap;
}

export interface Err {
  readonly t: 'err';
  readonly id: number;
  readonly code: string;
  readonly message: string;
}

export interface Goaway {
  readonly t: 'goaway';
  readonly why: GoawayReason;
  readonly afterMs: number;
  readonly deadlineMs: number;
}

export interface Ping {
  readonly t: 'ping';
  readonly ts: number;
}

export interface Pong {
  readonly t: 'pong';
  readonly ts: number;
}

export interface Auth {
  readonly t: 'auth';
  readonly id: number;
  readonly token: string;
}

export interface AuthRequest {
  readonly t: 'authreq';
  readonly inMs: number;
}

export interface Bye {
  readonly t: 'bye';
}

/** What a client may say. */
export type ClientControl = Hello | Ready | Ack | Subscribe | Unsubscribe | Ping | Pong | Auth | Bye;

/** What a server may say. */
export type ServerControl =
  | Welcome
  | Result
  | Skip
  | GapNotice
  | Joined
  | Left
  | Ok
  | Err
  | Goaway
  | Ping
  | Pong
  | AuthRequest;
