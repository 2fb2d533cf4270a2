// The hasher that a platform can have: xxHash in WebAssembly, or SHA-256. It is made once, asynchronously, and then answers at once.
import { optionError, StabilityError } from '@ws-stability/core';
import { canonicalJson } from './canonical-json.ts';
import type { HashAlgorithm, Hasher } from './hasher.ts';
import { sha256Hex } from './sha256.ts';

export interface HasherOptions {
  /** Without one: xxhash64, and sha256 where WebAssembly is missing or forbidden; `hasher.algorithm` says which it became. */
  readonly algorithm?: HashAlgorithm | undefined;
  /** 0 to 2^64−1; another seed gives other fingerprints. It is no secret key: neither algorithm becomes a MAC by it. @default 0n */
  readonly seed?: bigint | undefined;
}

/**
 * Makes a hasher.
 *
 * @throws StabilityError `ERR_OPTION` for options out of their range; `ERR_HASH_UNAVAILABLE` when `xxhash64` is asked for by name
 * and the platform has no WebAssembly.
 */
export async function createHasher({ algorithm, seed = 0n }: HasherOptions = {}): Promise<Hasher> {
  checkHasherOptions(algorithm, seed);
  if (algorithm === 'sha256') return sha256Hasher(seed);
  try {
    return await xxhash64Hasher(seed);
  } catch (cause) {
    if (algorithm === undefined) return sha256Hasher(seed);
    const message =
      'This platform runs no WebAssembly, which xxhash64 needs; use sha256, or allow it (CSP: wasm-unsafe-eval).';
    throw new StabilityError('ERR_HASH_UNAVAILABLE', message, { cause });
  }
}

async function xxhash64Hasher(seed: bigint): Promise<Hasher> {
  // Loaded when asked for, so that a window alone does not bring it.
  const { default: load } = await import('xxhash-wasm');
  const { h64, h64Raw } = await load();
  // Without a seed the function itself: a wrapper would cost a tenth at 100 bytes.
  const bytes = seed === 0n ? h64Raw : (input: Uint8Array): bigint => h64Raw(input, seed);
  const text = seed === 0n ? h64 : (input: string): bigint => h64(input, seed);
  return {
    algorithm: 'xxhash64',
    bits: 64,
    seed,
    bytes,
    text,
    value: (input) => text(canonicalJson(input)),
    hex: hexOf(64),
  };
}

function sha256Hasher(seed: bigint): Hasher {
  const digest = platformSha256();
  const encoder = new TextEncoder();
  const prefix = seedBytes(seed);
  const bytes = (input: Uint8Array): bigint =>
    BigInt(`0x${digest(prefix.length === 0 ? input : joined(prefix, input))}`);
  const text = (input: string): bigint => bytes(encoder.encode(input));
  return {
    algorithm: 'sha256',
    bits: 256,
    seed,
    bytes,
    text,
    value: (input) => text(canonicalJson(input)),
    hex: hexOf(256),
  };
}

/** A seed goes before the input, as eight bytes, the most significant first; seed 0 is plain SHA-256. */
function seedBytes(seed: bigint): Uint8Array {
  if (seed === 0n) return new Uint8Array(0);
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, seed);
  return prefix;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function hexOf(bits: number): (fingerprint: bigint) => string {
  return (fingerprint) => fingerprint.toString(16).padStart(bits / 4, '0');
}

// Asked of the process and not imported: an import of a Node module would break bundles for browsers.
function platformSha256(): (input: Uint8Array) => string {
  const { process } = globalThis as Platform;
  const crypto = process?.getBuiltinModule?.('node:crypto');
  if (crypto === undefined) return sha256Hex;
  const { hash, createHash } = crypto;
  // The one-shot form, from Node 20.12, costs half at 100 bytes.
  if (hash !== undefined) return (input) => hash('sha256', input, 'hex');
  return (input) => createHash('sha256').update(input).digest('hex');
}

interface Platform {
  readonly process?: { getBuiltinModule?(name: 'node:crypto'): NodeCrypto | undefined };
}

interface NodeCrypto {
  hash?(algorithm: string, input: Uint8Array, encoding: 'hex'): string;
  createHash(algorithm: string): NodeHash;
}

interface NodeHash {
  update(input: Uint8Array): NodeHash;
  digest(encoding: 'hex'): string;
}

function checkHasherOptions(algorithm: unknown, seed: unknown): void {
  const problems = [];
  if (algorithm !== undefined && algorithm !== 'xxhash64' && algorithm !== 'sha256')
    problems.push({ path: 'hasher.algorithm', value: algorithm, allowed: 'one of xxhash64, sha256' });
  if (typeof seed !== 'bigint' || seed < 0n || seed >= 2n ** 64n)
    problems.push({ path: 'hasher.seed', value: seed, allowed: 'a bigint from 0n to 2n ** 64n - 1n' });
  if (problems.length > 0) throw optionError(problems);
}
