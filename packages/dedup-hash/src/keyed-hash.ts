// HalfSipHash-1-3 of a text (Aumasson and Bernstein, https://github.com/veorq/SipHash): short, fast in 32-bit integers, and
// keyed, so that whoever chooses ids cannot choose where they fall in a table. The Linux kernel hashes its tables with it.
import type { Random } from '@ws-stability/core';

/** Two secret 32-bit integers, fresh for each table. */
export interface HashKey {
  readonly low: number;
  readonly high: number;
}

export function randomHashKey(random: Random): HashKey {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = random.bytes(8);
  return { low: a | (b << 8) | (c << 16) | (d << 24), high: e | (f << 8) | (g << 16) | (h << 24) };
}

/**
 * A signed 32-bit integer. Texts of Latin-1 characters only are hashed a byte each, others as UTF-16: nothing is encoded first.
 *
 * @param tweak mixed into the key, e.g. the hash of what the text belongs to.
 */
export function keyedHash(text: string, { low, high }: HashKey, tweak = 0): number {
  const length = text.length;
  const k0 = low ^ tweak;
  let v0 = k0;
  let v1 = high;
  let v2 = 0x6c796765 ^ k0;
  let v3 = 0x74656462 ^ high;
  let seen = 0;
  const whole = length & ~3;
  for (let at = 0; at < whole; at += 4) {
    const a = text.charCodeAt(at);
    const b = text.charCodeAt(at + 1);
    const c = text.charCodeAt(at + 2);
    const d = text.charCodeAt(at + 3);
    seen |= a | b | c | d;
    const word = a | (b << 8) | (c << 16) | (d << 24);
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  let last = length << 24;
  for (let at = whole; at < length; at++) {
    const unit = text.charCodeAt(at);
    seen |= unit;
    last |= unit << (8 * (at - whole));
  }
  if (seen > 0xff) return wideHash(text, k0, high);
  return finish(v0, v1, v2, v3, last);
}

/** Of UTF-16 code units, two bytes each, the lower first. */
function wideHash(text: string, k0: number, k1: number): number {
  const length = text.length;
  let v0 = k0;
  let v1 = k1;
  let v2 = 0x6c796765 ^ k0;
  let v3 = 0x74656462 ^ k1;
  for (let at = 0; at + 1 < length; at += 2) {
    const word = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  const odd = length % 2 === 1 ? text.charCodeAt(length - 1) : 0;
  return finish(v0, v1, v2, v3, ((2 * length) << 24) | odd);
}

/** The last word, then three rounds; the output is 32 bits. */
function finish(v0: number, v1: number, v2: number, v3: number, last: number): number {
  v3 ^= last;
  for (let round = 0; round < 4; round++) {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    if (round > 0) continue;
    v0 ^= last;
    v2 ^= 0xff;
  }
  return v1 ^ v3;
}
