// The error of a call that was refused. There are many when the other side is down, so it captures no stack.
import { StabilityError } from '@ws-stability/core';
import type { Rejection } from './permit.ts';

/** What to throw for a refusal: `ERR_CIRCUIT_OPEN`, retryable. @param name the breaker's. */
export function circuitOpenError(name: string, { reason, retryAfterMs }: Rejection): StabilityError {
  // Known to V8 and JavaScriptCore, elsewhere a property that nobody reads; where `Error` is frozen it stays, and so does the stack.
  const limit: unknown = Reflect.get(Error, 'stackTraceLimit');
  Reflect.set(Error, 'stackTraceLimit', 0);
  const error = new StabilityError('ERR_CIRCUIT_OPEN', `The circuit ${name} refuses calls: ${reason}.`, {
    retryable: true,
    details: { name, reason, retryAfterMs },
  });
  Reflect.set(Error, 'stackTraceLimit', limit);
  return error;
}
