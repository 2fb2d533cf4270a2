// Publishing: encode, append, tell the truth about what became of it.
import {
  backoffDelay,
  type Clock,
  isPromise,
  isStabilityError,
  type MaybePromise,
  type Random,
  StabilityError,
  type TimerWheel,
} from '@ws-stability/core';
import type { Payload, Position, Topic } from '@ws-stability/protocol';
import { assertTopicName, INBOX } from '@ws-stability/protocol';
import type { AppendOutcome, AppendRequest, LogStore } from '@ws-stability/store';
import { inboxKey, principalKey } from '@ws-stability/store';
import { retryAfterMs } from './breakers/guard.ts';
import { chain } from './chain.ts';
import type { Counters } from './counters.ts';
import type { ResolvedManagerOptions } from './options.ts';
import { endedError } from './session/ended-error.ts';
import type { Session } from './session/session.ts';
import type { UpwardMessage } from './session/upward-message.ts';

export type PublishOutcome =
  | AppendOutcome
  | { readonly status: 'refused'; readonly limit: 'draining'; readonly message: string }
  /** The log does not answer, and nothing was given to it. */
  | {
      readonly status: 'refused';
      readonly limit: 'store';
      readonly message: string;
      /** When publishing again may help, in milliseconds. */
      readonly retryAfterMs: number;
    };

export interface PublishOptions {
  /** Makes the publish idempotent within its scope: the same id is appended once. At most 128 characters. */
  readonly id?: string | undefined;
  /** Whose ids these are. @default the application's */
  readonly scope?: string | undefined;
  /** Not delivered later than this, in milliseconds. @default the option `ttlMs` */
  readonly ttlMs?: number | undefined;
  /** The session that gets no copy. */
  readonly origin?: Pick<Session, 'id'> | undefined;
}

export interface SendOptions {
  readonly id?: string | undefined;
  readonly ttlMs?: number | undefined;
  /** Rejects `ERR_SEND_TIMEOUT` when not acknowledged within this many milliseconds. @default waits as long as the session lives */
  readonly timeoutMs?: number | undefined;
}

/** The result of a client's publish. */
export interface PublishReceipt {
  readonly position: Position;
  readonly duplicate: boolean;
}

export interface PublishingParts {
  readonly log: LogStore;
  readonly wheel: TimerWheel;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  readonly options: Pick<ResolvedManagerOptions, 'ttlMs' | 'maxReceipts'>;
  isDraining(): boolean;
}

/** Longer than any client retries: ids outlive the session that may resend them. */
const ID_TTL_MS = 600_000;
/** An append with unknown outcome is repeated this often before the caller is told so. */
const MOST_REPEATS = 5;
const REPEAT_BACKOFF = { baseMs: 50, capMs: 1_000, floorMs: 10 };

export class Publishing {
  readonly #parts: PublishingParts;
  #receipts = 0;

  constructor(parts: PublishingParts) {
    this.#parts = parts;
  }

  publish<Value>(
    topic: string | Topic<Value>,
    value: Value,
    options: PublishOptions = {},
  ): MaybePromise<PublishOutcome> {
    const name = typeof topic === 'string' ? topic : topic.name;
    assertTopicName(name);
    const payload = typeof topic === 'string' ? assertPayload(value) : topic.codec.encode(value);
    return this.#append(name, payload, options);
  }

  toPrincipal(principal: string, payload: Payload, options: PublishOptions = {}): MaybePromise<PublishOutcome> {
    return this.#append(principalKey(principal), assertPayload(payload), options);
  }

