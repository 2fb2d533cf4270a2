// The header of a binary data message, and of one that is written into a larger frame.
//
//   kind u8 | flags u8 | topic length u8 | ext length u16 | offset or seq u48 | topic | ext      (big endian)
import type { FrameProblem } from './data-frames.ts';
import { problem } from './frame-problem.ts';
import { type HeaderFields, readFields } from './header-fields.ts';
import { fromUtf8, writeAscii } from './utf8.ts';

export const DOWNWARD = 0x01;
export const UPWARD = 0x02;
/** Bytes before the topic. */
export const FIXED_BYTES = 11;
/** Longest text header with its newline, and longest binary `ext`, in bytes. */
export const MAX_HEADER_BYTES = 4096;

/** Writes the header; `ext` is field text with or without its leading space. @returns where the payload goes */
export function writeBinaryHeader(
  target: Uint8Array,
  at: number,
  kind: number,
  number: number,
  topic: string,
  fields: string,
): number {
  const ext = fields.slice(1);
  const high = Math.floor(number / 2 ** 32);
  target[at] = kind;
  target[at + 1] = 0;
  target[at + 2] = topic.length;
  target[at + 3] = ext.length >>> 8;
  target[at + 4] = ext.length;
  target[at + 5] = high >>> 8;
  target[at + 6] = high;
  target[at + 7] = number >>> 24;
  target[at + 8] = number >>> 16;
  target[at + 9] = number >>> 8;
  target[at + 10] = number;
  writeAscii(target, at + FIXED_BYTES, topic);
  writeAscii(target, at + FIXED_BYTES + topic.length, ext);
  return at + FIXED_BYTES + topic.length + ext.length;
}

/** Bytes that {@link writeBinaryHeader} writes. */
export function binaryHeaderBytes(topic: string, fields: string): number {
  return FIXED_BYTES + topic.length + Math.max(0, fields.length - 1);
}

export interface BinaryHeader {
  readonly t: 'header';
  readonly number: number;
  /** Not checked yet; empty when there is none. */
  readonly topic: string;
  readonly fields: HeaderFields;
  readonly payload: Uint8Array;
}

export function readBinaryHeader(bytes: Uint8Array, kind: number): BinaryHeader | FrameProblem {
  const [first, flags, topicBytes = 0, extHigh = 0, extLow = 0] = bytes;
  if (first !== kind) return problem('a binary message does not begin with the byte of its kind');
  if (flags !== 0) return problem('flags are set that version 1 does not have');
  const extBytes = extHigh * 256 + extLow;
  const ext = FIXED_BYTES + topicBytes;
  if (extBytes > MAX_HEADER_BYTES) return problem('a header is too long');
  if (bytes.length < ext + extBytes) return problem('a binary header is cut short');
  const topic = fromUtf8(bytes.subarray(FIXED_BYTES, ext));
  const text = fromUtf8(bytes.subarray(ext, ext + extBytes));
  if (topic === undefined || text === undefined) return problem('a header is not UTF-8');
  const fields = text === '' ? {} : readFields(text);
  if (typeof fields === 'string') return problem(fields);
  return { t: 'header', number: readU48(bytes, 5), topic, fields, payload: bytes.subarray(ext + extBytes) };
}

function readU48(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let index = at; index < at + 6; index++) value = value * 256 + (bytes[index] ?? 0);
  return value;
}
