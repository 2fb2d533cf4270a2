import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { decodeClientControl, decodeServerControl, encodeControl } from './control-codec.ts';
import type { ClientControl, ServerControl } from './control-messages.ts';
import { MAX_DEPTH } from './json-depth.ts';
import { MAX_OFFSET, MAX_POSITIONS, type Position } from './position.ts';

const index = fc.integer({ min: 0, max: MAX_OFFSET });
const fromOne = fc.integer({ min: 1, max: MAX_OFFSET });
const ms = fc.double({ min: 0, max: MAX_OFFSET, noNaN: true }).map((value) => value + 0);
const text = fc.string({ unit: 'binary', maxLength: 40 });
const position: fc.Arbitrary<Position> = fc.tuple(index, index);
const topicName = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'aZ09._:/~-'), minLength: 1, maxLength: 128 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', '7'),
);
const topic = fc.oneof(topicName, fc.constantFrom('@', '@u'));
const mapOf = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<ReadonlyMap<string, Value>> =>
  fc.array(fc.tuple(topic, value), { maxLength: 8 }).map((entries) => new Map(entries));
const positions = mapOf(position);
const flag = fc.boolean();
const constant = <const Value>(value: Value): fc.Arbitrary<Value> => fc.constant(value);
const value = fc.json({ maxDepth: 4 }).map((json): unknown => JSON.parse(json));

/** A record of which the keys that end in `?` may be missing. */
function record<const Message>(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Message> {
  const names = Object.entries(fields).map(([name, arbitrary]) => [name.replace('?', ''), arbitrary] as const);
  const requiredKeys = Object.keys(fields).filter((name) => !name.endsWith('?'));
  return fc.record(Object.fromEntries(names), { requiredKeys, noNullPrototype: true }) as fc.Arbitrary<Message>;
}

const why = fc.constantFrom('retention', 'budget', 'lag', 'epoch', 'session', 'ahead');
const gap = record({ was: position, now: position, why });
const wireError = record({ code: text, message: text, 'path?': text });
const outcome = fc.oneof(record({ at: position }), record({ gap }), record({ denied: text }));

const clientMessages: { readonly [Tag in ClientControl['t']]: fc.Arbitrary<ClientControl> } = {
  hello: record({
    t: constant('hello'),
    v: constant(1),
    'session?': text,
    'token?': text,
    instance: fc.string({ minLength: 1, maxLength: 256 }),
    'takeover?': flag,
    'positions?': positions,
    'auth?': text,
    'caps?': fc.array(text, { maxLength: 5 }),
  }),
  ready: record({ t: constant('ready'), generation: index }),
  ack: record({ t: constant('ack'), 'p?': positions, 'r?': index }),
  sub: record({
    t: constant('sub'),
    topic: topicName,
    id: index,
    from: fc.oneof(constant('now'), constant('start'), record({ last: index }), position),
  }),
  unsub: record({ t: constant('unsub'), topic: topicName, id: index }),
  ping: record({ t: constant('ping'), ts: ms }),
  pong: record({ t: constant('pong'), ts: ms }),
  auth: record({ t: constant('auth'), id: index, token: text }),
  bye: record({ t: constant('bye') }),
};

const range = fc.tuple(fromOne, fromOne).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }));
const serverMessages: { readonly [Tag in ServerControl['t']]: fc.Arbitrary<ServerControl> } = {
  welcome: record({
    t: constant('welcome'),
    v: constant(1),
    session: text,
    'token?': text,
    generation: index,
    resumed: flag,
    'why?': fc.constantFrom('unknown', 'expired', 'token', 'principal', 'version', 'store', 'inUse'),
    topics: mapOf(outcome),
    handled: index,
    window: record({ messages: index, bytes: index }),
    pingMs: ms,
    pongMs: ms,
    sessionTtlMs: ms,
    maxBytes: index,
    durability: fc.constantFrom('process', 'disk', 'replicated'),
  }),
  res: fc.oneof(
    record<ServerControl>({ t: constant('res'), n: fromOne, ok: constant(true), 'value?': value }),
    record<ServerControl>({ t: constant('res'), n: fromOne, err: wireError }),
    range.map((ends): ServerControl => ({ t: 'res', ...ends, ok: true })),
  ),
  skip: fc
    .tuple(topic, range, fc.constantFrom('ttl' as const, 'filtered' as const))
    .map(([name, ends, reason]) => ({ t: 'skip', topic: name, ...ends, why: reason })),
  gap: record({ t: constant('gap'), topic, was: position, now: position, why }),
  sub: record({ t: constant('sub'), topic, at: position }),
  unsub: record({ t: constant('unsub'), topic, why: text }),
  ok: record({ t: constant('ok'), id: index, 'at?': position, 'gap?': gap }),
  err: record({ t: constant('err'), id: index, code: text, message: text }),
  goaway: record({
    t: constant('goaway'),
    why: fc.constantFrom('restart', 'rebalance', 'end'),
    afterMs: ms,
    deadlineMs: ms,
  }),
  ping: record({ t: constant('ping'), ts: ms }),
  pong: record({ t: constant('pong'), ts: ms }),
  authreq: record({ t: constant('authreq'), inMs: ms }),
};