  /** Appends to a session's inbox and waits for its acknowledgement. */
  async send(session: Session, payload: Payload, options: SendOptions = {}): Promise<{ position: Position }> {
    if (this.#receipts >= this.#parts.options.maxReceipts) {
      const message = `${this.#receipts} sends wait for acknowledgement already (maxReceipts); wait for some or use publish.`;
      throw new StabilityError('ERR_RECEIPTS_FULL', message, { retryable: true });
    }
    this.#receipts++;
    try {
      const outcome = await this.#append(inboxKey(session.id), assertPayload(payload), {
        ...options,
        scope: session.id,
      });
      if (outcome.status === 'refused') throw refusedError(outcome);
      if (session.ended) throw endedError();
      const acked = session.cursors.get(INBOX)?.acked;
      return await session.receipts.wait(outcome.position, acked, options.timeoutMs, this.#parts.wheel);
    } finally {
      this.#receipts--;
    }
  }

  /**
   * A client's publish. A resend of the same message of the same session is the same append, also through another node.
   *
   * @throws StabilityError `ERR_REFUSED` when a limit refuses it
   */
  fromClient(session: Session, topic: string, message: UpwardMessage): MaybePromise<PublishReceipt> {
    const scope = message.id === undefined ? `s:${session.id}` : scopeOf(session);
    const outcome = this.#append(
      topic,
      message.payload,
      {
        id: message.id,
        scope,
        ttlMs: message.ttlMs,
        origin: message.echo ? undefined : session,
      },
      message,
      message.id ?? this.#resendKey(session, message),
    );
    return chain(outcome, (settled) => {
      if (settled.status === 'refused') throw refusedError(settled);
      return { position: settled.position, duplicate: settled.status === 'duplicate' };
    });
  }

  /**
   * What makes a client's publish without an id idempotent across nodes. A log in this process needs none: a resend is
   * recognised by its number, and an append has no unknown outcome.
   */
  #resendKey({ mode }: Session, { seq }: UpwardMessage): string | undefined {
    return mode === 'plain' || this.#parts.log.durability === 'process' ? undefined : String(seq);
  }

  /** Appends again while the outcome is unknown, where a key makes that safe. */
  #appendSurely(request: AppendRequest): MaybePromise<PublishOutcome> {
    const answer = this.#parts.log.append(request);
    return isPromise(answer) ? this.#settle(answer, request) : answer;
  }

  async #settle(first: Promise<AppendOutcome>, request: AppendRequest): Promise<PublishOutcome> {
    let answer = first;
    for (let repeats = 0; ; repeats++) {
      try {
        return await answer;
      } catch (cause) {
        const waitMs = retryAfterMs(cause);
        if (waitMs !== undefined && repeats === 0) return storeRefusal(waitMs);
        const unknown = isStabilityError(cause) && cause.code === 'ERR_APPEND_UNKNOWN';
        // A breaker that opened between the repeats leaves the first append as unknown as it was.
        if (!unknown && waitMs === undefined) throw cause;
        if (request.key === undefined || repeats === MOST_REPEATS) throw unknownError(cause);
        const { clock, random } = this.#parts;
        const delay = backoffDelay(REPEAT_BACKOFF, repeats, random.next());
        await new Promise<void>((resolve) => void clock.setTimer(resolve, delay));
        answer = Promise.resolve(this.#parts.log.append(request));
      }
    }
  }

  #append(
    topic: string,
    payload: Payload,
    { id, scope = 'application', ttlMs, origin }: PublishOptions,
    { binary, traceparent }: { readonly binary: boolean; readonly traceparent?: string | undefined } = {
      binary: typeof payload !== 'string',
    },
    keyId: string | undefined = id,
  ): MaybePromise<PublishOutcome> {
    const { counters, options, isDraining } = this.#parts;
    if (isDraining()) {
      counters.refusedPublishes++;
      return {
        status: 'refused',
        limit: 'draining',
        message: 'This server is shutting down; publish through another one or after the restart.',
      };
    }
    const request: AppendRequest = {
      topic,
      payload,
      binary,
      id,
      key: keyId === undefined ? undefined : { scope, id: keyId, ttlMs: ID_TTL_MS },
      ttlMs: Math.min(ttlMs ?? options.ttlMs, options.ttlMs),
      origin: origin?.id,
      traceparent,
    };
    return chain(this.#appendSurely(request), (outcome) => {
      if (outcome.status === 'appended') counters.published++;
      else if (outcome.status === 'duplicate') counters.duplicates++;
      else counters.refusedPublishes++;
      return outcome;
    });
  }
}

function storeRefusal(retryAfterMs: number): PublishOutcome {
  const message = `The log does not answer; publish again in ${Math.ceil(retryAfterMs)} ms.`;
  return { status: 'refused', limit: 'store', message, retryAfterMs };
}

function unknownError(cause: unknown): StabilityError {
  const message =
    'The log did not say whether it took the message; publish it again with an id, so that it cannot be there twice.';
  return new StabilityError('ERR_OUTCOME_UNKNOWN', message, { retryable: true, cause });
}

function refusedError(outcome: Extract<PublishOutcome, { status: 'refused' }>): StabilityError {
  const { limit, message } = outcome;
  if (limit === 'draining') return new StabilityError('ERR_DRAINING', message, { retryable: true });
  const details = limit === 'store' ? { limit, retryAfterMs: outcome.retryAfterMs } : { limit };
  return new StabilityError('ERR_REFUSED', message, { retryable: limit !== 'messageBytes', details });
}

/** Ids that clients choose are their own: by user where there is one, else by client instance. */
function scopeOf({ principal, instance }: Session): string {
  return principal === undefined ? `i:${instance}` : `p:${principal}`;
}

function assertPayload(value: unknown): Payload {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  const message =
    'A payload is a string or a Uint8Array; for other values publish to a typed topic, e.g. topic("chat").';
  throw new StabilityError('ERR_PAYLOAD', message);
}
