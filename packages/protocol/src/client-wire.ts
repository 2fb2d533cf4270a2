// The client's half of the wire, small enough for browsers: a server that was chosen by its URL is taken at its word.
// What does not fit throws, at the latest where it is used; servers and tools read with the checking codecs instead.
import type { ClientControl, ServerControl } from './control-messages.ts';
import type { DownwardData } from './data-frames.ts';
import { fieldError, isCount } from './field-checks.ts';
import type { Payload } from './payload.ts';
import { MAX_OFFSET } from './position.ts';

/** What a client's message carries besides its number. */
export interface UpwardFields {
  readonly topic?: string | undefined;
  readonly op?: 'pub' | 'req' | undefined;
  readonly id?: string | undefined;
  readonly echo?: boolean | undefined;
  readonly ttlMs?: number | undefined;
  readonly payload: Payload;
}

const HEADER_BYTES = 11;
const encoder = /* @__PURE__ */ new TextEncoder();
const decoder = /* @__PURE__ */ new TextDecoder();

/** A control message as text. */
export function writeControl(message: ClientControl): string {
  return JSON.stringify(message, (_, value) => (value instanceof Map ? Object.fromEntries(value) : value));
}

/** What a server said; nothing in it is checked. @throws SyntaxError for what is not JSON */
export function readServerControl(json: string): ServerControl {
  const message = JSON.parse(json);
  if (message.t === 'welcome') message.topics = new Map(Object.entries(message.topics));
  return message;
}

/**
 * What a server sent, with the fields that clients use. A binary payload is a view of `message`.
 *
 * @throws what went wrong, when it cannot be read.
 */
export function readDownward(message: string | Uint8Array): DownwardData | ServerControl {
  let head: string;
  let payload: Payload;
  if (typeof message === 'string') {
    if (message[0] === '{') return readServerControl(message);
    const end = message.indexOf('\n');
    if (end < 0) throw RangeError('header');
    head = message.slice(0, end);
    payload = message.slice(end + 1);
  } else {
    const view = new DataView(message.buffer, message.byteOffset, message.length);
    const fields = HEADER_BYTES + view.getUint8(2);
    const end = fields + view.getUint16(3);
    if (view.getUint16(0) !== 0x0100 || end > message.length) throw RangeError('header');
    const text = (from: number, to: number): string => decoder.decode(message.subarray(from, to));
    const offset = view.getUint16(5) * 2 ** 32 + view.getUint32(7);
    head = `${text(HEADER_BYTES, fields)} ${offset} ${text(fields, end)}`;
    payload = message.subarray(end);
  }
  const [topic = '', offset, ...parts] = head.split(' ');
  const { i, a }: Record<string, string> = Object.fromEntries(parts.map((part) => part.split(/=(.*)/)));
  return {
    t: 'data',
    topic,
    offset: Number(offset),
    payload,
    ...(i && { id: decodeURIComponent(i) }),
    ...(a && { ackNow: true }),
  };
}

/**
 * A client's message as it goes into `WebSocket.send`. The topic is the caller's to check.
 *
 * @throws StabilityError `ERR_FIELD` for an id or a time to live that no server would take.
 */
export function writeUpward(
  seq: number,
  { topic = '', op, id, echo, ttlMs, payload }: UpwardFields,
): string | Uint8Array {
  let fields = '';
  if (id !== undefined) {
    if (!/^\P{Surrogate}{1,128}$/u.test(id) || id.length > 128) throw fieldError('id', '1 to 128 characters');
    fields += ` i=${encodeURIComponent(id)}`;
  }
  if (op) fields += ` op=${op}`;
  if (echo === false) fields += ' e=0';
  if (ttlMs !== undefined) {
    if (!isCount(ttlMs, 1)) throw fieldError('ttlMs', `a whole number, 1 to ${MAX_OFFSET}`);
    fields += ` x=${ttlMs}`;
  }
  if (typeof payload === 'string') return `${seq}${topic && ` t=${topic}`}${fields}\n${payload}`;
  const ext = fields.slice(1);
  const header = encoder.encode(topic + ext);
  const frame = new Uint8Array(HEADER_BYTES + header.length + payload.length);
  const view = new DataView(frame.buffer);
  view.setUint8(0, 2);
  view.setUint8(2, topic.length);
  view.setUint16(3, ext.length);
  view.setUint16(5, seq / 2 ** 32);
  view.setUint32(7, seq);
  frame.set(header, HEADER_BYTES);
  frame.set(payload, HEADER_BYTES + header.length);
  return frame;
}
