// What must hold between the settings of circuit breakers, and between those and what they guard.
import type { ConfigCheck } from './check.ts';
import type { PackageGroups } from './groups.ts';

type Check = ConfigCheck<PackageGroups>;

function checksOf(group: 'breaker' | 'sessionBreaker'): readonly Check[] {
  return [
    {
      paths: [`${group}.trialSuccesses`, `${group}.trials`],
      check: ({ [group]: { trialSuccesses, trials } }) =>
        trialSuccesses <= trials
          ? undefined
          : `at most ${group}.trials (${trials}), or an open circuit can never be closed again`,
    },
    {
      paths: [`${group}.concurrentTrials`, `${group}.trials`],
      check: ({ [group]: { concurrentTrials, trials } }) =>
        concurrentTrials <= trials
          ? undefined
          : `at most ${group}.trials (${trials}), for there are no more to be under way`,
    },
    {
      paths: [`${group}.maxOpenMs`, `${group}.openMs`],
      check: ({ [group]: { maxOpenMs, openMs } }) =>
        maxOpenMs === 0 || maxOpenMs >= openMs
          ? undefined
          : `0 for an open time that is always the same, or at least ${group}.openMs (${openMs}), which grows up to it`,
    },
    {
      paths: [`${group}.consecutiveFailures`, `${group}.failureRate`, `${group}.slowCallRate`, `${group}.enabled`],
      check: ({ [group]: { enabled, consecutiveFailures, failureRate, slowCallRate } }) =>
        !enabled || consecutiveFailures > 0 || failureRate > 0 || slowCallRate > 0
          ? undefined
          : `above 0 while ${group}.failureRate and ${group}.slowCallRate are 0, or no circuit ever opens; to have none, set ${group}.enabled to false`,
    },
  ];
}

export const breakerChecks: readonly Check[] = [
  ...checksOf('breaker'),
  ...checksOf('sessionBreaker'),
  {
    paths: ['breaker.trialLeaseMs', 'manager.storeTimeoutMs', 'manager.upgradeTimeoutMs'],
    check: ({ breaker, manager }) => {
      const least = Math.max(manager.storeTimeoutMs, manager.upgradeTimeoutMs);
      return breaker.trialLeaseMs >= least
        ? undefined
        : `at least ${least}, the longer of manager.storeTimeoutMs and manager.upgradeTimeoutMs, or a slow trial counts as failed before it has had its time`;
    },
  },
  {
    paths: ['sessionBreaker.trialLeaseMs', 'manager.ackMs', 'manager.stallMs'],
    check: ({ sessionBreaker, manager }) => {
      const least = Math.max(manager.ackMs, manager.stallMs);
      return sessionBreaker.trialLeaseMs >= least
        ? undefined
        : `at least ${least}, the longer of manager.ackMs and manager.stallMs, or a slow client has failed before its time to acknowledge is over`;
    },
  },
];
