import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeDownward } from './data-codec.ts';
import { MAX_OFFSET } from './position.ts';
import { frameDownward, framePlain, frameText } from './wire-frame.ts';

const utf8 = new TextEncoder();

/** A reference parse, by RFC 6455 §5.2. */
function parse(frame: Uint8Array): {
  readonly opcode: number;
  readonly payload: Uint8Array;
  readonly headBytes: number;
} {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const first = view.getUint8(0);
  const second = view.getUint8(1);
  if ((first & 0xf0) !== 0x80) throw new Error('FIN is not set, or a reserved bit is');
  if ((second & 0x80) !== 0) throw new Error('a server masks nothing');
  let length = second;
  let headBytes = 2;
  if (second === 126) {
    length = view.getUint16(2);
    headBytes = 4;
    if (length < 126) throw new Error('not the shortest form of a length');
  } else if (second === 127) {
    length = Number(view.getBigUint64(2));
    headBytes = 10;
    if (length < 65_536) throw new Error('not the shortest form of a length');
  }
  if (frame.length !== headBytes + length) throw new Error(`${frame.length} bytes for a length of ${length}`);
  return { opcode: first & 0x0f, payload: frame.subarray(headBytes), headBytes };
}

const topic = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'aZ09._:/~-'), minLength: 1, maxLength: 128 }),
  fc.constantFrom('@', '@u'),
);
const offset = fc.oneof(fc.integer({ min: 0, max: MAX_OFFSET }), fc.constantFrom(0, 2 ** 32, MAX_OFFSET));
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', minLength: 40, maxLength: 400 }));
const fields = fc.record(
  {
    id: fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
    traceparent: fc.string({ minLength: 1 }),
    ackNow: fc.constant(true as const),
  },
  { requiredKeys: [], noNullPrototype: true },
);

describe('a wire frame of data', () => {
  test('holds what a client reads, from a string', () => {
    fc.assert(
      fc.property(topic, offset, text, fields, (name, at, payload, extra) => {
        const { bytes, payloadStart } = frameDownward(name, at, payload, false, extra);
        const message = parse(bytes);
        expect(message.opcode).toBe(1);
        expect(decodeDownward(strict(message.payload))).toStrictEqual({
          t: 'data',
          topic: name,
          offset: at,
          payload,
          ...extra,
        });
        expect(bytes.subarray(payloadStart)).toStrictEqual(utf8.encode(payload));
      }),
    );
  });

  test('is the same from the UTF-8 bytes of a string', () => {
    fc.assert(
      fc.property(topic, offset, text, (name, at, payload) => {
        expect(frameDownward(name, at, utf8.encode(payload), false)).toStrictEqual(
          frameDownward(name, at, payload, false),
        );
      }),
    );
  });

  test('holds what a client reads, from bytes', () => {
    fc.assert(
      fc.property(topic, offset, fc.uint8Array({ maxLength: 300 }), fields, (name, at, payload, extra) => {
        const { bytes, payloadStart } = frameDownward(name, at, payload, true, extra);
        const message = parse(bytes);
        expect(message.opcode).toBe(2);
        expect(decodeDownward(message.payload)).toStrictEqual({
          t: 'data',
          topic: name,
          offset: at,
          payload,
          ...extra,
        });
        expect(bytes.subarray(payloadStart)).toStrictEqual(payload);
      }),
    );
  });

  test('copies the payload', () => {
    const payload = Uint8Array.of(1);
    const { bytes, payloadStart } = frameDownward('a', 1, payload, true);
    payload[0] = 2;
    expect(bytes[payloadStart]).toBe(1);
  });

  test.each(['a\ud800', '\udc00b', '\ud800\ud800\udc00', `${'x'.repeat(100)}\ud800`])(
    'writes U+FFFD for an unpaired surrogate: %j',
    (payload) => {
      const { bytes, payloadStart } = frameDownward('a', 1, payload, false);
      expect(bytes.subarray(payloadStart)).toStrictEqual(utf8.encode(payload));
      expect(() => parse(bytes)).not.toThrow();
    },
  );

  test.each([
    ['@x', 1],
    ['', 1],
    ['a', -1],
    ['a', 2 ** 48],
    ['a', Number.NaN],
  ])('is not made for the topic %j and the offset %d', (name, at) => {
    expect(() => frameDownward(name, at, 'x', false)).toThrow(expect.objectContaining({ code: 'ERR_FIELD' }));
  });

  test('is not made for a string that should travel as bytes', () => {
    expect(() => frameDownward('a', 1, 'x', true)).toThrow(expect.objectContaining({ code: 'ERR_FIELD' }));
  });
});

describe('a length', () => {
  test.each([0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 200_000])(
    'of %d bytes is written in its shortest form',
    (length) => {
      const payload = new Uint8Array(length).fill(0x78);
      for (const binary of [true, false]) {
        const message = parse(framePlain(payload, binary));
        expect(message.opcode).toBe(binary ? 2 : 1);
        expect(Buffer.from(message.payload).equals(payload)).toBe(true);
      }
      expect(Buffer.from(frameText('x'.repeat(length))).equals(framePlain(payload, false))).toBe(true);
    },
  );

  test('around a boundary takes the header of the protocol into account', () => {
    for (let length = 100; length < 130; length++) {
      const { bytes, payloadStart } = frameDownward('chat', 1, 'x'.repeat(length), false);
      expect(parse(bytes).payload.length).toBe('chat 1\n'.length + length);
      expect(bytes.length - payloadStart).toBe(length);
    }
  });
});

test('a control message of any text is one text frame', () => {
  fc.assert(
    fc.property(text, (control) => {
      const { opcode, payload } = parse(frameText(control));
      expect(opcode).toBe(1);
      expect(strict(payload)).toBe(control);
    }),
  );
});

function strict(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}
