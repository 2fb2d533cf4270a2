import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonCodec, rawCodec, textCodec } from './payload-codec.ts';

const utf8 = new TextEncoder();

test('a JSON value comes back as it was, also when it was published as bytes', () => {
  const codec = jsonCodec<unknown>();
  fc.assert(
    fc.property(fc.json(), (json) => {
      const value: unknown = JSON.parse(json);
      const payload = codec.encode(value);
      expect(codec.decode(payload)).toStrictEqual(value);
      expect(codec.decode(utf8.encode(String(payload)))).toStrictEqual(value);
    }),
  );
});

test.each([undefined, Symbol('x'), () => 1])('JSON has nothing for %s', (value) => {
  expect(() => jsonCodec<unknown>().encode(value)).toThrow(expect.objectContaining({ code: 'ERR_PAYLOAD' }));
});

test.each(['', '{', Uint8Array.of(0xff)])('what is no JSON is thrown at: %s', (payload) => {
  expect(() => jsonCodec().decode(payload)).toThrow();
});

test('raw payloads are the very ones', () => {
  const bytes = Uint8Array.of(0, 255);
  expect(rawCodec.encode(bytes)).toBe(bytes);
  expect(rawCodec.decode(bytes)).toBe(bytes);
});

test('text is text, and bytes of UTF-8 with their byte order mark', () => {
  expect(textCodec.decode(textCodec.encode('é'))).toBe('é');
  expect(textCodec.decode(utf8.encode('\ufeffé'))).toBe('\ufeffé');
  expect(() => textCodec.decode(Uint8Array.of(0xff))).toThrow(expect.objectContaining({ code: 'ERR_PAYLOAD' }));
});
