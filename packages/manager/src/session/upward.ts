// Runs what clients send: each session's messages one at a time in order, each settled with a result.
import { type Clock, isPromise, isStabilityError, StabilityError } from '@ws-stability/core';
import type { UpwardBytes, WireError } from '@ws-stability/protocol';
import { CLOSE, encodeControl, MAX_DEPTH } from '@ws-stability/protocol';
import type { StoredResult } from '@ws-stability/store';
import type { Counters } from '../counters.ts';
import type { ClientCounts } from '../observation/client-counts.ts';
import type { ManagerObserver } from '../observation/observer.ts';
import type { ResolvedManagerOptions } from '../options.ts';
import type { Link, Session } from './session.ts';
import { confirm, receive, settle, type UpwardState, weigh } from './upward.machine.ts';
import type { UpwardMessage } from './upward-message.ts';

export interface UpwardParts {
  readonly options: Pick<ResolvedManagerOptions, 'windowMessages' | 'windowBytes' | 'maxResults' | 'maxResultBytes'>;
  readonly counters: Counters;
  readonly clients: ClientCounts;
  readonly observer: ManagerObserver;
  readonly clock: Clock;
  /** Does what the message asks for; its value is the result. */
  run(session: Session, message: UpwardMessage): unknown;
  /** A handler or a store failed with something that is not for the client. */
  onError(error: unknown): void;
  /** A message's result is an error. */
  onRefused(session: Session, error: WireError): void;
  onProgress(session: Session): void;
}

export class Upward {
  readonly #parts: UpwardParts;

  constructor(parts: UpwardParts) {
    this.#parts = parts;
  }

  /** Takes in a message from the session's own connection. */
  accept(session: Session, connection: Link, frame: UpwardBytes): void {
    const { counters } = this.#parts;
    counters.received++;
    switch (receive(session.upward, frame.seq)) {
      case 'hole':
        counters.rejected++;
        return connection.close(CLOSE.badFrame, 'a sequence number is missing');
      case 'answer':
        this.#countResent(session);
        return connection.result(session.upward.results.get(frame.seq) as StoredResult);
      case 'join':
      case 'confirmed':
        return this.#countResent(session);
      case 'run':
        return this.#enqueue(session, connection, frame);
    }
  }

  /** The client has all results up to `n`. */
  confirm(session: Session, n: number): void {
    confirm(session.upward, n);
  }

  /** What a resumed client is owed: the results it has not confirmed. */
  repeatResults(session: Session, connection: Link): void {
    for (const result of session.upward.results.values()) connection.result(result);
  }

  /** Whether the session may send more, and the pause of its socket that follows. */
  applyWindow(session: Session): void {
    const { windowMessages, windowBytes } = this.#parts.options;
    const { pending, pendingBytes, asking } = session;
    session.link?.pauseReading(pending.length + asking >= windowMessages || pendingBytes >= windowBytes);
  }

  #enqueue(session: Session, connection: Link, frame: UpwardBytes): void {
    const { counters, options } = this.#parts;
    const { maxResults, maxResultBytes } = options;
    if (session.upward.results.size >= maxResults || session.upward.weight >= maxResultBytes) {
      session.upward.received--;
      counters.rejected++;
      return connection.close(CLOSE.rate, 'too many unconfirmed results');
    }
    const message: UpwardMessage = {
      seq: frame.seq,
      topic: frame.topic,
      op: frame.op ?? 'pub',
      id: frame.id,
      echo: frame.echo ?? true,
      ttlMs: frame.ttlMs,
      traceparent: frame.traceparent,
      binary: frame.binary,
      payload: Uint8Array.prototype.slice.call(frame.payload),
    };
    counters.running++;
    session.pending.push(message);
    session.pendingBytes += message.payload.byteLength;
    if (session.pending.length === 1) this.#runNext(session);
    this.applyWindow(session);
  }

  #runNext(session: Session): void {
    for (let message = session.pending[0]; message !== undefined; message = session.pending[0]) {
      const startedAt = this.#now();
      let value: unknown;
      try {
        value = this.#parts.run(session, message);
        // What only looks like a promise may throw where it is asked, or answer with nothing.
        if (isPromise(value)) value = Promise.resolve(value);
      } catch (error) {
        this.#settle(session, message, this.#failure(message, error), startedAt);
        continue;
      }
      if (!isPromise(value)) {
        this.#settle(session, message, success(session.upward, message.seq, value), startedAt);
        continue;
      }
      const running = message;
      value
        .then(
          (settled) => success(session.upward, running.seq, settled),
          (error: unknown) => this.#failure(running, error),
        )
        .then((result) => {
          this.#settle(session, running, result, startedAt);
          this.#runNext(session);
          this.applyWindow(session);
        });
      return;
    }
  }

  /** Where nobody measures, the clock is not asked. */
  #now(): number {
    return this.#parts.observer.handled === undefined ? 0 : this.#parts.clock.now();
  }

  #settle(session: Session, message: UpwardMessage, result: StoredResult, startedAt: number): void {
    this.#parts.observer.handled?.(this.#now() - startedAt);
    session.pending.shift();
    session.pendingBytes -= message.payload.byteLength;
    settle(session.upward, result);
    this.#count(result);
    if ('err' in result) this.#parts.onRefused(session, result.err);
    session.link?.result(result);
    this.#parts.onProgress(session);
  }

  #countResent(session: Session): void {
    this.#parts.counters.resent++;
    this.#parts.clients.add(session, 'messages_deduplicated', 1);
  }

  #count(result: StoredResult): void {
    const { counters } = this.#parts;
    counters.running--;
    if (!('err' in result)) counters.handled++;
    else if (result.err.code === 'ERR_HANDLER' || result.err.code === 'ERR_RESULT') counters.failed++;
    else counters.rejected++;
  }

  #failure(message: UpwardMessage, error: unknown): StoredResult {
    if (isStabilityError(error)) return failure(message.seq, error);
    this.#parts.onError(error);
    const text = 'The handler of this message failed; the server has logged why.';
    return { n: message.seq, err: { code: 'ERR_HANDLER', message: text } };
  }
}

function success(state: UpwardState, n: number, value: unknown): StoredResult {
  if (value === undefined) return { n, ok: true };
  try {
    // A result has to survive the wire and the store: what JSON cannot say is refused here, not later.
    const json = JSON.stringify(value);
    const copy: unknown = JSON.parse(json);
    // The wire takes only so much nesting, which a short text cannot reach; a throw while flushing would be nobody's.
    if (json.length > MAX_DEPTH) encodeControl({ t: 'res', n, ok: true, value: copy });
    weigh(state, n, json.length);
    return { n, ok: true, value: copy };
  } catch (cause) {
    if (isStabilityError(cause)) return failure(n, cause);
    const error = new StabilityError('ERR_RESULT', 'The result cannot be written as JSON; return plain data.', {
      cause,
    });
    return failure(n, error);
  }
}

/** The application may have made the error, or another copy of the class: nothing in it is taken for granted. */
function failure(n: number, { code, message, details }: StabilityError): StoredResult {
  const path: unknown = details?.path;
  return { n, err: { code, message: String(message), ...(typeof path === 'string' ? { path } : {}) } };
}
