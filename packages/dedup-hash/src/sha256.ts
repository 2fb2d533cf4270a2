// SHA-256 where the platform has none that answers at once: browsers, whose Web Crypto is asynchronous. FIPS 180-4, §6.2.

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, §4.2.2).
const ROUND_WORDS = Int32Array.of(
  0x428a2f98,
  0x71374491,
  0xb5c0fbcf,
  0xe9b5dba5,
  0x3956c25b,
  0x59f111f1,
  0x923f82a4,
  0xab1c5ed5,
  0xd807aa98,
  0x12835b01,
  0x243185be,
  0x550c7dc3,
  0x72be5d74,
  0x80deb1fe,
  0x9bdc06a7,
  0xc19bf174,
  0xe49b69c1,
  0xefbe4786,
  0x0fc19dc6,
  0x240ca1cc,
  0x2de92c6f,
  0x4a7484aa,
  0x5cb0a9dc,
  0x76f988da,
  0x983e5152,
  0xa831c66d,
  0xb00327c8,
  0xbf597fc7,
  0xc6e00bf3,
  0xd5a79147,
  0x06ca6351,
  0x14292967,
  0x27b70a85,
  0x2e1b2138,
  0x4d2c6dfc,
  0x53380d13,
  0x650a7354,
  0x766a0abb,
  0x81c2c92e,
  0x92722c85,
  0xa2bfe8a1,
  0xa81a664b,
  0xc24b8b70,
  0xc76c51a3,
  0xd192e819,
  0xd6990624,
  0xf40e3585,
  0x106aa070,
  0x19a4c116,
  0x1e376c08,
  0x2748774c,
  0x34b0bcb5,
  0x391c0cb3,
  0x4ed8aa4a,
  0x5b9cca4f,
  0x682e6ff3,
  0x748f82ee,
  0x78a5636f,
  0x84c87814,
  0x8cc70208,
  0x90befffa,
  0xa4506ceb,
  0xbef9a3f7,
  0xc67178f2,
);

// The same of the square roots of the first eight primes (§5.3.3).
const START = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19] as const;

const BLOCK_BYTES = 64;
const LENGTH_BYTES = 8;

/** SHA-256 of bytes, as 64 hexadecimal digits. */
export function sha256Hex(input: Uint8Array): string {
  const state = Uint32Array.from(START);
  const words = new Int32Array(64);
  const whole = input.length - (input.length % BLOCK_BYTES);
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  for (let at = 0; at < whole; at += BLOCK_BYTES) addBlock(state, words, view, at);

  // The rest, a 1 bit, zeros, and the length in bits at the end of the last block (§5.1.1).
  const rest = input.length - whole;
  const last = new Uint8Array(rest + 1 + LENGTH_BYTES > BLOCK_BYTES ? 2 * BLOCK_BYTES : BLOCK_BYTES);
  last.set(input.subarray(whole));
  last[rest] = 0x80;
  const lastView = new DataView(last.buffer);
  lastView.setBigUint64(last.length - LENGTH_BYTES, BigInt(input.length) * 8n);
  for (let at = 0; at < last.length; at += BLOCK_BYTES) addBlock(state, words, lastView, at);

  let hex = '';
  for (const word of state) hex += word.toString(16).padStart(8, '0');
  return hex;
}

function addBlock(state: Uint32Array, words: Int32Array, view: DataView, start: number): void {
  for (let index = 0; index < 16; index++) words[index] = view.getInt32(start + 4 * index);
  for (let index = 16; index < 64; index++) {
    const early = words[index - 15] ?? 0;
    const late = words[index - 2] ?? 0;
    const sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    words[index] = (words[index - 16] ?? 0) + sigma0 + (words[index - 7] ?? 0) + sigma1;
  }
  let a = wordOf(state, 0);
  let b = wordOf(state, 1);
  let c = wordOf(state, 2);
  let d = wordOf(state, 3);
  let e = wordOf(state, 4);
  let f = wordOf(state, 5);
  let g = wordOf(state, 6);
  let h = wordOf(state, 7);
  for (let index = 0; index < 64; index++) {
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const choice = (e & f) ^ (~e & g);
    const first = (h + sum1 + choice + (ROUND_WORDS[index] ?? 0) + (words[index] ?? 0)) | 0;
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + sum0 + majority) | 0;
  }
  state[0] = wordOf(state, 0) + a;
  state[1] = wordOf(state, 1) + b;
  state[2] = wordOf(state, 2) + c;
  state[3] = wordOf(state, 3) + d;
  state[4] = wordOf(state, 4) + e;
  state[5] = wordOf(state, 5) + f;
  state[6] = wordOf(state, 6) + g;
  state[7] = wordOf(state, 7) + h;
}

/** As a signed integer, which the engine keeps in a register. */
function wordOf(state: Uint32Array, index: number): number {
  return (state[index] ?? 0) | 0;
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}
