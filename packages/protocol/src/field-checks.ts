// What may stand in the header of a data message, as its writers check it.
import { StabilityError } from '@ws-stability/core';
import { MAX_OFFSET } from './position.ts';
import { isWireTopic } from './topic-name.ts';

/** Whether a number is a whole one from `least` to 2^48−1. */
export function isCount(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= MAX_OFFSET;
}

/** @throws StabilityError `ERR_FIELD` for a topic or an offset that no client would take. */
export function checkDownward(topic: string, offset: number): void {
  if (!isCount(offset, 0)) throw fieldError('offset', `a whole number, 0 to ${MAX_OFFSET}`);
  if (!isWireTopic(topic)) throw fieldError('topic', 'the name of a topic, @ or @u');
}

/** The error of a header that would not be readable. */
export function fieldError(name: string, allowed: string): StabilityError {
  return new StabilityError('ERR_FIELD', `Give ${name} as ${allowed}.`, { details: { field: name } });
}
