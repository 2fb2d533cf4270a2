// The header of a binary data message, big endian:
//
//   kind u8 | flags u8 | topic length u8 | ext length u16 | offset or seq u48 | topic | ext | payload
import { writeAscii } from './utf8.ts';

export const DOWNWARD = 0x01;
export const UPWARD = 0x02;
/** Longest text header with its newline, and longest binary `ext`, in bytes. */
export const MAX_HEADER_BYTES = 4096;

/** Bytes before the topic. */
const FIXED_BYTES = 11;

/** Bytes that {@link writeBinaryHeader} writes. */
export function binaryHeaderBytes(topic: string, fields: string): number {
  return FIXED_BYTES + topic.length + ((fields && fields.length - 1) || 0);
}

/** @param fields as `writeFields` makes them; their first space is left out. */
export function writeBinaryHeader(
  target: Uint8Array,
  at: number,
  kind: number,
  number: number,
  topic: string,
  fields: string,
): void {
  const ext = fields.slice(1);
  const view = new DataView(target.buffer, target.byteOffset + at);
  view.setUint8(0, kind);
  view.setUint8(2, topic.length);
  view.setUint16(3, ext.length);
  view.setUint16(5, Math.floor(number / 2 ** 32));
  view.setUint32(7, number % 2 ** 32);
  writeAscii(target, at + FIXED_BYTES, topic + ext);
}

export interface BinaryHeader {
  readonly number: number;
  /** As it came, and empty when there is none. */
  readonly topic: Uint8Array;
  readonly ext: Uint8Array;
  readonly payload: Uint8Array;
}

/** The parts of a binary message, none of them checked; `undefined` when it is not one of that kind and version. */
export function splitBinary(bytes: Uint8Array, kind: number): BinaryHeader | undefined {
  if (bytes.length < FIXED_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const ext = FIXED_BYTES + view.getUint8(2);
  const payload = ext + view.getUint16(3);
  // Version 1 has no flags.
  if (view.getUint8(0) !== kind || view.getUint8(1) !== 0) return undefined;
  if (payload > bytes.length || payload - ext > MAX_HEADER_BYTES) return undefined;
  return {
    number: view.getUint16(5) * 2 ** 32 + view.getUint32(7),
    topic: bytes.subarray(FIXED_BYTES, ext),
    ext: bytes.subarray(ext, payload),
    payload: bytes.subarray(payload),
  };
}
