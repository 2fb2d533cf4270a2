import { isStabilityError } from '@ws-stability/core';
import { describe, expect, it } from 'vitest';
import type { ConfigProblem } from './config-error.ts';
import type { PackageGroups } from './groups.ts';
import { loadConfig } from './load-config.ts';
import type { ConfigOverrides } from './option-group.ts';

function problemsOf(overrides: ConfigOverrides<PackageGroups>): readonly ConfigProblem[] {
  try {
    loadConfig({ overrides });
  } catch (error) {
    if (!isStabilityError(error)) throw error;
    return error.details.problems as readonly ConfigProblem[];
  }
  return [];
}

type Case = readonly [what: string, path: string, wrong: ConfigOverrides<PackageGroups>, words: string];

const cases: readonly Case[] = (['breaker', 'sessionBreaker'] as const).flatMap((group): readonly Case[] => [
  ['more successes than trials', `${group}.trialSuccesses`, { [group]: { trialSuccesses: 4 } }, `${group}.trials (3)`],
  [
    'more trials at once than there are',
    `${group}.concurrentTrials`,
    { [group]: { concurrentTrials: 4 } },
    `${group}.trials (3)`,
  ],
  ['an open time that shrinks', `${group}.maxOpenMs`, { [group]: { maxOpenMs: 999 } }, `${group}.openMs (1000)`],
  [
    'breakers that never open',
    `${group}.consecutiveFailures`,
    { [group]: { consecutiveFailures: 0 } },
    `${group}.enabled to false`,
  ],
]);

describe('the checks between settings', () => {
  it.each<Case>([
    ...cases,
    ['a lease shorter than a call', 'breaker.trialLeaseMs', { breaker: { trialLeaseMs: 9_999 } }, 'at least 10000'],
    [
      'a lease shorter than a hook',
      'breaker.trialLeaseMs',
      { breaker: { trialLeaseMs: 40_000 }, manager: { upgradeTimeoutMs: 50_000 } },
      'at least 50000',
    ],
    [
      'a lease shorter than an acknowledgement',
      'sessionBreaker.trialLeaseMs',
      { manager: { ackMs: 40_000 } },
      'at least 40000',
    ],
    ['a lease shorter than a stall', 'sessionBreaker.trialLeaseMs', { manager: { stallMs: 50_000 } }, 'at least 50000'],
    [
      'acknowledgements due before they are asked for',
      'manager.ackMs',
      { manager: { ackMs: 1_000 } },
      'manager.plainBatchMs (1000)',
    ],
    [
      'acknowledgements due before they are sent',
      'manager.ackMs',
      { manager: { ackMs: 2_000 }, client: { ackDelayMs: 2_000 } },
      'client.ackDelayMs (2000)',
    ],
    [
      'more series than clients',
      'metrics.clientSeries',
      { metrics: { maxClients: 5, clientSeries: 6 } },
      'metrics.maxClients (5)',
    ],
    [
      'results larger than their memory',
      'dedup.maxResultBytes',
      { dedup: { maxBytes: 1_024 } },
      'dedup.maxBytes (1024)',
    ],
  ])('refuse %s, once', (_what, path, wrong, words) => {
    expect(problemsOf(wrong)).toEqual([expect.objectContaining({ path, allowed: expect.stringContaining(words) })]);
  });

  it.each<readonly [string, ConfigOverrides<PackageGroups>]>([
    ['the fixed open time of the original', { breaker: { openMs: 60_000, maxOpenMs: 0 } }],
    ['a rate instead of failures in a row', { breaker: { consecutiveFailures: 0, failureRate: 0.5 } }],
    ['no rule where there are to be no breakers', { sessionBreaker: { consecutiveFailures: 0, enabled: false } }],
    ['no time for clients that left', { metrics: { clientTtlMs: 0 } }],
  ])('take %s', (_what, right) => {
    expect(problemsOf(right)).toEqual([]);
  });
});
