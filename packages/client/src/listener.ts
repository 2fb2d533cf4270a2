// From payload to listener: decode, validate, call; what fails is reported and counts as settled.
import { isPromise, type MaybePromise, StabilityError } from '@ws-stability/core';
import type { Payload, StandardResult, Topic } from '@ws-stability/protocol';

/** Where a message stands. */
export interface MessageMeta {
  readonly topic: string;
  readonly epoch: number;
  /** 0 for a volatile message. */
  readonly offset: number;
  readonly id?: string;
  /** Whether it is in no log: it came at the head or not at all. */
  readonly volatile: boolean;
}

export type MessageListener<Value> = (value: Value, meta: MessageMeta) => MaybePromise<void>;

/** Hands on one message; neither throws nor rejects. */
export type Handler = (payload: Payload, meta: MessageMeta) => MaybePromise<void>;

export function handler<Value>(
  { codec, schema }: Topic<Value>,
  listener: MessageListener<Value>,
  report: (error: StabilityError) => void,
): Handler {
  // Set once a schema has taken its time: a later message must not pass an earlier one.
  let before: Promise<unknown> | undefined;
  return (payload, meta) => {
    const refuse = (code: 'ERR_PAYLOAD' | 'ERR_LISTENER', cause: unknown): void =>
      report(new StabilityError(code, 'A message failed: see the cause.', { cause, details: { ...meta } }));
    const call = (checked: StandardResult<Value>): MaybePromise<void> => {
      if (checked.issues) return refuse('ERR_PAYLOAD', checked.issues);
      try {
        const result = listener(checked.value, meta);
        return isPromise(result) ? result.catch((cause) => refuse('ERR_LISTENER', cause)) : undefined;
      } catch (cause) {
        refuse('ERR_LISTENER', cause);
      }
    };
    try {
      const value = codec.decode(payload);
      const checked = schema?.['~standard'].validate(value) ?? { value };
      if (!before && !isPromise(checked)) return call(checked);
      // In an object, so that what a listener does does not hold up the next message.
      const called = Promise.all([checked, before]).then(
        ([outcome]) => ({ settled: call(outcome) }),
        (cause) => ({ settled: refuse('ERR_PAYLOAD', cause) }),
      );
      before = called;
      return called.then(({ settled }) => settled);
    } catch (cause) {
      refuse('ERR_PAYLOAD', cause);
    }
  };
}
