// Whole WebSocket frames (RFC 6455 §5.2: FIN set, not masked, no extension), ready for a server's socket.
// This is the hot path of a broadcast: one allocation a frame, no regular expression, no intermediate string of the payload.
import { binaryHeaderBytes, DOWNWARD, writeBinaryHeader } from './binary-header.ts';
import type { DataFields } from './data-frames.ts';
import { checkDownward, fieldError } from './field-checks.ts';
import { writeFields } from './header-fields.ts';
import type { Payload } from './payload.ts';
import { utf8Length, writeAscii, writeUtf8 } from './utf8.ts';

export interface WireFrame {
  /** The frame from its first byte to its last. */
  readonly bytes: Uint8Array;
  /** Where in `bytes` the application's payload starts; it goes on to the end. */
  readonly payloadStart: number;
}

const TEXT = 0x81;
const BINARY = 0x82;
/** RFC 6455 §5.2: a length up to 125 stands in the second byte, up to 65,535 in two more, else in eight more. */
const LENGTH_IN_TWO = 126;
const LENGTH_IN_EIGHT = 127;

/**
 * A server's data message as a wire frame, the same for every subscriber.
 *
 * @param offset 0 (volatile) to 2^48−1.
 * @param payload a string, or bytes: UTF-8 already when `binary` is false. Copied once.
 * @param binary whether it travels as a binary message; must be false for a string.
 * @throws StabilityError `ERR_FIELD` for a topic, an offset or a field that no client would take, or a string that is to be binary.
 */
export function frameDownward(
  topic: string,
  offset: number,
  payload: Payload,
  binary: boolean,
  fields?: Pick<DataFields, 'id' | 'traceparent' | 'ackNow'>,
): WireFrame {
  checkDownward(topic, offset);
  const fieldText = fields === undefined ? '' : writeFields(fields);
  if (binary) {
    if (typeof payload === 'string') throw fieldError('payload', 'bytes when it is to travel as a binary message');
    const bytes = allocate(BINARY, binaryHeaderBytes(topic, fieldText), payload);
    const start = headBytes(bytes);
    return filled(bytes, writeBinaryHeader(bytes, start, DOWNWARD, offset, topic, fieldText), payload);
  }
  const header = `${topic} ${offset}${fieldText}\n`;
  const bytes = allocate(TEXT, header.length, payload);
  const start = headBytes(bytes);
  writeAscii(bytes, start, header);
  return filled(bytes, start + header.length, payload);
}

/** A payload as a wire frame of its own, for plain clients. */
export function framePlain(payload: Uint8Array, binary: boolean): Uint8Array {
  const bytes = allocate(binary ? BINARY : TEXT, 0, payload);
  return filled(bytes, headBytes(bytes), payload).bytes;
}

/** A control message, or any other text, as a wire frame. */
export function frameText(text: string): Uint8Array {
  const bytes = allocate(TEXT, 0, text);
  return filled(bytes, headBytes(bytes), text).bytes;
}

/** Room for a frame, with the WebSocket header written. */
function allocate(firstByte: number, headerBytes: number, payload: Payload): Uint8Array {
  const length = headerBytes + (typeof payload === 'string' ? utf8Length(payload) : payload.length);
  if (length < LENGTH_IN_TWO) {
    const bytes = new Uint8Array(2 + length);
    bytes[0] = firstByte;
    bytes[1] = length;
    return bytes;
  }
  if (length < 0x1_0000) {
    const bytes = new Uint8Array(4 + length);
    bytes[0] = firstByte;
    bytes[1] = LENGTH_IN_TWO;
    bytes[2] = length >>> 8;
    bytes[3] = length;
    return bytes;
  }
  const bytes = new Uint8Array(10 + length);
  bytes[0] = firstByte;
  bytes[1] = LENGTH_IN_EIGHT;
  const view = new DataView(bytes.buffer);
  view.setUint32(2, Math.floor(length / 2 ** 32));
  view.setUint32(6, length >>> 0);
  return bytes;
}

/** Length of the WebSocket header that stands in front. */
function headBytes(bytes: Uint8Array): number {
  const length = bytes[1];
  return length === LENGTH_IN_EIGHT ? 10 : length === LENGTH_IN_TWO ? 4 : 2;
}

function filled(bytes: Uint8Array, payloadStart: number, payload: Payload): WireFrame {
  if (typeof payload === 'string') writeUtf8(bytes, payloadStart, payload);
  else bytes.set(payload, payloadStart);
  return { bytes, payloadStart };
}
