// Data messages to and from WebSocket messages; a text message that begins with `{` is handed to the control codec.
import {
  binaryHeaderBytes,
  DOWNWARD,
  MAX_HEADER_BYTES,
  splitBinary,
  UPWARD,
  writeBinaryHeader,
} from './binary-header.ts';
import { decodeClientControl, decodeServerControl } from './control-codec.ts';
import type { ClientControl, ServerControl } from './control-messages.ts';
import type { DataFields, DownwardData, FrameProblem, UpwardBytes, UpwardData } from './data-frames.ts';
import { checkDownward, fieldError, isCount } from './field-checks.ts';
import { problem } from './frame-problem.ts';
import { type Building, copyOut, readFields, readNumber, writeFields } from './header-fields.ts';
import { MAX_OFFSET } from './position.ts';
import { isTopicName, isWireTopic } from './topic-name.ts';
import { fromUtf8 } from './utf8.ts';

/** Longest control message of a client, in bytes. */
export const MAX_CONTROL_BYTES = 65_536;

const NEWLINE = 0x0a;
const SPACE = 0x20;
const ZERO = 0x30;
const BRACE = 0x7b;
const NO_NEWLINE = 'a text header does not end';
const NOT_BINARY = 'a binary header is wrong';
const NOT_UTF8 = 'a header is not UTF-8';
const WRONG_NUMBER = 'a number is out of range';
const WRONG_TOPIC = 'a topic is wrong';

/**
 * A client's message as it goes into `WebSocket.send`: a string for a text payload, bytes for a binary one.
 * An unpaired surrogate in a text leaves as U+FFFD, as in every WebSocket text message.
 *
 * @throws StabilityError `ERR_FIELD` for a number, a topic or a field that no server would take.
 */
export function encodeUpward(message: Omit<UpwardData, 't'>): string | Uint8Array {
  const { seq, topic, payload } = message;
  if (!isCount(seq, 1)) throw fieldError('seq', `a whole number, 1 to ${MAX_OFFSET}`);
  if (topic === undefined ? message.op : !isTopicName(topic)) throw fieldError('topic', 'the name of one');
  if (typeof payload !== 'string') return encodeBinary(UPWARD, seq, topic ?? '', message, payload);
  return `${seq}${topic === undefined ? '' : ` t=${topic}`}${writeFields(message)}\n${payload}`;
}

/**
 * A server's message as it goes into `WebSocket.send`. Servers on a hot path write the wire frame at once: `frameDownward`.
 *
 * @throws StabilityError `ERR_FIELD` for an offset, a topic or a field that no client would take.
 */
export function encodeDownward(message: Omit<DownwardData, 't'>): string | Uint8Array {
  const { offset, topic, payload } = message;
  checkDownward(topic, offset);
  if (typeof payload !== 'string') return encodeBinary(DOWNWARD, offset, topic, message, payload);
  return `${topic} ${offset}${writeFields(message)}\n${payload}`;
}

function encodeBinary(
  kind: number,
  number: number,
  topic: string,
  fields: DataFields,
  payload: Uint8Array,
): Uint8Array {
  const text = writeFields(fields);
  const start = binaryHeaderBytes(topic, text);
  const bytes = new Uint8Array(start + payload.length);
  writeBinaryHeader(bytes, 0, kind, number, topic, text);
  bytes.set(payload, start);
  return bytes;
}

/** What a client sent. `bytes` is the payload of one whole WebSocket message; what comes back views it. */
export function decodeUpward(bytes: Uint8Array, binary: boolean): UpwardBytes | ClientControl | FrameProblem {
  if (binary) {
    const header = splitBinary(bytes, UPWARD);
    if (header === undefined) return problem(NOT_BINARY);
    const { number, ext, payload } = header;
    const topic = fromUtf8(header.topic);
    if (topic === undefined) return problem(NOT_UTF8);
    return upward({ t: 'data', seq: number, ...(topic === '' ? {} : { topic }), binary, payload }, ext);
  }
  if (bytes[0] === BRACE) {
    if (bytes.length > MAX_CONTROL_BYTES) return problem('a control message is too long');
    const text = fromUtf8(bytes);
    return text === undefined ? problem('a control message is not UTF-8') : decodeClientControl(text);
  }
  let at = 0;
  let seq = 0;
  // 2^48 has fifteen digits.
  for (; at < 15; at++) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) break;
    seq = seq * 10 + digit;
  }
  // The usual header is a number alone, and needs no search.
  const end = bytes[at] === NEWLINE ? at : bytes.subarray(0, MAX_HEADER_BYTES).indexOf(NEWLINE);
  if (end < 0) return problem(NO_NEWLINE);
  if (bytes[0] === ZERO || (end > at && bytes[at] !== SPACE)) return problem(WRONG_NUMBER);
  const message: Building<UpwardBytes> = { t: 'data', seq, binary, payload: bytes.subarray(end + 1) };
  return upward(message, end > at ? bytes.subarray(at + 1, end) : undefined);
}

/** @param fields of a binary message: nothing when empty; of a text message: `undefined` when there are none. */
function upward(message: Building<UpwardBytes>, fields: Uint8Array | undefined): UpwardBytes | FrameProblem {
  if (!isCount(message.seq, 1)) return problem(WRONG_NUMBER);
  if (fields !== undefined && !(message.binary && fields.length === 0)) {
    const text = fromUtf8(fields);
    const wrong = text === undefined ? NOT_UTF8 : readFields(text.split(' '), message, !message.binary);
    if (wrong !== undefined) return problem(wrong);
  }
  if (message.topic === undefined ? message.op : !isTopicName(message.topic)) return problem(WRONG_TOPIC);
  return message;
}

/**
 * What a server sent: the data of one WebSocket message, a string or its bytes.
 * A binary payload is a view of `message`; topics and ids are copies.
 */
export function decodeDownward(message: string | Uint8Array): DownwardData | ServerControl | FrameProblem {
  if (typeof message !== 'string') {
    const header = splitBinary(message, DOWNWARD);
    if (header === undefined) return problem(NOT_BINARY);
    const topic = fromUtf8(header.topic);
    const ext = fromUtf8(header.ext);
    if (topic === undefined || ext === undefined) return problem(NOT_UTF8);
    return downward(topic, header.number, ext === '' ? [] : ext.split(' '), header.payload);
  }
  if (message.startsWith('{')) return decodeServerControl(message);
  const end = message.slice(0, MAX_HEADER_BYTES).indexOf('\n');
  if (end < 0) return problem(NO_NEWLINE);
  const [topic = '', offset = '', ...fields] = message.slice(0, end).split(' ');
  return downward(copyOut(topic), readNumber(offset), fields, message.slice(end + 1));
}

function downward(
  topic: string,
  offset: number,
  fields: readonly string[],
  payload: string | Uint8Array,
): DownwardData | FrameProblem {
  if (!isCount(offset, 0)) return problem(WRONG_NUMBER);
  if (!isWireTopic(topic)) return problem(WRONG_TOPIC);
  const message: Building<DownwardData> = { t: 'data', topic, offset, payload };
  const wrong = readFields(fields, message, false);
  return wrong === undefined ? message : problem(wrong);
}