const anyMessage = fc.oneof(...Object.values(clientMessages), ...Object.values(serverMessages));
const mutated = fc
  .tuple(
    anyMessage,
    fc.array(fc.tuple(fc.nat(400), fc.constantFrom(...'{}[]",:0-9etn\\u')), { minLength: 1, maxLength: 3 }),
  )
  .map(([message, changes]) => {
    let json = encodeControl(message);
    for (const [at, put] of changes)
      json = `${json.slice(0, at % json.length)}${put}${json.slice((at % json.length) + 1)}`;
    return json;
  });
const misfit = fc.tuple(anyMessage, fc.nat(20), fc.json()).map(([message, which, json]) => {
  const fields = Object.entries(JSON.parse(encodeControl(message)) as object);
  const [name] = fields[which % fields.length] ?? ['t'];
  return JSON.stringify({ ...Object.fromEntries(fields), [name]: JSON.parse(json) });
});

describe('a control message', () => {
  test.each(Object.entries(clientMessages))('of a client, %s, comes back as it was', (_, messages) => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeClientControl(encodeControl(message))).toEqual(message);
      }),
    );
  });

  test.each(Object.entries(serverMessages))('of a server, %s, comes back as it was', (_, messages) => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeServerControl(encodeControl(message))).toEqual(message);
      }),
    );
  });

  test('is read or refused whatever the text, and what is read can be written again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), mutated, misfit), (json) => {
        for (const decode of [decodeClientControl, decodeServerControl]) {
          const read = decode(json);
          if (read.t !== 'problem') expect(decode(encodeControl(read))).toEqual(read);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('begins with its tag and leaves out what is undefined', () => {
    expect(encodeControl({ r: 3, t: 'ack', p: new Map([['chat', [1, 2]]]) })).toBe(
      '{"t":"ack","r":3,"p":{"chat":[1,2]}}',
    );
    expect(encodeControl({ t: 'res', n: 1, ok: true, value: undefined })).toBe('{"t":"res","n":1,"ok":true}');
  });

  test('has fields that are not known ignored', () => {
    expect(decodeClientControl('{"later":[1],"t":"ready","generation":1}')).toStrictEqual({
      t: 'ready',
      generation: 1,
    });
  });

  test('names the field that is wrong and never what was sent', () => {
    const { reason } = problemOf(decodeClientControl('{"t":"sub","topic":"sec ret","id":1,"from":"now"}'));
    expect(reason).toContain('sub');
    expect(reason).toContain('topic');
    expect(reason).not.toContain('sec');
  });
});

