// SHA-256 and MD5 as Node has them: `crypto.hash` from 20.12 on, `createHash` before.
import * as crypto from 'node:crypto';

type Input = Uint8Array | string;

/** The one-shot function where Node has it, with its default, hexadecimal. */
export function oneShot(algorithm: 'sha256' | 'md5'): (input: Input) => string {
  if (typeof crypto.hash === 'function') return (input) => crypto.hash(algorithm, input);
  return inParts(algorithm);
}

/** The form that every Node has. */
export function inParts(algorithm: 'sha256' | 'md5'): (input: Input) => string {
  return (input) => crypto.createHash(algorithm).update(input).digest('hex');
}

/** Makes OpenSSL do without the processor's SHA instructions (bit 29 of CPUID leaf 7, EBX); x86 only. */
export const withoutShaInstructions = { OPENSSL_ia32cap: ':~0x20000000' };

export const canSwitchShaOff = process.arch === 'x64' || process.arch === 'ia32';
