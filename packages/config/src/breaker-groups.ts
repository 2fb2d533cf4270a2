// The settings of the manager's circuit breakers: one group for what it depends on, one for the sessions of its clients.

import { breakerGroupOptions, breakerOptions } from '@ws-stability/circuit-breaker/options';
import type { BooleanOption, OptionDescriptors } from '@ws-stability/core';
import { managerOptions } from '@ws-stability/manager';
import type { OptionGroup } from './option-group.ts';

// What fails for a moment must not be shut out for a minute: the first open time is short, the original's is what it grows to.
const growing = {
  openMs: { ...breakerOptions.openMs, default: 1_000 },
  maxOpenMs: { ...breakerOptions.maxOpenMs, default: 60_000 },
};

const dependencyOptions = {
  enabled: enabled('Whether what the manager depends on has breakers; without, every call is made however it fails.'),
  ...breakerOptions,
  ...growing,
} as const satisfies OptionDescriptors;

const sessionOptions = {
  enabled: enabled('Whether sessions have breakers; without, a client that takes nothing is tried without end.'),
  ...breakerOptions,
  ...growing,
  ...breakerGroupOptions,
  // Room for the breakers of all connections, as the manager's own default has it.
  maxMembers: { ...breakerGroupOptions.maxMembers, default: managerOptions.maxConnections.default },
} as const satisfies OptionDescriptors;

// failure_threshold, success_threshold, half_open_max_calls and timeout_seconds of the original. In production three trials
// of three must succeed: there is no margin in its numbers, and there was none in its rules, where one failed trial was enough.
const presets = {
  development: { consecutiveFailures: 3, trialSuccesses: 2, trials: 3, concurrentTrials: 3, maxOpenMs: 30_000 },
  production: { consecutiveFailures: 10, trialSuccesses: 3, trials: 3, concurrentTrials: 3, maxOpenMs: 120_000 },
  testing: { consecutiveFailures: 2, trialSuccesses: 1, trials: 3, concurrentTrials: 3, maxOpenMs: 5_000 },
} as const;

export const breaker = {
  about:
    'The circuit breakers of what the manager depends on, each with these settings: the log, the session store, and the hooks onUpgrade, onHello and authorize.',
  options: dependencyOptions,
  presets,
} as const satisfies OptionGroup<typeof dependencyOptions>;

export const sessionBreaker = {
  about:
    'The circuit breakers of sessions: a client that acknowledges or takes nothing gets control frames only, and now and then a page to try.',
  options: sessionOptions,
  presets,
} as const satisfies OptionGroup<typeof sessionOptions>;

function enabled(description: string): BooleanOption {
  return { kind: 'boolean', default: true, description };
}
