// The options of session records in memory.
import type { OptionDescriptors, PartialOptions } from '@ws-stability/core';

export const sessionStoreOptions = {
  maxSessions: {
    kind: 'number',
    default: 100_000,
    min: 1,
    max: 10_000_000,
    unit: 'count',
    description: 'Session records kept; creating one more is refused.',
  },
  maxExpiredIds: {
    kind: 'number',
    default: 10_000,
    min: 0,
    max: 10_000_000,
    unit: 'count',
    description: 'Ids of expired sessions remembered, so that a late client learns why; the oldest is given up first.',
  },
} as const satisfies OptionDescriptors;

export type SessionStoreOptions = PartialOptions<typeof sessionStoreOptions>;
