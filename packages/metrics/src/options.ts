// The options of this package, the one truth of their defaults, ranges and words.
import type { OptionDescriptors, PartialOptions, ResolvedOptions } from '@ws-stability/core';

/** Registry and statistics take the same group, so that one group of settings can be given to both. */
export const metricsOptions = {
  enabled: {
    kind: 'boolean',
    default: true,
    description: 'Whether anything is exported; when not, counting costs no more and nothing is kept per client.',
  },
  prefix: {
    kind: 'text',
    default: 'ws_stability_',
    pattern: /^([a-z][a-z0-9]*_)*$/,
    allowed: 'nothing, or lower-case words that each end with an underscore',
    description: 'What the name of each metric begins with.',
  },
  clientTtlMs: {
    kind: 'number',
    default: 3_600_000,
    min: 0,
    max: 2_592_000_000,
    unit: 'ms',
    description:
      'How long the statistics of a client are kept after it left; those of a connected one are never removed.',
  },
  sweepMs: {
    kind: 'number',
    default: 300_000,
    min: 100,
    max: 86_400_000,
    unit: 'ms',
    description: 'Time from one cleanup pass over the clients that left to the next.',
  },
  sweepSliceMs: {
    kind: 'number',
    default: 1,
    min: 0.1,
    max: 100,
    integer: false,
    unit: 'ms',
    description: 'The longest that a cleanup pass works before it lets others run.',
  },
  maxClients: {
    kind: 'number',
    default: 100_000,
    min: 1,
    max: 4_000_000,
    unit: 'count',
    description: 'Most clients with statistics of their own; further ones share the overflow row.',
  },
  clientSeries: {
    kind: 'number',
    default: 0,
    min: 0,
    max: 1000,
    unit: 'count',
    description:
      'How many clients, the most active ones, appear as series of their own in the Prometheus text; 0 is none.',
  },
} as const satisfies OptionDescriptors;

export type MetricsOptions = PartialOptions<typeof metricsOptions>;
export type ResolvedMetricsOptions = ResolvedOptions<typeof metricsOptions>;
