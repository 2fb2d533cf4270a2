// Data messages: a short header in front of a payload that keeps its bytes.
import type { Payload } from './payload.ts';

/** The known `k=v` fields of a data header. Unknown ones are ignored when read and cannot be written. */
export interface DataFields {
  /** `i=` message id, at most 128 characters. */
  readonly id?: string;
  /** `op=` of an upward message: append to the topic, or ask its handler. */
  readonly op?: 'pub' | 'req';
  /** `e=0`: not back to me. */
  readonly echo?: false;
  /** `x=` time to live in milliseconds. */
  readonly ttlMs?: number;
  /** `v=1`: volatile, at head or not at all. */
  readonly volatile?: true;
  /** `a=1`: acknowledge now. */
  readonly ackNow?: true;
  /** `tp=` W3C traceparent. */
  readonly traceparent?: string;
}

/** Server → client. Offset 0 is a volatile message. */
export interface DownwardData extends DataFields {
  readonly t: 'data';
  readonly topic: string;
  readonly offset: number;
  readonly payload: Payload;
}

/** Client → server. No topic: for the connection's `onMessage`. */
export interface UpwardData extends DataFields {
  readonly t: 'data';
  readonly seq: number;
  readonly topic?: string;
  readonly payload: Payload;
}

/** An upward message as the server reads it: payload bytes as they came, text not yet decoded. */
export interface UpwardBytes extends DataFields {
  readonly t: 'data';
  readonly seq: number;
  readonly topic?: string;
  readonly binary: boolean;
  /** A view of the message; copy it to keep it. */
  readonly payload: Uint8Array;
}

/** Why a message could not be read; the connection is closed 4004 with the reason. */
export interface FrameProblem {
  readonly t: 'problem';
  /** For people and logs; never quotes what was sent. */
  readonly reason: string;
}
