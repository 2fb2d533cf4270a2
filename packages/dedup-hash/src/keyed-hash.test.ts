import { describe, expect, it } from 'vitest';
import { keyedHash } from './keyed-hash.ts';

describe('keyedHash', () => {
  // From the Linux kernel's lib/siphash_kunit.c: HalfSipHash-1-3 of the bytes 0, 1, 2, … under the key 03020100 07060504.
  const published = [
    0x5814c896, 0xe7e864ca, 0xbc4b0e30, 0x01539939, 0x7e059ea6, 0x88e3d89b, 0xa0080b65, 0x9d38d9d6, 0x577999b1,
    0xc839caed, 0xe4fa32cf, 0x959246ee, 0x6b28096c, 0x66dd9cd6, 0x16658a7c, 0xd0257b04,
  ];

  it('gives the published values', () => {
    const key = { low: 0x03020100, high: 0x07060504 };
    for (const [length, value] of published.entries()) {
      const text = String.fromCharCode(...Array.from({ length }, (_, index) => index));
      expect(keyedHash(text, key) >>> 0).toBe(value);
    }
  });

  it('hashes other texts by their UTF-16 bytes', () => {
    const key = { low: 1, high: 2 };
    const bytesOf = (text: string): string => Buffer.from(text, 'utf16le').toString('latin1');
    for (const text of ['Ā', 'žluťoučký', '日本', '日本語', '\ud800', 'a\u{1f600}']) {
      expect(keyedHash(text, key)).toBe(keyedHash(bytesOf(text), key));
    }
  });

  it('differs by key and by tweak', () => {
    const seen = new Set<number>();
    for (const low of [0, 1])
      for (const high of [0, 1]) for (const tweak of [0, 2]) seen.add(keyedHash('id', { low, high }, tweak));
    expect(seen.size).toBe(8);
  });
});
