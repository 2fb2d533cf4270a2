// The options of a deduplication window: how much it remembers, and for how long.
import type { OptionDescriptors, PartialOptions } from '@ws-stability/core';

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

export const dedupOptions = {
  maxEntries: {
    kind: 'number',
    default: 100_000,
    min: 1,
    max: 10_000_000,
    unit: 'count',
    description: 'Ids remembered, claims in progress included; beyond it the one that would expire first is given up.',
  },
  maxBytes: {
    kind: 'number',
    default: 64 * MIB,
    min: 1024,
    max: 64 * 1024 * MIB,
    unit: 'bytes',
    description:
      'Bytes of all ids, scopes and kept results, with the overhead of each; beyond it as with `maxEntries`.',
  },
  ttlMs: {
    kind: 'number',
    default: 300_000,
    min: 1,
    max: 30 * DAY_MS,
    unit: 'ms',
    description: 'How long an id is remembered after its commit; longer than the longest retry.',
  },
  claimTtlMs: {
    kind: 'number',
    default: 30_000,
    min: 1,
    max: DAY_MS,
    unit: 'ms',
    description: 'A claim that is neither committed nor aborted for so long is freed; longer than the slowest act.',
  },
  maxIdLength: {
    kind: 'number',
    default: 1024,
    min: 1,
    max: 16 * MIB,
    unit: 'count',
    description: 'Characters of a scope and an id together; longer ones are an error.',
  },
  maxResultBytes: {
    kind: 'number',
    default: 64 * 1024,
    min: 0,
    max: 1024 * MIB,
    unit: 'bytes',
    description: 'A larger result is not kept; its id is.',
  },
} as const satisfies OptionDescriptors;

export type DedupOptions = PartialOptions<typeof dedupOptions>;
