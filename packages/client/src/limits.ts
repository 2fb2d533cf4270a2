// The numbers a client can be given, as a browser bundle has them: what is usual, and that they are whole. Ranges and words
// are in the option descriptors.
import { StabilityError } from '@ws-stability/core';

export const usual = {
  baseMs: 500,
  capMs: 30_000,
  floorMs: 250,
  maxAttempts: 0,
  welcomeTimeoutMs: 10_000,
  outboxMessages: 1000,
  outboxBytes: 2 ** 20,
  requestTimeoutMs: 30_000,
  ackMessages: 32,
  ackBytes: 65_536,
  ackDelayMs: 250,
} as const;

export type Limits = { readonly [Name in keyof typeof usual]: number };

/** Fills in defaults. @throws StabilityError `ERR_OPTION` with every problem. */
export function resolveLimits(input: object): Limits {
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const problems = given
    .filter(([name, value]) => !(name in usual && Number.isInteger(value) && value >= 0))
    .map(([name, value]) => ({
      path: `client.${name}`,
      value,
      allowed: name in usual ? '0, 1, 2 …' : 'no such option',
    }));
  if (problems.length === 0) return { ...usual, ...Object.fromEntries(given) };
  const lines = problems.map(({ path, value, allowed }) => `${path} is ${value}, allowed: ${allowed}`);
  throw new StabilityError('ERR_OPTION', lines.join('. '), { details: { problems } });
}
