// The options of a log in memory: what it keeps, for how long and how much of it.
import type { OptionDescriptors, PartialOptions } from '@ws-stability/core';

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

export const logOptions = {
  retentionEntries: {
    kind: 'number',
    default: 1000,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    description: 'Messages kept for each topic; the oldest leave first.',
  },
  inboxRetentionEntries: {
    kind: 'number',
    default: 1000,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    description: 'Messages kept for each inbox; the oldest leave first.',
  },
  retentionBytes: {
    kind: 'number',
    default: 4 * MIB,
    min: 1024,
    max: 1024 * MIB,
    unit: 'bytes',
    description: 'Bytes kept for each topic and each inbox, with the overhead of each message; the oldest leave first.',
  },
  retentionMs: {
    kind: 'number',
    default: 300_000,
    min: 1,
    max: 30 * DAY_MS,
    unit: 'ms',
    description: 'How long a message is kept.',
  },
  budgetBytes: {
    kind: 'number',
    default: 64 * MIB,
    min: 4096,
    max: 64 * 1024 * MIB,
    unit: 'bytes',
    description: 'Bytes of all logs together, with the overhead of each message; the largest logs are trimmed first.',
  },
  inboxShare: {
    kind: 'number',
    default: 0.25,
    min: 0,
    max: 1,
    integer: false,
    unit: 'ratio',
    description: 'The part of the budget that inboxes may use; topics may use the rest.',
  },
  maxMessageBytes: {
    kind: 'number',
    default: MIB,
    min: 1,
    max: 1024 * MIB,
    unit: 'bytes',
    description: 'Payload of one message; a larger one is refused, as is one that alone exceeds `retentionBytes`.',
  },
  maxTopics: {
    kind: 'number',
    default: 10_000,
    min: 1,
    max: 10_000_000,
    unit: 'count',
    description: 'Topics with messages, users’ topics included; a message for one more is refused.',
  },
  maxInboxes: {
    kind: 'number',
    default: 100_000,
    min: 1,
    max: 10_000_000,
    unit: 'count',
    description: 'Inboxes with messages; a message for one more is refused.',
  },
  forgetAfterMs: {
    kind: 'number',
    default: 300_000,
    min: 0,
    max: 30 * DAY_MS,
    unit: 'ms',
    description: 'An empty topic that nobody holds is forgotten after so long without a message.',
  },
  idTtlMs: {
    kind: 'number',
    default: 300_000,
    min: 1,
    max: 30 * DAY_MS,
    unit: 'ms',
    description:
      'How long the id of a message is remembered where its publisher says nothing; the manager always says ten minutes.',
  },
  maxKeys: {
    kind: 'number',
    default: 100_000,
    min: 1,
    max: 10_000_000,
    unit: 'count',
    description: 'Ids remembered; beyond it the one that would expire first is given up.',
  },
} as const satisfies OptionDescriptors;

export type LogOptions = PartialOptions<typeof logOptions>;
