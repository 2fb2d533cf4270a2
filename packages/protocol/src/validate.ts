// Checks a value against a topic's schema.
import type { MaybePromise } from '@ws-stability/core';
import type { StandardIssue, StandardResult, StandardSchemaV1 } from './standard-schema.ts';

/** What a schema said: the value as it made it, or why it refused. */
export type Validation<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: PayloadRefusal };

export interface PayloadRefusal {
  readonly code: 'ERR_PAYLOAD';
  /** The schema's own words for the first thing wrong. */
  readonly message: string;
  /** Where, e.g. `items.3.name`; absent when it is the value as a whole. */
  readonly path?: string;
}

/**
 * Asks a schema about a value; a promise only when the schema answers with one.
 * What the schema's own code throws is not caught: it is no verdict on the value.
 */
export function validate<Value>(
  schema: StandardSchemaV1<unknown, Value>,
  value: unknown,
): MaybePromise<Validation<Value>> {
  const result = schema['~standard'].validate(value);
  return result instanceof Promise ? result.then(toValidation) : toValidation(result);
}

function toValidation<Value>(result: StandardResult<Value>): Validation<Value> {
  if (!result.issues) return { ok: true, value: result.value };
  const [first] = result.issues;
  const path = first?.path?.map(keyOf).join('.');
  const message = first?.message ?? 'The value does not fit the schema.';
  return { ok: false, error: { code: 'ERR_PAYLOAD', message, ...(path ? { path } : {}) } };
}

function keyOf(step: NonNullable<StandardIssue['path']>[number]): string {
  return String(typeof step === 'object' ? step.key : step);
}
