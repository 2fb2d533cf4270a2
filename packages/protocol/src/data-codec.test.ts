import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeDownward, decodeUpward, encodeDownward, encodeUpward, MAX_CONTROL_BYTES } from './data-codec.ts';
import type { DataFields, DownwardData, UpwardData } from './data-frames.ts';
import { MAX_OFFSET } from './position.ts';

const ascii = new TextEncoder();
const bytesOf = (text: string): Uint8Array => ascii.encode(text);

const TOPIC_CHARACTERS = [...'ABZabz059._:/~-'];
const topicName = fc.string({ unit: fc.constantFrom(...TOPIC_CHARACTERS), minLength: 1, maxLength: 128 });
const wireTopic = fc.oneof(topicName, fc.constantFrom('@', '@u'));
const seq = fc.oneof(fc.integer({ min: 1, max: MAX_OFFSET }), fc.constantFrom(1, 2 ** 32 - 1, 2 ** 32, MAX_OFFSET));
const offset = fc.oneof(seq, fc.constant(0));
const shortText = fc.string({
  unit: fc.oneof(fc.constantFrom(...'%= \n@{'), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
  minLength: 1,
  maxLength: 60,
});
const payload = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 200 }));
const fields = {
  id: shortText,
  echo: fc.constant(false as const),
  ttlMs: seq,
  volatile: fc.constant(true as const),
  ackNow: fc.constant(true as const),
  traceparent: shortText,
};
const op = fc.constantFrom('pub' as const, 'req' as const);

const downward: fc.Arbitrary<DownwardData> = fc.record(
  { t: fc.constant('data' as const), topic: wireTopic, offset, payload, op, ...fields },
  { requiredKeys: ['t', 'topic', 'offset', 'payload'], noNullPrototype: true },
);
const upward: fc.Arbitrary<UpwardData> = fc.oneof(
  fc.record(
    { t: fc.constant('data' as const), seq, payload, ...fields },
    { requiredKeys: ['t', 'seq', 'payload'], noNullPrototype: true },
  ),
  fc.record(
    { t: fc.constant('data' as const), seq, payload, topic: topicName, op, ...fields },
    { requiredKeys: ['t', 'seq', 'payload', 'topic'], noNullPrototype: true },
  ),
);

function wire(message: string | Uint8Array): { readonly bytes: Uint8Array; readonly binary: boolean } {
  return typeof message === 'string' ? { bytes: bytesOf(message), binary: false } : { bytes: message, binary: true };
}

function readUpward(message: string | Uint8Array) {
  const { bytes, binary } = wire(message);
  return decodeUpward(bytes, binary);
}

/** Valid frames with a few bytes changed, put in or cut off. */
const mutated = fc
  .tuple(
    fc.oneof(upward.map(encodeUpward), downward.map(encodeDownward)),
    fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        byte: fc.nat(255),
        how: fc.constantFrom('set', 'insert', 'cut'),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([message, changes]) => {
    const { bytes, binary } = wire(message);
    const list = [...bytes];
    for (const { at, byte, how } of changes) {
      // Squared, for the header is in front.
      const index = Math.floor(at * at * list.length);
      if (how === 'set') list[index] = byte;
      else if (how === 'insert') list.splice(index, 0, byte);
      else list.length = index;
    }
    return { bytes: Uint8Array.from(list), binary };
  });
const anything = fc.oneof(
  fc.record({ bytes: fc.uint8Array({ maxLength: 400 }), binary: fc.boolean() }),
  fc.record({
    bytes: fc.string({ unit: fc.constantFrom(...'01 9\n{}%=iatx"'), maxLength: 60 }).map(bytesOf),
    binary: fc.boolean(),
  }),
  mutated,
);