describe('from a client,', () => {
  test.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['null', 'null'],
    ['no tag', '{}'],
    ['a tag that is not text', '{"t":1}'],
    ['an unknown tag', '{"t":"nope"}'],
    ['the tag of a server', '{"t":"welcome"}'],
    ['a tag that every object answers to', '{"t":"constructor"}'],
    ['the tag __proto__', '{"t":"__proto__"}'],
    ['a missing field', '{"t":"ready"}'],
    ['null for a field', '{"t":"hello","v":1,"instance":"x","token":null}'],
    ['a fraction', '{"t":"ready","generation":1.5}'],
    ['a negative number', '{"t":"ready","generation":-1}'],
    ['2^48', '{"t":"ready","generation":281474976710656}'],
    ['a number in a string', '{"t":"ready","generation":"1"}'],
    ['infinity', '{"t":"ping","ts":1e999}'],
    ['a position of one number', '{"t":"ack","p":{"a":[1]}}'],
    ['a position of three', '{"t":"ack","p":{"a":[1,2,3]}}'],
    ['a position of text', '{"t":"ack","p":{"a":["1",2]}}'],
    ['a list of positions', '{"t":"ack","p":[[1,2]]}'],
    ['a wrong topic among the positions', '{"t":"ack","p":{"@x":[1,2]}}'],
    ['a subscription to the inbox', '{"t":"sub","topic":"@","id":1,"from":"now"}'],
    ['another start', '{"t":"sub","topic":"a","id":1,"from":"then"}'],
    ['a start before the first', '{"t":"sub","topic":"a","id":1,"from":{"last":-1}}'],
    ['an empty instance', '{"t":"hello","v":1,"instance":""}'],
    ['an instance of 257', JSON.stringify({ t: 'hello', v: 1, instance: 'x'.repeat(257) })],
    ['a token of 257', JSON.stringify({ t: 'hello', v: 1, instance: 'x', token: 'x'.repeat(257) })],
    ['65 capabilities', JSON.stringify({ t: 'hello', v: 1, instance: 'x', caps: new Array(65).fill('a') })],
  ])('%s is refused', (_, json) => {
    expect(decodeClientControl(json).t).toBe('problem');
  });

  test(`${MAX_POSITIONS} positions are taken and no more`, () => {
    const ack = (count: number): string =>
      JSON.stringify({ t: 'ack', p: Object.fromEntries(Array.from({ length: count }, (_, n) => [`t${n}`, [1, n]])) });
    expect(decodeClientControl(ack(MAX_POSITIONS)).t).toBe('ack');
    expect(decodeClientControl(ack(MAX_POSITIONS + 1)).t).toBe('problem');
  });

  test('a hello of another version keeps its number, whatever else it holds', () => {
    expect(decodeClientControl('{"t":"hello","v":2,"who":"me"}')).toStrictEqual({ t: 'hello', v: 2, instance: '' });
    expect(decodeClientControl('{"t":"hello","v":1,"who":"me"}').t).toBe('problem');
  });

  test('keys that reach for prototypes are keys like any other', () => {
    const read = decodeClientControl(
      '{"t":"ack","p":{"__proto__":[1,2]},"__proto__":{"r":9},"constructor":{"prototype":{"r":9}}}',
    );
    expect(read).toStrictEqual({ t: 'ack', p: new Map([['__proto__', [1, 2]]]) });
    expect('r' in read).toBe(false);
    expect(Object.hasOwn(Object.prototype, 'r')).toBe(false);
  });
});

describe('from a server,', () => {
  test.each([
    ['the tag of a client', '{"t":"hello","v":1,"instance":"x"}'],
    ['a result that says neither', '{"t":"res","n":1}'],
    ['a result that is not ok', '{"t":"res","n":1,"ok":false}'],
    ['a result of number 0', '{"t":"res","n":0,"ok":true}'],
    ['a range that runs backwards', '{"t":"res","from":2,"to":1,"ok":true}'],
    ['a skip that runs backwards', '{"t":"skip","topic":"a","from":2,"to":1,"why":"ttl"}'],
    ['another reason', '{"t":"gap","topic":"a","was":[1,1],"now":[1,2],"why":"weather"}'],
    ['an error without a message', '{"t":"err","id":1,"code":"ERR_X"}'],
  ])('%s is refused', (_, json) => {
    expect(decodeServerControl(json).t).toBe('problem');
  });

  test('a result may be null', () => {
    expect(decodeServerControl('{"t":"res","n":1,"ok":true,"value":null}')).toMatchObject({ value: null });
  });
});

describe('nesting', () => {
  const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);

  test(`is taken down to ${MAX_DEPTH} levels, the message's own braces counted`, () => {
    const message = { t: 'res', n: 1, ok: true } as const;
    const deepest = encodeControl({ ...message, value: nested(MAX_DEPTH - 1) });
    expect(decodeServerControl(deepest).t).toBe('res');
    expect(() => encodeControl({ ...message, value: nested(MAX_DEPTH) })).toThrow(
      expect.objectContaining({ code: 'ERR_RESULT' }),
    );
    expect(decodeServerControl(deepest.replace('[', '[[').replace(']', ']]'))).toMatchObject({
      reason: 'a control message nests too deep',
    });
  });

  test('of a hundred thousand levels is refused, not parsed', () => {
    expect(decodeClientControl('{"t":'.repeat(100_000)).t).toBe('problem');
  });

  test('counts no bracket in a string, nor after an escaped quote', () => {
    const value = `${'['.repeat(100)}"\\"${'{'.repeat(100)}`;
    const result = { t: 'res', n: 1, ok: true, value } as const;
    expect(decodeServerControl(encodeControl(result))).toStrictEqual(result);
  });
});

test('each direction has its own type', () => {
  expectTypeOf(decodeClientControl).returns.extract<{ t: 'hello' }>().toHaveProperty('instance');
  expectTypeOf(decodeServerControl).returns.extract<{ t: 'hello' }>().toBeNever();
});

function problemOf(read: { readonly t: string }): { readonly reason: string } {
  if (read.t === 'problem' && 'reason' in read && typeof read.reason === 'string') return { reason: read.reason };
  throw new Error(`read as ${read.t}, which should have been refused`);
}
