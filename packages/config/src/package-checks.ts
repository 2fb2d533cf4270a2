// What must hold between the settings of the packages.
import { breakerChecks } from './breaker-checks.ts';
import type { ConfigCheck } from './check.ts';
import type { PackageGroups } from './groups.ts';

export const packageChecks: readonly ConfigCheck<PackageGroups>[] = [
  {
    paths: ['manager.ttlMs', 'log.retentionMs'],
    check: ({ manager, log }) =>
      manager.ttlMs <= log.retentionMs
        ? undefined
        : `at most log.retentionMs (${log.retentionMs}), because a message cannot be delivered after the log let go of it`,
  },
  {
    paths: ['manager.sessionTtlMs', 'log.retentionMs'],
    check: ({ manager, log }) =>
      manager.sessionTtlMs <= log.retentionMs
        ? undefined
        : `at most log.retentionMs (${log.retentionMs}), or a session that comes back late finds nothing but gaps`,
  },
  {
    paths: ['manager.sessionTtlMs', 'manager.pingMs', 'manager.pongMs'],
    check: ({ manager }) =>
      manager.sessionTtlMs > manager.pingMs + manager.pongMs
        ? undefined
        : `more than manager.pingMs + manager.pongMs (${manager.pingMs + manager.pongMs}), or a session ends before its client notices that the connection is dead`,
  },
  {
    paths: ['manager.pongMs', 'manager.pingMs'],
    check: ({ manager }) =>
      manager.pongMs <= manager.pingMs
        ? undefined
        : `at most manager.pingMs (${manager.pingMs}), so that one ping is answered before the next is due`,
  },
  {
    paths: ['manager.ackMs', 'manager.plainBatchMs'],
    check: ({ manager }) =>
      manager.ackMs > manager.plainBatchMs
        ? undefined
        : `more than manager.plainBatchMs (${manager.plainBatchMs}), or a plain client that keeps up counts as failing before it is asked`,
  },
  {
    paths: ['manager.ackMs', 'client.ackDelayMs'],
    check: ({ manager, client }) =>
      manager.ackMs > client.ackDelayMs
        ? undefined
        : `more than client.ackDelayMs (${client.ackDelayMs}), or a client that keeps up counts as failing before it acknowledges`,
  },
  {
    paths: ['manager.windowBytes', 'manager.maxBytes'],
    check: ({ manager }) =>
      manager.windowBytes >= manager.maxBytes
        ? undefined
        : `at least manager.maxBytes (${manager.maxBytes}), or the largest message fits no window`,
  },
  {
    paths: ['manager.maxBytes', 'log.maxMessageBytes'],
    check: ({ manager, log }) =>
      manager.maxBytes <= log.maxMessageBytes
        ? undefined
        : `at most log.maxMessageBytes (${log.maxMessageBytes}), or a message is accepted that no topic can keep`,
  },
  {
    paths: ['manager.highWaterBytes', 'manager.maxBytes'],
    check: ({ manager }) =>
      manager.highWaterBytes <= manager.maxBytes
        ? undefined
        : `at most manager.maxBytes (${manager.maxBytes}), or more waits in one socket than one message can be and lag shows too late`,
  },
  {
    paths: ['log.maxMessageBytes', 'log.retentionBytes'],
    check: ({ log }) =>
      log.maxMessageBytes <= log.retentionBytes
        ? undefined
        : `at most log.retentionBytes (${log.retentionBytes}), or the largest message leaves the log at once`,
  },
  {
    paths: ['log.retentionBytes', 'log.budgetBytes', 'log.inboxShare'],
    check: ({ log }) => {
      const topics = Math.floor(log.budgetBytes * (1 - log.inboxShare));
      return log.retentionBytes <= topics
        ? undefined
        : `at most log.budgetBytes × (1 − log.inboxShare), which is ${topics}: the share of all topics together`;
    },
  },
  {
    paths: ['log.inboxShare', 'log.budgetBytes', 'log.maxMessageBytes'],
    check: ({ log }) =>
      log.budgetBytes * log.inboxShare >= log.maxMessageBytes
        ? undefined
        : `enough of log.budgetBytes (${log.budgetBytes}) for one message of log.maxMessageBytes (${log.maxMessageBytes}) in an inbox`,
  },
  {
    paths: ['log.forgetAfterMs', 'log.retentionMs', 'manager.sessionTtlMs'],
    check: ({ log, manager }) => {
      const least = Math.max(log.retentionMs, manager.sessionTtlMs);
      return log.forgetAfterMs >= least
        ? undefined
        : `at least ${least}, the longer of log.retentionMs and manager.sessionTtlMs, or positions of clients that are away lose their topic`;
    },
  },
  {
    paths: ['client.capMs', 'client.baseMs'],
    check: ({ client }) =>
      client.capMs >= client.baseMs
        ? undefined
        : `at least client.baseMs (${client.baseMs}), because the delay grows from the one to the other`,
  },
  {
    paths: ['client.baseMs', 'client.floorMs'],
    check: ({ client }) =>
      client.baseMs >= client.floorMs
        ? undefined
        : `at least client.floorMs (${client.floorMs}), the shortest delay there is`,
  },
  {
    paths: ['sessionBreaker.maxMembers', 'manager.maxConnections'],
    check: ({ sessionBreaker, manager }) =>
      sessionBreaker.maxMembers >= manager.maxConnections
        ? undefined
        : `at least manager.maxConnections (${manager.maxConnections}), or when all clients fail at once each breaker leaves for the next before it can open`,
  },
  {
    paths: ['metrics.clientSeries', 'metrics.maxClients'],
    check: ({ metrics }) =>
      metrics.clientSeries <= metrics.maxClients
        ? undefined
        : `at most metrics.maxClients (${metrics.maxClients}), for there are no more clients with counts of their own`,
  },
  {
    paths: ['dedup.maxResultBytes', 'dedup.maxBytes'],
    check: ({ dedup }) =>
      dedup.maxResultBytes <= dedup.maxBytes
        ? undefined
        : `at most dedup.maxBytes (${dedup.maxBytes}), or the largest result that may be kept finds no room`,
  },
  ...breakerChecks,
];
