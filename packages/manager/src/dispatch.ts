// What a client's message asks for: a publish, a request, or the handler of messages without a topic.
import { type MaybePromise, StabilityError } from '@ws-stability/core';
import { chain } from './chain.ts';
import type { TopicAction } from './dependencies.ts';
import type { Handlers, MessageContext } from './handlers.ts';
import type { Publishing } from './publishing.ts';
import type { Session } from './session/session.ts';
import type { UpwardMessage } from './session/upward-message.ts';

export interface DispatchParts<Data> {
  readonly handlers: Handlers<Data>;
  readonly publishing: Publishing;
  authorize(action: TopicAction, topic: string, session: Session): MaybePromise<true | string>;
  isDraining(): boolean;
}

export class Dispatch<Data> {
  readonly #parts: DispatchParts<Data>;

  constructor(parts: DispatchParts<Data>) {
    this.#parts = parts;
  }

  /** @throws StabilityError `ERR_DRAINING`, `ERR_DENIED`, or what the publish or the handler throws */
  run(session: Session, message: UpwardMessage): MaybePromise<unknown> {
    if (this.#parts.isDraining()) {
      throw new StabilityError('ERR_DRAINING', 'This server is shutting down; send it again after the reconnect.', {
        retryable: true,
      });
    }
    const { topic } = message;
    if (topic === undefined) return this.#parts.handlers.run(message, this.#context(session, message));
    const action = message.op === 'req' ? 'request' : 'publish';
    const allowed = this.#parts.authorize(action, topic, session);
    return chain(allowed, (verdict) => {
      if (verdict !== true) throw new StabilityError('ERR_DENIED', String(verdict), { details: { topic } });
      if (action === 'publish')
        return this.#parts.publishing.fromClient(session, topic, message) as MaybePromise<unknown>;
      return this.#parts.handlers.run(message, this.#context(session, message));
    });
  }

  #context(session: Session, { topic, seq, id, binary }: UpwardMessage): MessageContext<Data> {
    return {
      session: session as Session<Data>,
      topic,
      seq,
      key: `${session.id}:${seq}`,
      id,
      binary,
      get signal() {
        return session.signal;
      },
    };
  }
}
