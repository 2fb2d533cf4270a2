// A message on its way up, with who waits for its result.
import type { StabilityError } from '@ws-stability/core';
import type { UpwardData } from '@ws-stability/protocol';
import type { Outgoing } from './outbox.machine.ts';

export interface Upward extends Outgoing {
  readonly fields: Omit<UpwardData, 't' | 'seq'>;
  resolve(value: unknown): void;
  reject(error: StabilityError): void;
}
