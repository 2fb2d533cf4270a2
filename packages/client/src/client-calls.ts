// What the client's methods take and give.
import type { Position, StartAt, TopicOutcome } from '@ws-stability/protocol';

export interface SubscribeOptions {
  /** Where it starts, unless the topic is held already or an earlier page had it. @default 'now' */
  readonly from?: StartAt;
}

export interface Subscription {
  readonly topic: string;
  /** How it began. Never rejects: a refusal is the outcome `denied`. */
  readonly ready: Promise<TopicOutcome>;
  /** The last message received. */
  readonly position: Position | undefined;
  /** Stops listening; the last listener leaves the topic. Resolves when the server knows. */
  unsubscribe(): Promise<void>;
}

export interface PublishOptions {
  /** Makes it idempotent: a repeat, even in another session, is answered with the first one's position. At most 128 characters. */
  readonly id?: string;
  /** Not delivered later than this, in milliseconds. */
  readonly ttlMs?: number;
  /** Whether it also comes back to this session. @default true */
  readonly echo?: boolean;
}

export interface RequestOptions {
  /** In milliseconds. @default the option requestTimeoutMs */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}
