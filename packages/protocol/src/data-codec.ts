// Data messages to and from WebSocket messages; a text message that begins with `{` is handed to the control codec.
import {
  binaryHeaderBytes,
  DOWNWARD,
  MAX_HEADER_BYTES,
  readBinaryHeader,
  UPWARD,
  writeBinaryHeader,
} from './binary-header.ts';
import { decodeClientControl, decodeServerControl } from './control-codec.ts';
import type { ClientControl, ServerControl } from './control-messages.ts';
import type { DownwardData, FrameProblem, UpwardBytes, UpwardData } from './data-frames.ts';
import { checkDownward, fieldError, isCount } from './field-checks.ts';
import { problem } from './frame-problem.ts';
import { copyOut, type HeaderFields, readFields, readNumber, writeFields } from './header-fields.ts';
import { MAX_OFFSET } from './position.ts';
import { isTopicName, isWireTopic } from './topic-name.ts';
import { fromUtf8 } from './utf8.ts';

/** Longest control message of a client, in bytes. */
export const MAX_CONTROL_BYTES = 65_536;

const NEWLINE = 0x0a;
const SPACE = 0x20;
const BRACE = 0x7b;
const MISSING_NEWLINE = 'a text message has no newline where its header has to end';

/**
 * A client's message as it goes into `WebSocket.send`: a string for a text payload, bytes for a binary one.
 * An unpaired surrogate in a text leaves as U+FFFD, as in every WebSocket text message.
 *
 * @throws StabilityError `ERR_FIELD` for a number, a topic or a field that no server would take.
 */
export function encodeUpward(message: Omit<UpwardData, 't'>): string | Uint8Array {
  const { seq, topic, payload } = message;
  if (!isCount(seq, 1)) throw fieldError('seq', `a whole number, 1 to ${MAX_OFFSET}`);
  if (topic !== undefined && !isTopicName(topic)) throw fieldError('topic', 'the name of a topic');
  if (message.op !== undefined && topic === undefined) throw fieldError('topic', 'well when op is given');
  if (typeof payload === 'string') return `${seq}${writeFields(message)}\n${payload}`;
  return encodeBinary(UPWARD, seq, topic ?? '', withoutTopic(message), payload);
}

/**
 * A server's message as it goes into `WebSocket.send`. Servers on a hot path write the wire frame at once: `frameDownward`.
 *
 * @throws StabilityError `ERR_FIELD` for an offset, a topic or a field that no client would take.
 */
export function encodeDownward(message: Omit<DownwardData, 't'>): string | Uint8Array {
  const { offset, topic, payload } = message;
  checkDownward(topic, offset);
  const fields = withoutTopic(message);
  if (typeof payload === 'string') return `${topic} ${offset}${writeFields(fields)}\n${payload}`;
  return encodeBinary(DOWNWARD, offset, topic, fields, payload);
}

/** What a client sent. `bytes` is the payload of one whole WebSocket message; what comes back views it. */
export function decodeUpward(bytes: Uint8Array, binary: boolean): UpwardBytes | ClientControl | FrameProblem {
  if (binary) {
    const header = readBinaryHeader(bytes, UPWARD);
    if (header.t === 'problem') return header;
    const { number, topic, fields, payload } = header;
    // `t=` is a field of text messages only: in a binary one it is an unknown key.
    return upward(number, topic === '' ? withoutTopic(fields) : { ...fields, topic }, true, payload);
  }
  if (bytes[0] === BRACE) {
    if (bytes.length > MAX_CONTROL_BYTES) return problem('a control message is too long');
    const text = fromUtf8(bytes);
    return text === undefined ? problem('a control message is not UTF-8') : decodeClientControl(text);
  }
  let at = 0;
  let seq = 0;
  for (; at < 15; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    seq = seq * 10 + digit;
  }
  if (bytes[0] === 0x30) return problem('a sequence number begins with 0');
  if (bytes[at] === NEWLINE) return upward(seq, {}, false, bytes.subarray(at + 1));
  if (bytes[at] !== SPACE) return problem('a text message does not begin with a sequence number');
  const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf(NEWLINE);
  if (end < 0) return problem(MISSING_NEWLINE);
  const text = fromUtf8(bytes.subarray(at + 1, end));
  if (text === undefined) return problem('a header is not UTF-8');
  const fields = readFields(text);
  return typeof fields === 'string' ? problem(fields) : upward(seq, fields, false, bytes.subarray(end + 1));
}

/**
 * What a server sent: the data of one WebSocket message, a string or its bytes.
 * A binary payload is a view of `message`; topics and ids are copies.
 */
export function decodeDownward(message: string | Uint8Array): DownwardData | ServerControl | FrameProblem {
  if (typeof message !== 'string') {
    const header = readBinaryHeader(message, DOWNWARD);
    if (header.t === 'problem') return header;
    return downward(header.topic, header.number, header.fields, header.payload);
  }
  if (message.startsWith('{')) return decodeServerControl(message);
  const end = message.slice(0, MAX_HEADER_BYTES).indexOf('\n');
  if (end < 0) return problem(MISSING_NEWLINE);
  const header = message.slice(0, end);
  const afterTopic = header.indexOf(' ');
  const afterOffset = header.indexOf(' ', afterTopic + 1);
  const offset = readNumber(header.slice(afterTopic + 1, afterOffset < 0 ? end : afterOffset));
  const fields = afterOffset < 0 || afterTopic < 0 ? {} : readFields(header.slice(afterOffset + 1));
  if (typeof fields === 'string') return problem(fields);
  return downward(copyOut(header.slice(0, Math.max(afterTopic, 0))), offset, fields, message.slice(end + 1));
}

function upward(seq: number, fields: HeaderFields, binary: boolean, payload: Uint8Array): UpwardBytes | FrameProblem {
  if (!isCount(seq, 1)) return problem('a sequence number is out of range');
  if (fields.topic !== undefined && !isTopicName(fields.topic))
    return problem('a topic has a name that it cannot have');
  if (fields.op !== undefined && fields.topic === undefined) return problem('op= is given without a topic');
  return { ...fields, t: 'data', seq, binary, payload };
}

function downward(
  topic: string,
  offset: number,
  fields: HeaderFields,
  payload: string | Uint8Array,
): DownwardData | FrameProblem {
  if (!isCount(offset, 0)) return problem('an offset is out of range or missing');
  if (!isWireTopic(topic)) return problem('a topic has a name that it cannot have');
  return { ...fields, t: 'data', topic, offset, payload };
}

function encodeBinary(
  kind: number,
  number: number,
  topic: string,
  fields: HeaderFields,
  payload: Uint8Array,
): Uint8Array {
  const text = writeFields(fields);
  const start = binaryHeaderBytes(topic, text);
  const bytes = new Uint8Array(start + payload.length);
  writeBinaryHeader(bytes, 0, kind, number, topic, text);
  bytes.set(payload, start);
  return bytes;
}

function withoutTopic({ topic: _, ...fields }: HeaderFields): HeaderFields {
  return fields;
}
