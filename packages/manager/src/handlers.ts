// The application's handlers: by topic, by pattern, or for messages without a topic; payloads decoded and validated.
import { isPromise, type MaybePromise, StabilityError } from '@ws-stability/core';
import type { Payload, Topic, TopicPattern } from '@ws-stability/protocol';
import { assertTopicName, rawCodec, validate } from '@ws-stability/protocol';
import { chain } from './chain.ts';
import type { Session } from './session/session.ts';
import type { UpwardMessage } from './session/upward-message.ts';

export interface MessageContext<Data = unknown> {
  readonly session: Session<Data>;
  readonly topic: string | undefined;
  readonly seq: number;
  /** The same for every resend of this message: commit it with the effect, and the effect happens exactly once. */
  readonly key: string;
  /** The id that the client gave it. */
  readonly id: string | undefined;
  readonly binary: boolean;
  /** Aborted when the session ends or the manager shuts down. */
  readonly signal: AbortSignal;
}

export type Handler<Value, Data> = (value: Value, context: MessageContext<Data>) => unknown;

/** What a handler is registered for, with the type of its values erased. */
type Target = Topic<unknown> | TopicPattern<unknown>;
interface Registered<Data> {
  readonly target: Target;
  readonly handler: Handler<unknown, Data>;
}

const textDecoder = new TextDecoder();

export class Handlers<Data> {
  readonly #byTopic = new Map<string, Registered<Data>>();
  readonly #byPattern: Registered<Data>[] = [];
  readonly #untopiced: Handler<Payload, Data>[] = [];

  onMessage(handler: Handler<Payload, Data>): () => void {
    this.#untopiced.push(handler);
    return () => void this.#untopiced.splice(this.#untopiced.indexOf(handler) >>> 0, 1);
  }

  /** @throws StabilityError `ERR_HANDLER_EXISTS` when the topic has one */
  handle(target: string | Target, handler: Handler<never, Data>): () => void {
    const registered: Registered<Data> = { target: asTarget(target), handler: handler as Handler<unknown, Data> };
    if ('matches' in registered.target) {
      this.#byPattern.push(registered);
      return () => void this.#byPattern.splice(this.#byPattern.indexOf(registered) >>> 0, 1);
    }
    const { name } = registered.target;
    if (this.#byTopic.has(name)) {
      const message = `Topic ${name} has a handler already; one topic has one handler, since its result is the answer.`;
      throw new StabilityError('ERR_HANDLER_EXISTS', message, { details: { topic: name } });
    }
    this.#byTopic.set(name, registered);
    return () => {
      if (this.#byTopic.get(name) === registered) this.#byTopic.delete(name);
    };
  }

  /** @throws StabilityError `ERR_NO_HANDLER`, `ERR_PAYLOAD`, or what the handler throws */
  run(message: UpwardMessage, context: MessageContext<Data>): MaybePromise<unknown> {
    const payload = payloadOf(message);
    if (message.topic === undefined) return this.#runUntopiced(payload, context);
    const registered = this.#find(message.topic);
    if (registered === undefined) throw noHandler(`topic ${message.topic}`, 'handle(topic, …)');
    const { target, handler } = registered;
    return chain(decode(target, payload), (value) => handler(value, context));
  }

  #runUntopiced(payload: Payload, context: MessageContext<Data>): MaybePromise<unknown> {
    const [first, ...others] = this.#untopiced;
    if (first === undefined) throw noHandler('messages without a topic', 'onMessage(…)');
    // The first one's value is the result; the others are settled before it is given.
    const results = [first, ...others].map((handler) => handler(payload, context));
    return results.some(isPromise) ? Promise.all(results).then(([result]) => result) : results[0];
  }

  #find(topic: string): Registered<Data> | undefined {
    const exact = this.#byTopic.get(topic);
    if (exact !== undefined) return exact;
    return this.#byPattern.find(({ target }) => 'matches' in target && target.matches(topic));
  }
}

function asTarget(target: string | Target): Target {
  if (typeof target !== 'string') return target;
  assertTopicName(target);
  return { name: target, codec: rawCodec as Topic<unknown>['codec'] };
}

function payloadOf({ binary, payload }: UpwardMessage): Payload {
  return binary ? payload : textDecoder.decode(payload);
}

function decode(target: Target, payload: Payload): MaybePromise<unknown> {
  let value: unknown;
  try {
    value = target.codec.decode(payload);
  } catch (cause) {
    const message = `The payload is not what the topic's codec (${target.codec.name}) reads; send that.`;
    throw new StabilityError('ERR_PAYLOAD', message, { cause });
  }
  if (target.schema === undefined) return value;
  return chain(validate(target.schema, value), (outcome) => {
    if (outcome.ok) return outcome.value;
    const { code, message, path } = outcome.error;
    throw new StabilityError(code as `ERR_${string}`, message, { details: path === undefined ? {} : { path } });
  });
}

function noHandler(what: string, how: string): StabilityError {
  return new StabilityError('ERR_NO_HANDLER', `Nothing handles ${what} here; register it with ${how}.`);
}
