// A topic: a name with what is published there, how it is encoded and what checks it.
import { type Codec, jsonCodec } from './payload-codec.ts';
import type { StandardSchemaV1 } from './standard-schema.ts';

/** What topics and patterns have in common. */
export interface Contents<Value> {
  readonly codec: Codec<Value>;
  readonly schema?: StandardSchemaV1<unknown, Value>;
}

export interface Topic<Value = unknown, Name extends string = string> extends Contents<Value> {
  readonly name: Name;
}

/** What a topic is made with besides its name. */
export interface TopicOptions<Value> {
  /** @default JSON */
  readonly codec?: Codec<Value>;
  readonly schema?: StandardSchemaV1<unknown, Value>;
}

/** Accepts a schema alone for the options with it. */
export function contents<Value>(given: StandardSchemaV1<unknown, Value> | TopicOptions<Value> = {}): Contents<Value> {
  if ('~standard' in given) return { codec: jsonCodec(), schema: given };
  return { codec: given.codec ?? jsonCodec(), ...(given.schema ? { schema: given.schema } : {}) };
}
