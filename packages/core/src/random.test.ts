import { describe, expect, it } from 'vitest';
import { randomHex, systemRandom } from './random.ts';

describe('systemRandom', () => {
  it('gives numbers from 0 up to 1', () => {
    for (let draw = 0; draw < 1_000; draw++) {
      const number = systemRandom.next();
      expect(number >= 0 && number < 1).toBe(true);
    }
  });

  it('gives as many bytes as asked, others each time', () => {
    expect(systemRandom.bytes(0)).toHaveLength(0);
    const [one, other] = [systemRandom.bytes(32), systemRandom.bytes(32)];
    expect(one).toHaveLength(32);
    expect(one).not.toEqual(other);
  });
});

describe('randomHex', () => {
  it('writes two digits a byte, leading zeros too', () => {
    const fixed = { next: () => 0, bytes: (length: number) => Uint8Array.from([0, 10, 255].slice(0, length)) };
    expect(randomHex(fixed, 3)).toBe('000aff');
    expect(randomHex(fixed, 0)).toBe('');
  });
});
