import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Payload } from './payload.ts';
import { type Codec, rawCodec } from './payload-codec.ts';
import type { StandardSchemaV1 } from './standard-schema.ts';
import { rawTopic, topic, type ValueOf } from './topic.ts';
import type { Topic } from './topic-contents.ts';
import { string, type TopicPattern } from './topic-pattern.ts';

interface Message {
  readonly text: string;
}

/** A schema as zod would give it: its input has a type of its own. */
const messageSchema: StandardSchemaV1<{ text: string }, Message> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string'
        ? { value: { text: value.text } }
        : { issues: [{ message: 'not a message' }] },
  },
};
const dateCodec: Codec<Date> = {
  name: 'date',
  encode: (date) => date.toISOString(),
  decode: (payload) => new Date(String(payload)),
};

describe('a topic', () => {
  test('takes its type from its schema', () => {
    const chat = topic('chat', messageSchema);
    expectTypeOf(chat).toEqualTypeOf<Topic<Message, 'chat'>>();
    expectTypeOf<ValueOf<typeof chat>>().toEqualTypeOf<Message>();
    expect(chat.name).toBe('chat');
    expect(chat.schema).toBe(messageSchema);
    expect(chat.codec.decode(chat.codec.encode({ text: 'hi' }))).toStrictEqual({ text: 'hi' });
  });

  test('takes its type as it is given', () => {
    const chat = topic<'chat', Message>('chat');
    expectTypeOf(chat).toEqualTypeOf<Topic<Message, 'chat'>>();
    expectTypeOf(chat.codec.encode).parameter(0).toEqualTypeOf<Message>();
    expect(chat).toStrictEqual({ name: 'chat', codec: expect.objectContaining({ name: 'json' }) });
  });

  test('takes its type from a codec', () => {
    const clock = topic('clock', { codec: dateCodec });
    expectTypeOf(clock).toEqualTypeOf<Topic<Date, 'clock'>>();
    expect(clock.codec).toBe(dateCodec);
  });

  test('takes a codec and a schema that agree', () => {
    const codec: Codec<Message> = {
      name: 'own',
      encode: (value) => value.text,
      decode: (text) => ({ text: String(text) }),
    };
    const chat = topic('chat', { codec, schema: messageSchema });
    expectTypeOf<ValueOf<typeof chat>>().toEqualTypeOf<Message>();
    expect(chat).toStrictEqual({ name: 'chat', codec, schema: messageSchema });
  });

  test('refuses a schema of another type', () => {
    // @ts-expect-error the schema makes messages, the topic holds numbers
    const wrong = topic<'chat', number>('chat', messageSchema);
    expect(wrong).toHaveProperty('schema', messageSchema);
  });

  test('without any is of unknown', () => {
    expectTypeOf(topic('chat')).toEqualTypeOf<Topic<unknown, 'chat'>>();
  });

  test('of raw payloads hands them on', () => {
    const raw = rawTopic('bytes');
    expectTypeOf(raw).toEqualTypeOf<Topic<Payload, 'bytes'>>();
    expect(raw.codec).toBe(rawCodec);
  });

  test.each(['', '@', 'with space', 'x'.repeat(129)])('cannot be called %j', (name) => {
    expect(() => topic(name)).toThrow(expect.objectContaining({ code: 'ERR_TOPIC' }));
  });
});

describe('a pattern', () => {
  const rooms = topic<Message>`room:${string}`;
  const files = topic`v1.0/${string}/x-${string}`;

  test('has the type that it is given, or that of its schema', () => {
    expectTypeOf(rooms).toEqualTypeOf<TopicPattern<Message>>();
    expectTypeOf(files).toEqualTypeOf<TopicPattern<unknown>>();
    expectTypeOf(rooms.of('1')).toEqualTypeOf<Topic<Message>>();
    expectTypeOf<ValueOf<typeof rooms>>().toEqualTypeOf<Message>();
    const checked = topic`room:${string}`.with(messageSchema);
    expectTypeOf(checked).toEqualTypeOf<TopicPattern<Message>>();
    expect(checked.schema).toBe(messageSchema);
    expect(checked.of('1').schema).toBe(messageSchema);
    expectTypeOf(topic`at:${string}`.with({ codec: dateCodec })).toEqualTypeOf<TopicPattern<Date>>();
  });

  test('matches the names that have a segment in each place', () => {
    expect(rooms.pattern).toBe('room:*');
    expect(rooms.matches('room:1')).toBe(true);
    expect(rooms.segments('room:a.b-c_~9')).toStrictEqual(['a.b-c_~9']);
    expect(files.segments('v1.0/a/x-b')).toStrictEqual(['a', 'b']);
  });

  test.each([
    'room:',
    'room',
    'room:a:b',
    'room:a/b',
    'room:a b',
    'room:é',
    'xroom:1',
    'ROOM:1',
    'room:1\n',
    `room:${'x'.repeat(128)}`,
  ])('of rooms does not match %j', (name) => {
    expect(rooms.matches(name)).toBe(false);
    expect(rooms.segments(name)).toBeUndefined();
  });

  test('takes a dot for a dot', () => {
    expect(files.matches('v1x0/a/x-b')).toBe(false);
  });

  test('makes topics whose segments it finds again', () => {
    expect(rooms.of('7').name).toBe('room:7');
    expect(files.segments(files.of('a', 'b').name)).toStrictEqual(['a', 'b']);
  });

  test.each([[[]], [['a', 'b']], [['']], [['a:b']], [['a b']], [['x'.repeat(128)]]])(
    'makes no topic of %j',
    (segments) => {
      expect(() => rooms.of(...segments)).toThrow(expect.objectContaining({ code: 'ERR_TOPIC' }));
    },
  );

  test('cannot be read in two ways', () => {
    expect(() => topic`${string}-${string}`).toThrow(expect.objectContaining({ code: 'ERR_TOPIC' }));
    expect(() => topic`${string}${string}`).toThrow(expect.objectContaining({ code: 'ERR_TOPIC' }));
    expect(topic`${string}/${string}`.segments('a/b')).toStrictEqual(['a', 'b']);
  });

  test('has only characters that names have', () => {
    expect(() => topic`room ${string}`).toThrow(expect.objectContaining({ code: 'ERR_TOPIC' }));
    expect(() => topic`@${string}`).toThrow(expect.objectContaining({ code: 'ERR_TOPIC' }));
  });

  test('without a place is one name', () => {
    expect(topic`chat`.segments('chat')).toStrictEqual([]);
    expect(topic`chat`.of().name).toBe('chat');
  });
});
