// Makes typed topics and patterns of them.
import type { Payload } from './payload.ts';
import { rawCodec } from './payload-codec.ts';
import type { StandardSchemaV1 } from './standard-schema.ts';
import { type Contents, contents, type Topic, type TopicOptions } from './topic-contents.ts';
import { assertTopicName } from './topic-name.ts';
import { makePattern, type StringPlaceholder, type TopicPattern } from './topic-pattern.ts';

/** The type of the values of a topic or a pattern. */
export type ValueOf<T> = T extends Contents<infer Value> ? Value : never;

/**
 * A topic: `topic('chat', schema)` takes the type from the schema, `topic<'chat', Message>('chat')` as given.
 * As a tag it makes a pattern: `` topic<Message>`room:${string}` ``, with `string` from this package.
 *
 * A schema's output type is the topic's; let it accept its own output, for both sides check with it.
 *
 * @throws StabilityError `ERR_TOPIC` for a name that no topic can have.
 */
export function topic<Value = unknown>(
  parts: TemplateStringsArray,
  ...placeholders: readonly StringPlaceholder[]
): TopicPattern<Value>;
export function topic<const Name extends string, Value = unknown>(
  name: Name,
  schema?: StandardSchemaV1<unknown, Value> | TopicOptions<Value>,
): Topic<Value, Name>;
export function topic(
  name: string | TemplateStringsArray,
  schema?: StringPlaceholder | StandardSchemaV1 | TopicOptions<unknown>,
): Topic | TopicPattern {
  if (typeof name !== 'string') return makePattern(name, contents(undefined));
  assertTopicName(name);
  return { name, ...contents(typeof schema === 'symbol' ? undefined : schema) };
}

/** A topic whose payloads are handed on as they are. */
export function rawTopic<const Name extends string>(name: Name): Topic<Payload, Name> {
  return topic<Name, Payload>(name, { codec: rawCodec });
}
