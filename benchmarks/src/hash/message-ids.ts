// Ids like those of messages: 36 characters, never the same string object twice.

/** How many ids the contenders of a window remember. */
export const LIVE_IDS = 1_000_000;

const scratch = Buffer.alloc(36, '-');
const digits = Buffer.from('0123456789abcdef');
const groups: readonly (readonly [from: number, to: number])[] = [
  [0, 8],
  [9, 13],
  [14, 18],
  [19, 23],
  [24, 36],
];

/**
 * The id of that number, in the form of a UUID. Each call makes a new, flat string whose hash the engine has not computed yet:
 * so are ids that have just been received.
 */
export function messageId(number: number): string {
  let state = (number + 1) | 0;
  for (const [from, to] of groups) {
    for (let at = from; at < to; at += 2) {
      // The finalizer of MurmurHash3 over a Weyl sequence.
      state = (state + 0x9e3779b9) | 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
      mixed ^= mixed >>> 16;
      scratch[at] = digits[mixed & 15] ?? 0;
      scratch[at + 1] = digits[(mixed >>> 4) & 15] ?? 0;
    }
  }
  return scratch.toString('latin1');
}
