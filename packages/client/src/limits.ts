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

const known = new Map<string, readonly [number, number, number]>(Object.entries(limits));

/** Fills in defaults. @throws StabilityError `ERR_OPTION` with every problem. */
export function resolveLimits(input: object): Limits {
  const resolved = Object.fromEntries(Object.entries(limits).map(([name, [usual]]) => [name, usual]));
  const problems: { path: string; value: unknown; allowed: string }[] = [];
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue;
    const [, min = 0, max = -1] = known.get(name) ?? [];
    if (Number.isInteger(value) && value >= min && value <= max) resolved[name] = value;
    else problems.push({ path: `client.${name}`, value, allowed: max < 0 ? 'no such option' : `${min} to ${max}` });
  }
  if (problems.length === 0) return resolved as Limits;
  const lines = problems.map(({ path, value, allowed }) => `${path} is ${value}, allowed: ${allowed}`);
  throw new StabilityError('ERR_OPTION', `Correct these settings: ${lines.join('. ')}.`, { details: { problems } });
}
