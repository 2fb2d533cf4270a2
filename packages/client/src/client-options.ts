// The option descriptors of the client, for schemas, environment names and the configuration guide.
import type { NumberOption } from '@ws-stability/core';
import { usual } from './limits.ts';

const HOUR = 3_600_000;
const GIB = 2 ** 30;

const ranges = {
  baseMs: [1, HOUR],
  capMs: [1, HOUR],
  floorMs: [0, HOUR],
  maxAttempts: [0, 1e6],
  welcomeTimeoutMs: [1, HOUR],
  outboxMessages: [1, 1e6],
  outboxBytes: [1, GIB],
  requestTimeoutMs: [1, HOUR],
  ackMessages: [1, 1e6],
  ackBytes: [1, GIB],
  ackDelayMs: [0, 60_000],
} as const satisfies Record<keyof typeof usual, readonly [number, number]>;

type Words = { readonly [Name in keyof typeof usual]: readonly [unit: NumberOption['unit'], description: string] };

function described(words: Words): { readonly [Name in keyof Words]: NumberOption } {
  const number = (name: keyof Words): NumberOption => {
    const [min, max] = ranges[name];
    const [unit, description] = words[name];
    return { kind: 'number', default: usual[name], min, max, unit, description };
  };
  return {
    baseMs: number('baseMs'),
    capMs: number('capMs'),
    floorMs: number('floorMs'),
    maxAttempts: number('maxAttempts'),
    welcomeTimeoutMs: number('welcomeTimeoutMs'),
    outboxMessages: number('outboxMessages'),
    outboxBytes: number('outboxBytes'),
    requestTimeoutMs: number('requestTimeoutMs'),
    ackMessages: number('ackMessages'),
    ackBytes: number('ackBytes'),
    ackDelayMs: number('ackDelayMs'),
  };
}

// One call and marked as pure, so that a bundle of the client alone leaves the words out.
export const clientOptions = /* @__PURE__ */ described({
  baseMs: ['ms', 'Upper bound of the first reconnection delay; doubles with each failure in a row.'],
  capMs: ['ms', 'No reconnection delay is longer, unless the server asks for more.'],
  floorMs: ['ms', 'No reconnection delay after a failure is shorter.'],
  maxAttempts: ['count', 'Failures in a row after which the client stops; 0 means it never does.'],
  welcomeTimeoutMs: ['ms', 'How long a dial and its greeting may take before they count as a failure.'],
  outboxMessages: ['count', 'Messages without a result that are kept; beyond it publishing is refused.'],
  outboxBytes: ['bytes', 'Bytes of messages without a result that are kept; beyond it publishing is refused.'],
  requestTimeoutMs: ['ms', 'How long a request waits for its answer, unless the call says otherwise.'],
  ackMessages: ['count', 'Settled messages after which an acknowledgement is sent.'],
  ackBytes: ['bytes', 'Settled bytes after which an acknowledgement is sent.'],
  ackDelayMs: ['ms', 'How long the first settled message waits for its acknowledgement.'],
});
