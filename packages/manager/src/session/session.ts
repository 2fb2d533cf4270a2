// An identity that outlives its connection: who it is, where it stands in each topic, what it sent that is not settled.
import { type MaybePromise, StabilityError, WheelEntry } from '@ws-stability/core';
import type { Gap, Position, ServerControl, StartAt, TopicOutcome } from '@ws-stability/protocol';
import type { SessionPatch, SessionRecord, StoredResult } from '@ws-stability/store';
import type { Cursor, Receiver } from '../delivery/cursor.ts';
import { Receipts } from './receipts.ts';
import { startUpward, type UpwardState } from './upward.machine.ts';
import type { UpwardMessage } from './upward-message.ts';

/** What a session has done for it by the manager. */
export interface SessionServices {
  join(session: Session, topic: string, from: StartAt): MaybePromise<TopicOutcome>;
  leave(session: Session, topic: string, why: string): void;
  end(session: Session, code: number, reason: string): void;
  onGap(session: Session, cursor: Cursor, gap: Gap): void;
  /** The client has its inbox up to the cursor's acknowledged place. */
  onInboxAcknowledged(session: Session, cursor: Cursor): void;
  /** Its time on the wheel is up. */
  onExpiry(session: Session): void;
}

export interface SessionIdentity<Data> {
  readonly id: string;
  readonly mode: 'resumable' | 'plain';
  readonly tokenHash: string;
  readonly generation: number;
  readonly instance: string;
  readonly principal: string | undefined;
  readonly data: Data | undefined;
}

/** Drills on the connection behind a session. */
export interface ConnectionDrill {
  /** Destroys the TCP connection at once, without a close frame. */
  terminate(): void;
  /** Acts as if the peer did not read. @param ms milliseconds */
  stallWrites(ms: number): void;
}

/** The connection as its session sees it. */
export interface Link extends Receiver, ConnectionDrill {
  readonly isOpen: boolean;
  control(message: ServerControl): void;
  result(result: StoredResult): void;
  pauseReading(paused: boolean): void;
  close(code: number, reason: string): void;
  /** Another connection has the session now: nothing more may be written. */
  fence(): void;
}

/** What a close frame has room for (RFC 6455 §5.5). */
const LONGEST_REASON = 123;

export class Session<Data = unknown> {
  readonly id: string;
  readonly mode: 'resumable' | 'plain';
  readonly principal: string | undefined;
  /** What the application keeps with it; JSON, so that a shared store can carry it to another node. */
  data: Data | undefined;
  /** @internal */ readonly tokenHash: string;
  /** @internal The fencing number. */ generation: number;
  /** @internal */ instance: string;
  /** @internal By topic as the client names it. */ readonly cursors = new Map<string, Cursor>();
  /** @internal What its client asks about a topic and is not answered yet. */ readonly asked = new Map<
    string,
    Promise<void>
  >();
  /** @internal How many answers it waits for: what it asked about topics, or with newer credentials. */ asking = 0;
  /** @internal */ readonly upward: UpwardState;
  /** @internal Messages whose handlers have not settled, in order. */ readonly pending: UpwardMessage[] = [];
  /** @internal */ pendingBytes = 0;
  /** @internal */ link: Link | undefined;
  /** @internal Where its client is counted; -1: nowhere. */
  slot = -1;
  /** @internal Its client failed to keep up: it may have a breaker. */
  troubled = false;
  /** @internal Over: no longer in the registry. */ ended = false;
  /** @internal */ readonly expiry: WheelEntry;
  /** @internal */ readonly receipts = new Receipts();
  readonly #services: SessionServices;
  #over: AbortController | undefined;

  /** @internal */
  constructor(identity: SessionIdentity<Data>, services: SessionServices, record?: SessionRecord) {
    this.id = identity.id;
    this.mode = identity.mode;
    this.tokenHash = identity.tokenHash;
    this.generation = identity.generation;
    this.instance = identity.instance;
    this.principal = identity.principal;
    this.data = identity.data;
    this.#services = services;
    this.upward = startUpward(record?.handled ?? 0, record?.results ?? []);
    this.expiry = new WheelEntry(() => services.onExpiry(this as Session));
  }

  /** @internal Whether something was delivered that its client has not acknowledged. */
  get owed(): boolean {
    for (const cursor of this.cursors.values()) if (cursor.owed) return true;
    return false;
  }

  get connected(): boolean {
    return this.link?.isOpen ?? false;
  }

  /** Its connection, for drills; undefined while it is away. */
  get connection(): ConnectionDrill | undefined {
    return this.link;
  }

  /** Subscribes it to a topic. @param from where to start. @default 'now' */
  join(topic: string, from: StartAt = 'now'): MaybePromise<TopicOutcome> {
    return this.#services.join(this as Session, topic, from);
  }

  /** Ends its subscription to a topic. */
  leave(topic: string, why = 'left'): void {
    this.#services.leave(this as Session, topic, why);
  }

  /**
   * Ends the session.
   *
   * @param code 1000 to 1014 but 1004 to 1006, or 3000 to 4999. @default 1000
   * @param reason at most 123 bytes.
   * @throws StabilityError `ERR_OPTION` for another code or a longer reason; the session goes on then.
   */
  close(code = 1000, reason = 'session closed'): void {
    if (!isCloseCode(code) || Buffer.byteLength(reason) > LONGEST_REASON) {
      const message = `Close a session with a code that may be sent, not ${code}, and a reason of at most ${LONGEST_REASON} bytes.`;
      throw new StabilityError('ERR_OPTION', message);
    }
    this.#services.end(this as Session, code, reason);
  }

  /** @internal Aborted when the session is over; made when first asked for. */
  get signal(): AbortSignal {
    this.#over ??= new AbortController();
    return this.#over.signal;
  }

  /** @internal */
  abort(reason: unknown): void {
    this.#over?.abort(reason);
  }

  /** @internal */
  onGap(cursor: Cursor, gap: Gap): void {
    this.#services.onGap(this as Session, cursor, gap);
  }

  /** @internal */
  onInboxAcknowledged(cursor: Cursor): void {
    this.#services.onInboxAcknowledged(this as Session, cursor);
  }

  /** @internal What the store is told of its progress. @param expiresAt wall time in milliseconds */
  progress(attached: boolean, expiresAt: number): SessionPatch {
    const cursors = new Map<string, Position>();
    for (const cursor of this.cursors.values()) cursors.set(cursor.key, cursor.acked);
    return {
      attached,
      instance: this.instance,
      cursors,
      handled: this.upward.handled,
      results: [...this.upward.results.values()],
      expiresAt,
      data: this.data,
    };
  }
}

/** Codes that may stand in a close frame (RFC 6455 §7.4). */
function isCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999);
}
