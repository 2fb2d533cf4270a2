// From payload to listener: decode, validate, call; what fails is reported and counts as settled.
import { isPromise, type MaybePromise, StabilityError } from '@ws-stability/core';
import { type Payload, type Topic, type Validation, validate } from '@ws-stability/protocol';

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
  topic: Topic<Value> | undefined,
  listener: MessageListener<Value>,
  report: (error: StabilityError) => void,
): Handler {
  let before: Promise<void> | undefined;
  const refuse = (
    code: 'ERR_PAYLOAD' | 'ERR_LISTENER',
    { topic: name, epoch, offset }: MessageMeta,
    cause: unknown,
  ): void => {
    const what = code === 'ERR_PAYLOAD' ? 'A message was refused by its codec or schema' : 'A listener failed';
    report(
      new StabilityError(code, `${what}; see details and cause`, { cause, details: { topic: name, epoch, offset } }),
    );
  };
  const call = (checked: Validation<Value>, meta: MessageMeta): MaybePromise<void> => {
    if (!checked.ok) return refuse('ERR_PAYLOAD', meta, checked.error);
    try {
      const result = listener(checked.value, meta);
      return isPromise(result) ? result.catch((error: unknown) => refuse('ERR_LISTENER', meta, error)) : undefined;
    } catch (error) {
      refuse('ERR_LISTENER', meta, error);
    }
  };
  return (payload, meta) => {
    let checked: MaybePromise<Validation<Value>>;
    try {
      const value = topic ? topic.codec.decode(payload) : (payload as Value);
      checked = topic?.schema ? validate(topic.schema, value) : { ok: true, value };
    } catch (error) {
      return refuse('ERR_PAYLOAD', meta, error);
    }
    if (before === undefined && !isPromise(checked)) return call(checked, meta);
    // A schema that takes its time must not let a later message pass an earlier one.
    let settled: MaybePromise<void>;
    const called = Promise.all([checked, before]).then(
      ([outcome]) => {
        settled = call(outcome, meta);
      },
      (error: unknown) => refuse('ERR_PAYLOAD', meta, error),
    );
    before = called.then(() => {
      if (before === own) before = undefined;
    });
    const own = before;
    return called.then(() => settled);
  };
}
