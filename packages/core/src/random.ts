// The random port: cheap numbers for jitter, strong bytes for ids and tokens.

export interface Random {
  /** A number in [0, 1); for jitter and samples, never for secrets. */
  next(): number;
  /** `length` bytes, at most 65,536, from a cryptographic source; for ids and tokens. */
  bytes(length: number): Uint8Array;
}

/** The randomness of the platform: `Math.random` and Web Crypto. */
export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};

/** Lower-case hexadecimal of `bytes` random bytes, e.g. for ids; 16 bytes (128 bits) do not collide in practice. */
export function randomHex(random: Random, bytes: number): string {
  let hex = '';
  for (const byte of random.bytes(bytes)) hex += byte.toString(16).padStart(2, '0');
  return hex;
}