describe('a data message', () => {
  test('from a client comes back as it was, its payload as bytes', () => {
    fc.assert(
      fc.property(upward, (message) => {
        const { payload: sent, ...rest } = message;
        const expected = {
          ...rest,
          binary: typeof sent !== 'string',
          payload: typeof sent === 'string' ? bytesOf(sent) : sent,
        };
        expect(readUpward(encodeUpward(message))).toStrictEqual(expected);
      }),
    );
  });

  test('from a server comes back as it was', () => {
    fc.assert(
      fc.property(downward, (message) => {
        expect(decodeDownward(encodeDownward(message))).toStrictEqual(message);
      }),
    );
  });

  test('is read or refused by the server, whatever the bytes, and what is read can be written again', () => {
    fc.assert(
      fc.property(anything, ({ bytes, binary }) => {
        const read = decodeUpward(bytes, binary);
        if (read.t !== 'data') return;
        const again = encodeUpward({ ...read, payload: read.payload });
        // Written with the payload as bytes: the header says the same in both forms.
        expect(readUpward(again)).toStrictEqual({ ...read, binary: true });
      }),
      { numRuns: 1000 },
    );
  });

  test('is read or refused by the client, whatever the bytes, and what is read can be written again', () => {
    fc.assert(
      fc.property(anything, ({ bytes, binary }) => {
        const read = decodeDownward(binary ? bytes : new TextDecoder().decode(bytes));
        if (read.t === 'data') expect(decodeDownward(encodeDownward(read))).toStrictEqual(read);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the text form', () => {
  test('is a line of header and the payload as it is', () => {
    expect(encodeUpward({ seq: 7, payload: 'a\nb' })).toBe('7\na\nb');
    expect(encodeUpward({ seq: 7, topic: 'chat', id: 'a b%é', op: 'req', echo: false, ttlMs: 5, payload: '' })).toBe(
      '7 t=chat i=a%20b%25%C3%A9 op=req e=0 x=5\n',
    );
    expect(
      encodeDownward({ topic: '@', offset: 3, volatile: true, ackNow: true, traceparent: '00-1', payload: 'x' }),
    ).toBe('@ 3 v=1 a=1 tp=00-1\nx');
  });

  test('leaves every byte of the payload alone, a byte order mark and what is not UTF-8 included', () => {
    const bytes = Uint8Array.of(0x31, 0x0a, 0xef, 0xbb, 0xbf, 0xff, 0x0a);
    expect(decodeUpward(bytes, false)).toMatchObject({ payload: Uint8Array.of(0xef, 0xbb, 0xbf, 0xff, 0x0a) });
    expect(decodeDownward('t 1\n\ufeffx')).toMatchObject({ payload: '\ufeffx' });
  });

  test('ignores keys that it does not know, the upward topic in a server frame among them', () => {
    expect(decodeUpward(bytesOf('1 zz=%41 i=x q=\n'), false)).toMatchObject({ t: 'data', id: 'x' });
    expect(decodeDownward('chat 1 t=other\n')).toStrictEqual({ t: 'data', topic: 'chat', offset: 1, payload: '' });
  });

  test.each([
    ['', 'an empty message'],
    ['1', 'no newline'],
    ['\nx', 'no sequence number'],
    ['0\nx', 'the sequence number 0'],
    ['01\nx', 'a leading zero'],
    ['-1\nx', 'a sign'],
    ['1.5\nx', 'a fraction'],
    ['281474976710656\nx', 'a sequence number of 2^48'],
    ['1000000000000000\nx', 'sixteen digits'],
    ['1 \nx', 'a space with nothing after it'],
    ['1  i=x\nx', 'two spaces'],
    ['1 i\nx', 'a field without a value'],
    ['1 i=\nx', 'an empty id'],
    ['1 I=x\nx', 'a key in capitals'],
    ['1 abcde=x\nx', 'a key of five letters'],
    ['1 i=x i=y\nx', 'a field twice'],
    ['1 i=%\nx', 'half an escape'],
    ['1 i=%zz\nx', 'an escape that is not hexadecimal'],
    ['1 i=%ff\nx', 'an escape that is not UTF-8'],
    ['1 i=%ed%a0%80\nx', 'an escaped surrogate'],
    ['1 i=é\nx', 'a byte that has to be escaped'],
    ['1 t=@\nx', 'the inbox as topic'],
    ['1 t=a%20b\nx', 'a topic that cannot be'],
    ['1 op=pub\nx', 'an operation without a topic'],
    ['1 t=a op=del\nx', 'an operation that is not there'],
    ['1 e=1\nx', 'another echo'],
    ['1 v=0\nx', 'another volatile'],
    ['1 a=\nx', 'another acknowledge'],
    ['1 x=0\nx', 'no time to live'],
    ['1 x=1e3\nx', 'a time that is not decimal'],
    [`1 i=${'x'.repeat(129)}\nx`, 'an id of 129 characters'],
    [`1 tp=${'x'.repeat(129)}\nx`, 'a traceparent of 129 characters'],
    [`1 zz=${'x'.repeat(5000)}\nx`, 'a header of more than 4 KiB'],
  ])('%j is refused by the server: %s', (text) => {
    expect(decodeUpward(bytesOf(text), false)).toMatchObject({ t: 'problem', reason: expect.stringMatching(/./) });
  });

  test.each([
    ['', 'an empty message'],
    ['chat 1', 'no newline'],
    ['chat\nx', 'no offset'],
    [' 1\nx', 'no topic'],
    ['chat 01\nx', 'a leading zero'],
    ['chat -1\nx', 'a sign'],
    ['chat 281474976710656\nx', 'an offset of 2^48'],
    ['@x 1\nx', 'a private topic that is not there'],
    ['ch%61t 1\nx', 'an escaped topic'],
    ['chat 1 \nx', 'a space with nothing after it'],
    [`${'x'.repeat(129)} 1\nx`, 'a topic of 129 characters'],
    [`chat 1 zz=${'x'.repeat(5000)}\nx`, 'a header of more than 4 KiB'],
  ])('%j is refused by the client: %s', (text) => {
    expect(decodeDownward(text)).toMatchObject({ t: 'problem', reason: expect.stringMatching(/./) });
  });

  test('takes a header of 4 KiB with its newline and no more', () => {
    const header = (length: number): Uint8Array => bytesOf(`${'1 zz='.padEnd(length - 1, 'x')}\n`);
    expect(decodeUpward(header(4096), false).t).toBe('data');
    expect(decodeUpward(header(4097), false).t).toBe('problem');
  });

  test('with a header that is not UTF-8 is refused', () => {
    expect(decodeUpward(Uint8Array.of(0x31, 0x20, 0x69, 0x3d, 0xff, 0x0a), false)).toMatchObject({
      reason: 'a header is not UTF-8',
    });
  });
});

describe('the binary form', () => {
  test('has the layout of the protocol', () => {
    const bytes = encodeUpward({ seq: MAX_OFFSET - 1, topic: 'ab', id: 'x', payload: Uint8Array.of(9) });
    expect(bytes).toStrictEqual(
      Uint8Array.of(2, 0, 2, 0, 3, 255, 255, 255, 255, 255, 254, 0x61, 0x62, 0x69, 0x3d, 0x78, 9),
    );
    expect(encodeDownward({ topic: '@u', offset: 2 ** 32 + 1, payload: new Uint8Array() })).toStrictEqual(
      Uint8Array.of(1, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0x40, 0x75),
    );
  });

  test('keeps the payload as a view of the message', () => {
    const bytes = wire(encodeUpward({ seq: 1, payload: Uint8Array.of(1, 2) })).bytes;
    const read = decodeUpward(bytes, true);
    expect(read.t === 'data' && read.payload.buffer === bytes.buffer).toBe(true);
  });

  test('ignores a topic among its fields', () => {
    const frame = Uint8Array.of(2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 1, 0x74, 0x3d, 0x61);
    expect(decodeUpward(frame, true)).toStrictEqual({ t: 'data', seq: 1, binary: true, payload: new Uint8Array() });
  });

  test.each([
    ['is empty', []],
    ['is of the other direction', [1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0x61]],
    ['has flags', [2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0x61]],
    ['ends in its fixed part', [2, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['ends in its topic', [2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0x61]],
    ['ends in its fields', [2, 0, 0, 0, 4, 0, 0, 0, 0, 0, 1, 0x69, 0x3d, 0x78]],
    ['has the number 0', [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['has a topic that cannot be', [2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0x40]],
    ['has a topic that is not UTF-8', [2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xff]],
    ['has fields that are not UTF-8', [2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0xff]],
    ['has fields with a space in front', [2, 0, 0, 0, 4, 0, 0, 0, 0, 0, 1, 0x20, 0x69, 0x3d, 0x78]],
    [
      'has fields of more than 4 KiB',
      [2, 0, 0, 0x10, 1, 0, 0, 0, 0, 0, 1, 0x7a, 0x3d, ...new Array<number>(4095).fill(0x78)],
    ],
  ])('is refused when it %s', (_, bytes) => {
    expect(decodeUpward(Uint8Array.from(bytes), true).t).toBe('problem');
  });
});

describe('a control message', () => {
  test('is a text message that begins with a brace, and no binary one', () => {
    expect(decodeUpward(bytesOf('{"t":"bye"}'), false)).toStrictEqual({ t: 'bye' });
    expect(decodeUpward(bytesOf('{"t":"bye"}'), true).t).toBe('problem');
    expect(decodeDownward('{"t":"authreq","inMs":5}')).toStrictEqual({ t: 'authreq', inMs: 5 });
  });

  test('of a client ends at 64 KiB', () => {
    const message = (bytes: number): Uint8Array => bytesOf('{"t":"bye"}'.padEnd(bytes));
    expect(decodeUpward(message(MAX_CONTROL_BYTES), false)).toStrictEqual({ t: 'bye' });
    expect(decodeUpward(message(MAX_CONTROL_BYTES + 1), false).t).toBe('problem');
  });

  test('that is not UTF-8 is refused', () => {
    expect(decodeUpward(Uint8Array.of(0x7b, 0xff), false)).toMatchObject({ reason: 'a control message is not UTF-8' });
  });
});

describe('a message that nobody would read', () => {
  const payload = '';
  const wrongFields: readonly DataFields[] = [
    { id: '' },
    { id: 'x'.repeat(129) },
    { ttlMs: 0 },
    { ttlMs: 1.5 },
    { traceparent: '' },
  ];

  test.each(wrongFields)('is not written: %j', (wrong) => {
    expect(() => encodeUpward({ seq: 1, payload, ...wrong })).toThrow(expect.objectContaining({ code: 'ERR_FIELD' }));
  });

  test.each([
    { seq: 0, payload },
    { seq: 1.5, payload },
    { seq: 2 ** 48, payload },
    { seq: 1, payload, topic: '@' },
    { seq: 1, payload, topic: '' },
    { seq: 1, payload, op: 'pub' as const },
  ])('is not written by a client: %j', (message) => {
    expect(() => encodeUpward(message)).toThrow(expect.objectContaining({ code: 'ERR_FIELD' }));
  });

  test.each([
    { topic: 'a', offset: -1, payload },
    { topic: 'a', offset: 2 ** 48, payload },
    { topic: '@x', offset: 1, payload },
  ])('is not written by a server: %j', (message) => {
    expect(() => encodeDownward(message)).toThrow(expect.objectContaining({ code: 'ERR_FIELD' }));
  });

  test('leaves with U+FFFD for an unpaired surrogate in an id', () => {
    expect(encodeUpward({ seq: 1, id: 'a\ud800', payload })).toBe('1 i=a%EF%BF%BD\n');
  });
});
