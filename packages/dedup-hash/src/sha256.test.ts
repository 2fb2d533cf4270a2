import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from './sha256.ts';

describe('sha256Hex', () => {
  const native = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

  it('is the native SHA-256 at every length around its blocks', () => {
    for (let length = 0; length <= 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => 7 * index + length);
      expect(sha256Hex(bytes)).toBe(native(bytes));
    }
  });

  it('is the native SHA-256 of any bytes, also of a view into a larger buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1000 }), fc.nat(20), (bytes, skipped) => {
        expect(sha256Hex(bytes)).toBe(native(bytes));
        const view = bytes.subarray(skipped);
        expect(sha256Hex(view)).toBe(native(view));
      }),
    );
  });
});
