// The `k=v` fields of a data header: ` i=42 op=req`, ASCII, values percent-escaped.
import type { DataFields } from './data-frames.ts';
import { fieldError, isCount } from './field-checks.ts';
import { MAX_OFFSET } from './position.ts';

/** Longest `i=` and `tp=`, in UTF-16 code units after unescaping. */
export const MAX_FIELD_LENGTH = 128;

/** A message whose fields are being read. */
export type Building<Message> = { -readonly [Name in keyof Message]: Message[Name] };

type Fields = Building<DataFields & { readonly topic?: string }>;

/** Known keys: the field that each fills, and what its value means there; `undefined` when it cannot have it. */
const FIELDS = new Map<string, readonly [field: keyof Fields, read: (value: string) => Fields[keyof Fields]]>([
  ['t', ['topic', (value) => value]],
  ['i', ['id', asShort]],
  ['tp', ['traceparent', asShort]],
  ['op', ['op', (value) => (value === 'pub' || value === 'req' ? value : undefined)]],
  ['x', ['ttlMs', (value) => (isCount(readNumber(value), 1) ? readNumber(value) : undefined)]],
  ['e', ['echo', (value) => (value === '0' ? false : undefined)]],
  ['v', ['volatile', asSet]],
  ['a', ['ackNow', asSet]],
]);

const FIELD = /^([a-z]{1,4})=([!-~]*)$/;
const TO_ESCAPE = /[^!-$&-~]+/g;

/**
 * The fields as header text, each with a space in front.
 *
 * @throws StabilityError `ERR_FIELD` for one that no receiver would take.
 */
export function writeFields(fields: DataFields): string {
  let text = '';
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

/**
 * Reads fields, each `k=v`, into a message.
 *
 * @param hasTopic whether `t=` is known here: in an upward text message only.
 * @returns what is wrong with them, when something is.
 */
export function readFields(parts: readonly string[], message: Fields, hasTopic: boolean): string | undefined {
  for (const part of parts) {
    const [, key, escaped] = FIELD.exec(part) ?? [];
    if (key === undefined || escaped === undefined) return 'a field is not of the form k=v';
    const value = unescapeValue(escaped);
    if (value === undefined) return 'a field is wrongly escaped';
    const known = FIELDS.get(key);
    if (known === undefined || (key === 't' && !hasTopic)) continue;
    const [field, read] = known;
    const meaning = read(value);
    if (meaning === undefined || message[field] !== undefined) return `the field ${key}= is wrong or there twice`;
    // The table pairs each field with a reader of its type.
    (message as Record<string, unknown>)[field] = meaning;
  }
  return undefined;
}

/** A decimal number without sign or leading zeros; else NaN. */
export function readNumber(text: string): number {
  return /^(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : Number.NaN;
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
  return isPlain(value) ? value : value.replace(/\p{Surrogate}/gu, '\ufffd').replace(TO_ESCAPE, encodeURIComponent);
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

function asShort(value: string): string | undefined {
  return isShort(value) ? value : undefined;
}

function asSet(value: string): true | undefined {
  return value === '1' ? true : undefined;
}
