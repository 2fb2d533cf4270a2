// The `k=v` fields of a data header: ` i=42 op=req`, ASCII, values percent-escaped.
import type { DataFields } from './data-frames.ts';
import { fieldError, isCount } from './field-checks.ts';
import { MAX_OFFSET } from './position.ts';

/** Longest `i=` and `tp=`, in UTF-16 code units after unescaping. */
export const MAX_FIELD_LENGTH = 128;

/** What the fields of a header say; `topic` is `t=`, which only an upward text message has. */
export type HeaderFields = DataFields & { readonly topic?: string };

type Building = { -readonly [Name in keyof HeaderFields]: HeaderFields[Name] };

const FIELD = /^([a-z]{1,4})=([!-~]*)$/;
const TO_ESCAPE = /[^!-$&-~]+/g;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * The fields as header text, each with a space in front.
 *
 * @throws StabilityError `ERR_FIELD` for one that no receiver would take.
 */
export function writeFields(fields: HeaderFields): string {
  let text = '';
  if (fields.topic !== undefined) text += ` t=${fields.topic}`;
  if (fields.id !== undefined) text += ` i=${escapeValue('id', fields.id)}`;
  if (fields.op !== undefined) text += ` op=${fields.op}`;
  if (fields.echo === false) text += ' e=0';
  if (fields.ttlMs !== undefined) {
    if (!isCount(fields.ttlMs, 1)) throw fieldError('ttlMs', `a whole number of milliseconds, 1 to ${MAX_OFFSET}`);
    text += ` x=${fields.ttlMs}`;
  }
  if (fields.volatile) text += ' v=1';
  if (fields.ackNow) text += ' a=1';
  if (fields.traceparent !== undefined) text += ` tp=${escapeValue('traceparent', fields.traceparent)}`;
  return text;
}

/** Reads fields that single spaces part. What is wrong with them, when something is, comes as a string. */
export function readFields(text: string): HeaderFields | string {
  const fields: Building = {};
  const seen = new Set<string>();
  for (const part of text.split(' ')) {
    const [, key, escaped] = FIELD.exec(part) ?? [];
    if (key === undefined || escaped === undefined) return 'a field is not of the form k=v';
    if (seen.has(key)) return 'a field is there twice';
    seen.add(key);
    const value = unescapeValue(escaped);
    if (value === undefined) return 'a field has a wrong percent escape';
    if (!take(fields, key, value)) return `the field ${key}= has a value that it cannot have`;
  }
  return fields;
}

/** Keeps the value of a known key; `false` when the value is not one of that key's. */
function take(fields: Building, key: string, value: string): boolean {
  switch (key) {
    case 't':
      fields.topic = value;
      return true;
    case 'i':
      fields.id = value;
      return isShort(value);
    case 'tp':
      fields.traceparent = value;
      return isShort(value);
    case 'op':
      if (value !== 'pub' && value !== 'req') return false;
      fields.op = value;
      return true;
    case 'x':
      fields.ttlMs = readNumber(value);
      return isCount(fields.ttlMs, 1);
    case 'e':
      fields.echo = false;
      return value === '0';
    case 'v':
      fields.volatile = true;
      return value === '1';
    case 'a':
      fields.ackNow = true;
      return value === '1';
    default:
      return true;
  }
}

/** A decimal number, 0 to 2^48−1, without sign or leading zeros; else NaN. */
export function readNumber(text: string): number {
  const value = /^(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : Number.NaN;
  return value <= MAX_OFFSET ? value : Number.NaN;
}

/** Copies a short string, so that it does not keep the message alive that it was cut from (V8 slices are views). */
export function copyOut(text: string): string {
  return ` ${text}`.slice(1);
}

function unescapeValue(escaped: string): string | undefined {
  try {
    return escaped.includes('%') ? decodeURIComponent(escaped) : copyOut(escaped);
  } catch {
    return undefined;
  }
}

function escapeValue(name: string, value: string): string {
  if (!isShort(value)) throw fieldError(name, `1 to ${MAX_FIELD_LENGTH} characters`);
  return isPlain(value) ? value : value.replace(LONE_SURROGATE, '\ufffd').replace(TO_ESCAPE, encodeURIComponent);
}

/** Whether a value can stand as it is: ids mostly can, and a server writes one header after the other. */
function isPlain(value: string): boolean {
  for (let index = 0; index < value.length; index++) {
    const unit = value.charCodeAt(index);
    if (unit < 0x21 || unit > 0x7e || unit === 0x25) return false;
  }
  return true;
}

function isShort(value: string): boolean {
  return value !== '' && value.length <= MAX_FIELD_LENGTH;
}
