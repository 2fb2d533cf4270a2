// The option descriptors of the client, for schemas, environment names and the configuration guide.
import type { NumberOption } from '@ws-stability/core';
import { limits } from './limits.ts';

function number(name: keyof typeof limits, unit: NumberOption['unit'], description: string): NumberOption {
  const [usual, min, max] = limits[name];
  return { kind: 'number', default: usual, min, max, unit, description };
}

export const clientOptions = {
  baseMs: number('baseMs', 'ms', 'Upper bound of the first reconnection delay; doubles with each failure in a row.'),
  capMs: number('capMs', 'ms', 'No reconnection delay is longer, unless the server asks for more.'),
  floorMs: number('floorMs', 'ms', 'No reconnection delay after a failure is shorter.'),
  maxAttempts: number('maxAttempts', 'count', 'Failures in a row after which the client stops; 0 means it never does.'),
  welcomeTimeoutMs: number(
    'welcomeTimeoutMs',
    'ms',
    'How long a dial and its greeting may take before they count as a failure.',
  ),
  outboxMessages: number(
    'outboxMessages',
    'count',
    'Messages without a result that are kept; beyond it publishing is refused.',
  ),
  outboxBytes: number(
    'outboxBytes',
    'bytes',
    'Bytes of messages without a result that are kept; beyond it publishing is refused.',
  ),
  requestTimeoutMs: number(
    'requestTimeoutMs',
    'ms',
    'How long a request waits for its answer, unless the call says otherwise.',
  ),
  ackMessages: number('ackMessages', 'count', 'Settled messages after which an acknowledgement is sent.'),
  ackBytes: number('ackBytes', 'bytes', 'Settled bytes after which an acknowledgement is sent.'),
  ackDelayMs: number('ackDelayMs', 'ms', 'How long the first settled message waits for its acknowledgement.'),
} as const;
