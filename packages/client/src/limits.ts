// The numbers a client can be given: default, least, most. The option descriptors are derived from this table; a browser
// bundle carries the table alone, without their words.
import { StabilityError } from '@ws-stability/core';

const HOUR = 3_600_000;
const GIB = 2 ** 30;

export const limits = {
  baseMs: [500, 1, HOUR],
  capMs: [30_000, 1, HOUR],
  floorMs: [250, 0, HOUR],
  maxAttempts: [0, 0, 1e6],
  welcomeTimeoutMs: [10_000, 1, HOUR],
  outboxMessages: [1000, 1, 1e6],
  outboxBytes: [2 ** 20, 1, GIB],
  requestTimeoutMs: [30_000, 1, HOUR],
  ackMessages: [32, 1, 1e6],
  ackBytes: [65_536, 1, GIB],
  ackDelayMs: [250, 0, 60_000],
} as const satisfies Record<string, readonly [number, number, number]>;

export type Limits = { readonly [Name in keyof typeof limits]: number };

/** Fills in defaults. @throws StabilityError `ERR_OPTION` with every problem. */
export function resolveLimits(input: object): Limits {
  const given = new Map<string, unknown>(Object.entries(input));
  const resolved: Record<string, number> = {};
  const problems: { path: string; value: unknown; allowed: string }[] = [];
  for (const [name, [usual, min, max]] of Object.entries(limits)) {
    const value = given.get(name) ?? usual;
    given.delete(name);
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) resolved[name] = value;
    else problems.push({ path: `client.${name}`, value, allowed: `a whole number from ${min} to ${max}` });
  }
  for (const [name, value] of given) {
    problems.push({
      path: `client.${name}`,
      value,
      allowed: `no such option; known: ${Object.keys(limits).join(', ')}`,
    });
  }
  if (problems.length > 0) {
    const lines = problems.map(({ path, value, allowed }) => `${path} is ${String(value)}; allowed is ${allowed}`);
    throw new StabilityError('ERR_OPTION', `Correct these settings: ${lines.join('. ')}.`, { details: { problems } });
  }
  return resolved as Limits;
}
