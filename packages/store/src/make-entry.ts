// Turns what is appended into what is kept: one wire frame, made once, that shares nothing with the caller's payload.
import { StabilityError } from '@ws-stability/core';
import { frameDownward } from '@ws-stability/protocol';
import type { KeptEntry } from './entry-ring.ts';
import { wireTopic } from './log-key.ts';
import type { AppendRequest } from './log-store.ts';

/** @throws StabilityError `ERR_PAYLOAD` for text that is marked binary. */
export function makeEntry(request: AppendRequest, offset: number, now: number): KeptEntry {
  const { topic, payload, binary, ttlMs, origin } = request;
  if (binary && typeof payload === 'string') {
    throw new StabilityError('ERR_PAYLOAD', 'A string travels as text; set binary to false or give the bytes.');
  }
  const { bytes, payloadStart } = frameDownward(wireTopic(topic), offset, payload, binary, fieldsOf(request));
  return {
    offset,
    binary,
    frame: bytes,
    payloadStart,
    expiresAt: ttlMs === undefined ? Number.POSITIVE_INFINITY : now + ttlMs,
    origin,
    appendedAt: now,
  };
}

function fieldsOf({ id, traceparent }: AppendRequest): { id?: string; traceparent?: string } | undefined {
  if (id === undefined && traceparent === undefined) return undefined;
  return { ...(id !== undefined && { id }), ...(traceparent !== undefined && { traceparent }) };
}
