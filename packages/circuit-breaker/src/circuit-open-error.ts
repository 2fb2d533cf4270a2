// The error of a call that was refused. There are many when the other side is down, so it captures no stack.
import { StabilityError } from '@ws-stability/core';
import type { Rejection } from './permit.ts';

// Known to V8 and JavaScriptCore; elsewhere it is a property that nobody reads.
const errors: { stackTraceLimit?: number } = Error;

/** What to throw for a refusal: `ERR_CIRCUIT_OPEN`, retryable. @param name the breaker's. */
export function circuitOpenError(name: string, { reason, retryAfterMs }: Rejection): StabilityError {
  const limit = errors.stackTraceLimit ?? 10;
  errors.stackTraceLimit = 0;
  const error = new StabilityError('ERR_CIRCUIT_OPEN', `The circuit ${name} refuses calls: ${reason}.`, {
    retryable: true,
    details: { name, reason, retryAfterMs },
  });
  errors.stackTraceLimit = limit;
  return error;
}
