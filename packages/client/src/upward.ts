// A message on its way up, with who waits for its result.
import type { UpwardFields } from '@ws-stability/protocol';
import type { Outgoing } from './outbox.machine.ts';

export interface Upward extends Outgoing {
  readonly fields: UpwardFields;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}
