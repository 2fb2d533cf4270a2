// How values become payloads and back.
import { StabilityError } from '@ws-stability/core';
import type { Payload } from './payload.ts';
import { fromUtf8 } from './utf8.ts';

export interface Codec<Value> {
  /** For logs and errors. */
  readonly name: string;
  /** @throws when the value cannot be a payload; callers report it as `ERR_PAYLOAD`. */
  encode(value: Value): Payload;
  /** @throws when the payload is not one of this codec's; callers report it as `ERR_PAYLOAD`. */
  decode(payload: Payload): Value;
}

/** JSON, the default of {@link topic}. It also reads JSON that was published as bytes. What it reads is not checked: give a schema. */
export function jsonCodec<Value>(): Codec<Value> {
  return {
    name: 'json',
    encode(value) {
      const text: string | undefined = JSON.stringify(value);
      if (text === undefined)
        throw payloadError('Publish a value that JSON has: not undefined, a function or a symbol.');
      return text;
    },
    decode: (payload) => JSON.parse(toText(payload)) as Value,
  };
}

/** Payloads as they are: strings stay strings, bytes stay bytes. */
export const rawCodec: Codec<Payload> = {
  name: 'raw',
  encode: (value) => value,
  decode: (payload) => payload,
};

/** Text; also reads text that was published as bytes. */
export const textCodec: Codec<string> = {
  name: 'text',
  encode: (value) => value,
  decode: toText,
};

function toText(payload: Payload): string {
  const text = typeof payload === 'string' ? payload : fromUtf8(payload);
  if (text === undefined) throw payloadError('Publish bytes of UTF-8 to this topic, or give it the raw codec.');
  return text;
}

function payloadError(message: string): StabilityError {
  return new StabilityError('ERR_PAYLOAD', message);
}
