// The groups every program has: the packages' own descriptors, and the presets of the original system in their words.
import { clientOptions } from '@ws-stability/client';
import { dedupOptions } from '@ws-stability/dedup-hash';
import { managerOptions } from '@ws-stability/manager';
import { metricsOptions } from '@ws-stability/metrics';
import { logOptions, sessionStoreOptions } from '@ws-stability/store';
import { breaker, sessionBreaker } from './breaker-groups.ts';
import type { OptionGroup, OptionGroups } from './option-group.ts';

// max_retry_attempts 3, retry_base_delay 1.0 s, retry_max_delay 60.0 s: the same in all three presets.
const retries = { maxAttempts: 3, baseMs: 1_000, capMs: 60_000 };

const log = {
  about: 'The message log in memory: what is kept of each topic, and of all together.',
  options: logOptions,
  presets: {
    development: { inboxRetentionEntries: 1_000 },
    production: { inboxRetentionEntries: 1_000 },
    testing: { inboxRetentionEntries: 1_000 },
  },
} as const satisfies OptionGroup<typeof logOptions>;

const sessions = {
  about: 'The session records in memory.',
  options: sessionStoreOptions,
} as const satisfies OptionGroup<typeof sessionStoreOptions>;

const manager = {
  about: 'The server side of the connections: heartbeats, limits, delivery and drain.',
  options: managerOptions,
  presets: {
    development: { sessionTtlMs: 60_000, ttlMs: 120_000 },
    production: { sessionTtlMs: 120_000, ttlMs: 300_000 },
    // With 30 s for a session, a dead connection must be noticed well before they are over.
    testing: { sessionTtlMs: 30_000, ttlMs: 60_000, pingMs: 10_000, pongMs: 5_000 },
  },
} as const satisfies OptionGroup<typeof managerOptions>;

const client = {
  about: 'The reconnecting client; for programs that build a `StabilityClient` from their environment.',
  options: clientOptions,
  presets: { development: retries, production: retries, testing: retries },
} as const satisfies OptionGroup<typeof clientOptions>;

const metrics = {
  about: 'What is measured and exported: `/metrics` of the server, and counts for each client.',
  options: metricsOptions,
  presets: {
    development: { enabled: true, clientTtlMs: 600_000, sweepMs: 60_000 },
    production: { enabled: true, clientTtlMs: 3_600_000, sweepMs: 600_000 },
    testing: { enabled: true, clientTtlMs: 60_000, sweepMs: 10_000 },
  },
} as const satisfies OptionGroup<typeof metricsOptions>;

const dedup = {
  about:
    'The memory of ids; for programs that build a `DedupWindow` from their environment. Published messages are deduplicated by the log itself: see `log.idTtlMs`.',
  options: dedupOptions,
  presets: { development: { ttlMs: 60_000 }, production: { ttlMs: 600_000 }, testing: { ttlMs: 30_000 } },
} as const satisfies OptionGroup<typeof dedupOptions>;

/** The groups that {@link loadConfig} always knows. */
export const packageGroups = {
  log,
  sessions,
  manager,
  breaker,
  sessionBreaker,
  metrics,
  client,
  dedup,
} as const satisfies OptionGroups;
export type PackageGroups = typeof packageGroups;
