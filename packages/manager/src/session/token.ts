// Resume tokens: 256 random bits, kept as their hash, compared in constant time.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Random } from '@ws-stability/core';

const TOKEN_BYTES = 32;

export function newToken(random: Random): string {
  return Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url');
}

/** SHA-256, hexadecimal. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

export function tokenMatches(token: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashToken(token)), Buffer.from(hash.padEnd(64, '-').slice(0, 64)));
}
