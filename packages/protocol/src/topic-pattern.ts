// Patterns of topic names: literal text with places for a segment each, such as `room:*`.
import { StabilityError } from '@ws-stability/core';
import type { StandardSchemaV1 } from './standard-schema.ts';
import { type Contents, contents, type Topic, type TopicOptions } from './topic-contents.ts';
import { isTopicName } from './topic-name.ts';

/** Stands for one segment in a pattern: one or more characters of a topic name, `:` and `/` excepted. */
export const string: unique symbol = Symbol('string');
export type StringPlaceholder = typeof string;

export interface TopicPattern<Value = unknown> extends Contents<Value> {
  /** For logs, each place a `*`: `room:*`. */
  readonly pattern: string;
  matches(name: string): boolean;
  /** The segments that stand in the places of a matching name, in order. */
  segments(name: string): string[] | undefined;
  /**
   * The topic with these segments in the places.
   *
   * @throws StabilityError `ERR_TOPIC` for a wrong number of them, or when the name would not match.
   */
  of(...segments: string[]): Topic<Value>;
  /** The same pattern with a schema, a codec or both. */
  with<Other>(schema: StandardSchemaV1<unknown, Other> | TopicOptions<Other>): TopicPattern<Other>;
}

const LITERAL = /^[A-Za-z0-9._:/~-]*$/;

/** @throws StabilityError `ERR_TOPIC` for text that no name can have, or places that could share a segment in two ways. */
export function makePattern<Value>(parts: readonly string[], made: Contents<Value>): TopicPattern<Value> {
  const pattern = parts.join('*');
  if (!parts.every((part) => LITERAL.test(part))) {
    throw topicError(`The pattern ${show(pattern)} has characters that no topic name has.`, pattern);
  }
  // With a `:` or `/` between any two places a name is read in one way only, and in linear time.
  if (!parts.slice(1, -1).every((part) => /[:/]/.test(part))) {
    throw topicError(`Put a ":" or "/" between the places of the pattern ${show(pattern)}.`, pattern);
  }
  const expression = new RegExp(`^${parts.map((part) => part.replaceAll('.', '\\.')).join('([A-Za-z0-9._~-]+)')}$`);
  const segments = (name: string): string[] | undefined =>
    isTopicName(name) ? expression.exec(name)?.slice(1) : undefined;
  return {
    ...made,
    pattern,
    segments,
    matches: (name) => segments(name) !== undefined,
    of(...given) {
      const name = parts.map((part, index) => part + (given[index] ?? '')).join('');
      if (given.length !== parts.length - 1 || segments(name) === undefined) {
        throw topicError(`${show(name)} is no topic of the pattern ${show(pattern)}.`, name);
      }
      return { ...made, name };
    },
    with: (options) => makePattern(parts, contents(options)),
  };
}

function topicError(message: string, topic: string): StabilityError {
  return new StabilityError('ERR_TOPIC', message, { details: { topic: topic.slice(0, 100) } });
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
