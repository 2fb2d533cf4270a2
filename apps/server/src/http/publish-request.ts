// The body of POST /api/publish, read from bytes that may be anything.
import { isTopicName, MAX_TOPIC_LENGTH } from '@ws-stability/protocol';
import { ECHO_TOPIC } from '../websocket/echo.ts';
import { badField, type Refusal } from './refusal.ts';

export interface PublishRequest {
  readonly topic: string;
  /** A string as it was given; any other JSON as its text. */
  readonly payload: string;
  readonly id?: string;
  readonly ttlMs?: number;
}

export type PublishReading =
  | { readonly ok: true; readonly request: PublishRequest }
  | { readonly ok: false; readonly refusal: Refusal };

const MEMBERS = ['topic', 'payload', 'id', 'ttlMs'];
const MESSAGE_ID = /^[\x21-\x7e]{1,128}$/;

/** @param maxTtlMs what the log retains; a longer time to live could not be kept. */
export function readPublishRequest(body: Uint8Array, maxTtlMs: number): PublishReading {
  const json = parse(body);
  if (!json.ok) return { ok: false, refusal: NOT_JSON };
  if (typeof json.value !== 'object' || json.value === null || Array.isArray(json.value)) {
    return { ok: false, refusal: badField('body', undefined, 'The body is not an object.', SHAPE) };
  }
  const members = new Map(Object.entries(json.value));
  for (const name of members.keys()) {
    if (!MEMBERS.includes(name)) return refuse(name, undefined, 'There is no such member.', SHAPE);
  }
  const topic = members.get('topic');
  if (typeof topic !== 'string' || !isTopicName(topic)) {
    const remedy = `Give a topic of 1 to ${MAX_TOPIC_LENGTH} of the characters A-Z a-z 0-9 . _ : / ~ -`;
    return refuse('topic', topic, 'This cannot name a topic.', remedy);
  }
  if (topic === ECHO_TOPIC) {
    return refuse('topic', topic, 'This topic answers only who sends to it by WebSocket.', 'Publish to another topic.');
  }
  const payload = members.has('payload') ? asText(members.get('payload')) : undefined;
  if (payload === undefined) {
    return refuse('payload', undefined, 'The payload is missing or nested too deeply.', 'Give a string or any JSON.');
  }
  const id = members.get('id');
  if (id !== undefined && (typeof id !== 'string' || !MESSAGE_ID.test(id))) {
    return refuse(
      'id',
      id,
      'This cannot be a message id.',
      'Use 1 to 128 printable ASCII characters, or leave it out.',
    );
  }
  const ttlMs = members.get('ttlMs');
  if (ttlMs !== undefined && !isTtl(ttlMs, maxTtlMs)) {
    const remedy = `Give whole milliseconds from 1 to ${maxTtlMs} (log.retentionMs), or leave it out.`;
    return refuse('ttlMs', ttlMs, 'This is not a time to live.', remedy);
  }
  const options = { ...(id === undefined ? {} : { id }), ...(ttlMs === undefined ? {} : { ttlMs }) };
  return { ok: true, request: { topic, payload, ...options } };
}

function isTtl(value: unknown, maxTtlMs: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maxTtlMs;
}

function refuse(field: string, value: unknown, message: string, remedy: string): PublishReading {
  return { ok: false, refusal: badField(field.slice(0, 100), value, message, remedy) };
}

function parse(body: Uint8Array): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) };
  } catch {
    return { ok: false };
  }
}

// JSON.stringify recurses where JSON.parse did not: a payload that is nested too deeply for it cannot be written again.
function asText(value: unknown): string | undefined {
  try {
    return typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    return undefined;
  }
}

const SHAPE = 'Send {"topic": …, "payload": …} and, if you like, "id" and "ttlMs".';

const NOT_JSON: Refusal = {
  status: 400,
  code: 'ERR_JSON',
  message: 'The body is not JSON in UTF-8.',
  field: 'body',
  remedy: SHAPE,
};
