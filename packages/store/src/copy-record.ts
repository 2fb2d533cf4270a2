// Session records are copied in and out: what callers do to their objects afterwards changes nothing here, nor the other way.
import { StabilityError } from '@ws-stability/core';
import type { SessionPatch, SessionRecord } from './session-store.ts';

/** @throws StabilityError `ERR_SESSION_DATA` when `data` or a result's value is not plain data. */
export function copyRecord(record: SessionRecord): SessionRecord {
  return { ...record, ...copyPatch(record) };
}

/** Copies what a patch has; a field that is `undefined` counts as left out, except `principal` and `data`. */
export function copyPatch(patch: SessionPatch): SessionPatch {
  const { instance, attached, cursors, handled, results, expiresAt } = patch;
  return {
    ...(instance !== undefined && { instance }),
    ...(attached !== undefined && { attached }),
    ...(handled !== undefined && { handled }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(cursors !== undefined && { cursors: new Map(cursors) }),
    ...(results !== undefined && { results: results.length === 0 ? [] : copyPlain(results) }),
    ...('principal' in patch && { principal: patch.principal }),
    ...('data' in patch && { data: copyPlain(patch.data) }),
  };
}

function copyPlain<Value>(value: Value): Value {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  try {
    return structuredClone(value);
  } catch (cause) {
    throw new StabilityError(
      'ERR_SESSION_DATA',
      'Keep only plain data (JSON) with a session: no functions, no symbols.',
      {
        cause,
      },
    );
  }
}
