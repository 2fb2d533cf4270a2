// The settings of the manager, described once; defaults follow the table of limits in docs/architecture.md.
import type { OptionDescriptors, PartialOptions, ResolvedOptions } from '@ws-stability/core';

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

export const managerOptions = {
  pingMs: { kind: 'number', default: 25_000, min: 50, max: DAY_MS, unit: 'ms', description: 'A ping is sent when nothing was received for this long.' },
  pongMs: { kind: 'number', default: 10_000, min: 50, max: DAY_MS, unit: 'ms', description: 'A connection is dead when a ping brought nothing for this long.' },
  helloTimeoutMs: { kind: 'number', default: 5_000, min: 50, max: 60_000, unit: 'ms', description: 'How long a new connection may take to say hello.' },
  upgradeTimeoutMs: { kind: 'number', default: 5_000, min: 50, max: 60_000, unit: 'ms', description: 'How long the onUpgrade and onHello hooks may take.' },
  closeTimeoutMs: { kind: 'number', default: 5_000, min: 50, max: 60_000, unit: 'ms', description: 'How long a peer may take to answer a close frame.' },
  sessionTtlMs: { kind: 'number', default: 120_000, min: 100, max: 30 * DAY_MS, unit: 'ms', description: 'How long a session waits for its client after a disconnect.' },
  sessionSaveMs: { kind: 'number', default: 1_000, min: 50, max: 60_000, unit: 'ms', description: 'How often the progress of a connected session is written to the session store.' },
  maxConnections: { kind: 'number', default: 50_000, min: 1, max: 10_000_000, unit: 'count', description: 'Connections at once; more are refused with 503.' },
  maxUnauthenticated: { kind: 'number', default: 1_000, min: 1, max: 1_000_000, unit: 'count', description: 'Connections that have not said hello yet; more are refused with 503.' },
  maxSubscriptions: { kind: 'number', default: 256, min: 1, max: 65_536, unit: 'count', description: 'Topics of one session.' },
  maxResults: { kind: 'number', default: 1_024, min: 1, max: 1_000_000, unit: 'count', description: 'Results a client may leave unconfirmed before it is closed 4100.' },
  maxReceipts: { kind: 'number', default: 100_000, min: 1, max: 10_000_000, unit: 'count', description: 'Calls of send() that wait for their acknowledgement at once.' },
  windowMessages: { kind: 'number', default: 64, min: 1, max: 65_536, unit: 'count', description: 'Messages of one client whose handlers have not settled; beyond it the socket is paused.' },
  windowBytes: { kind: 'number', default: 2 * MIB, min: 1_024, max: 1_024 * MIB, unit: 'bytes', description: 'Bytes of the messages of one client whose handlers have not settled.' },
  maxBytes: { kind: 'number', default: MIB, min: 1_024, max: 256 * MIB, unit: 'bytes', description: 'The largest message a client may send.' },
  maxFragments: { kind: 'number', default: 64, min: 1, max: 16_384, unit: 'count', description: 'Fragments of one message.' },
  highWaterBytes: { kind: 'number', default: 16 * 1024, min: 1_024, max: 64 * MIB, unit: 'bytes', description: 'Bytes waiting in one socket above which its client is left to lag.' },
  pageBytes: { kind: 'number', default: 64 * 1024, min: 1_024, max: 64 * MIB, unit: 'bytes', description: 'Bytes of one page of catch-up.' },
  pageEntries: { kind: 'number', default: 256, min: 1, max: 65_536, unit: 'count', description: 'Entries of one page of catch-up.' },
  ttlMs: { kind: 'number', default: 300_000, min: 1, max: 30 * DAY_MS, unit: 'ms', description: 'A message is not delivered later than this after it was published; at most the retention of the log.' },
  headPollMs: { kind: 'number', default: 1_000, min: 50, max: 60_000, unit: 'ms', description: 'How often a store that answers with promises is asked where topics stand, in case its tail lost the last entries.' },
  flush: { kind: 'choice', default: 'nextTick', choices: ['nextTick', 'immediate'], description: 'When what was published in one turn leaves: nextTick is quickest for single messages, immediate gathers more.' },
  turnMs: { kind: 'number', default: 8, min: 1, max: 1_000, unit: 'ms', description: 'How long catch-up may occupy the event loop in one turn.' },
  origins: { kind: 'list', default: [], maxItems: 1_000, pattern: /^https?:\/\/[^/\s?#]+$/, allowed: 'an origin such as https://example.com, without a path', description: 'Web pages that may connect, by exact origin; none means the same host only.' },
  allowMissingOrigin: { kind: 'boolean', default: true, description: 'Whether clients that send no Origin header may connect; browsers always send one.' },
  drainDeadlineMs: { kind: 'number', default: 30_000, min: 0, max: DAY_MS, unit: 'ms', description: 'How long shutdown() waits for acknowledgements and close frames.' },
  drainAcceptPerSecond: { kind: 'number', default: 500, min: 1, max: 1_000_000, unit: 'perSecond', description: 'How many clients a second are told to come back after a restart.' },
  plainBatchMs: { kind: 'number', default: 1_000, min: 10, max: 60_000, unit: 'ms', description: 'A plain client with identity is asked at most this often what has reached it.' },
  plainBatchBytes: { kind: 'number', default: 64 * 1024, min: 1_024, max: 64 * MIB, unit: 'bytes', description: 'A plain client with identity is asked after this many bytes at the latest.' },
  plainDelivery: { kind: 'choice', default: 'atLeastOnce', choices: ['atLeastOnce', 'atMostOnce'], description: 'What a plain client with identity gets again after a cut: what it did not confirm, or nothing.' },
} as const satisfies OptionDescriptors;

/** Settings of a {@link ConnectionManager}; each has a default. */
export type ManagerOptions = PartialOptions<typeof managerOptions>;
export type ResolvedManagerOptions = ResolvedOptions<typeof managerOptions>;
