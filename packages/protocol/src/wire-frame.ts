// Whole WebSocket frames (RFC 6455 §5.2: FIN set, not masked, no extension), ready for a server's socket.
// This is the hot path of a broadcast: one allocation a frame (two for a string payload beyond 21,845 characters),
// no regular expression but the topic's check, no copy of the payload besides the one into the frame and a string's encoding.
import { binaryHeaderBytes, DOWNWARD, writeBinaryHeader } from './binary-header.ts';
import type { DataFields } from './data-frames.ts';
import { checkDownward, fieldError } from './field-checks.ts';
import { writeFields } from './header-fields.ts';
import type { Payload } from './payload.ts';
import { isShortAscii, utf8View, writeAscii } from './utf8.ts';

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
  const source = quickest(payload);
  if (binary) {
    if (typeof payload === 'string') throw fieldError('payload', 'bytes when it is to travel as a binary message');
    const headerBytes = binaryHeaderBytes(topic, fieldText);
    const bytes = allocate(BINARY, headerBytes + source.length);
    const payloadStart = bytes.length - source.length;
    writeBinaryHeader(bytes, payloadStart - headerBytes, DOWNWARD, offset, topic, fieldText);
    return filled(bytes, payloadStart, source);
  }
  const header = `${topic} ${offset}${fieldText}\n`;
  const bytes = allocate(TEXT, header.length + source.length);
  const payloadStart = bytes.length - source.length;
  writeAscii(bytes, payloadStart - header.length, header);
  return filled(bytes, payloadStart, source);
}

/** A payload as a wire frame of its own, for plain clients. */
export function framePlain(payload: Uint8Array, binary: boolean): Uint8Array {
  const bytes = allocate(binary ? BINARY : TEXT, payload.length);
  return filled(bytes, bytes.length - payload.length, payload).bytes;
}

/** A control message, or any other text, as a wire frame. */
export function frameText(text: string): Uint8Array {
  const source = quickest(text);
  const bytes = allocate(TEXT, source.length);
  return filled(bytes, bytes.length - source.length, source).bytes;
}

/** A payload in the form that is copied fastest; its `length` is its bytes in either. */
function quickest(payload: Payload): Payload {
  return typeof payload === 'string' && !isShortAscii(payload) ? utf8View(payload) : payload;
}

/** Room for a frame with so many bytes after the WebSocket header, which is written. */
function allocate(firstByte: number, length: number): Uint8Array {
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
  view.setUint32(6, length % 2 ** 32);
  return bytes;
}

function filled(bytes: Uint8Array, payloadStart: number, payload: Payload): WireFrame {
  if (typeof payload === 'string') writeAscii(bytes, payloadStart, payload);
  else bytes.set(payload, payloadStart);
  return { bytes, payloadStart };
}
