// The error of a call that was refused. Refusals are many when the other side is down, so it captures no stack.
import { StabilityError } from '@ws-stability/core';
import type { Rejection } from './permit.ts';

// Known to V8 and JavaScriptCore; elsewhere it is just a property that nobody reads.
const errors: { stackTraceLimit?: number } = Error;
const settled = Promise.resolve();

/**
 * The error for a refusal: `ERR_CIRCUIT_OPEN`, retryable, with `name`, `reason` and `retryAfterMs` in its details.
 *
 * @param name the breaker's.
 */
export function circuitOpenError(name: string, { reason, retryAfterMs }: Rejection): StabilityError {
  const limit = errors.stackTraceLimit;
  if (limit !== undefined) errors.stackTraceLimit = 0;
  const message = `The circuit ${name} refuses calls (${reason}). Try again in ${Math.ceil(retryAfterMs)} ms.`;
  const error = new StabilityError('ERR_CIRCUIT_OPEN', message, {
    retryable: true,
    details: { name, reason, retryAfterMs },
  });
  if (limit !== undefined) errors.stackTraceLimit = limit;
  return error;
}

/**
 * A promise that rejects so a moment later, when its caller has attached what handles it: engines do extra work for promises
 * that reject before (measured on Node 20: a quarter of the cost of `Promise.reject`).
 */
export function refuse(name: string, rejection: Rejection): Promise<never> {
  return new Promise((_, reject) => {
    void settled.then(() => reject(circuitOpenError(name, rejection)));
  });
}
