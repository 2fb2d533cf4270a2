// How what happens to a cursor is said to a client: by protocol frames, by bare payloads, or by JSON envelopes.
import type { Gap, Position, SkipReason } from '@ws-stability/protocol';
import { encodeControl, framePlain, frameText } from '@ws-stability/protocol';
import type { LogEntry } from '@ws-stability/store';
import type { Cursor } from '../delivery/cursor.ts';

export interface Format {
  readonly mode: 'resumable' | 'plain';
  /** The frame of an entry for this cursor. */
  entry(cursor: Cursor, entry: LogEntry): Uint8Array;
  /** The frame that tells of a gap, or undefined: then the connection is closed with it as the reason. */
  gap(cursor: Cursor, gap: Gap): Uint8Array | undefined;
  /** The frame that tells of skipped offsets, or undefined where nobody counts offsets. */
  skip(cursor: Cursor, from: number, to: number, why: SkipReason): Uint8Array | undefined;
}

export const resumableFormat: Format = {
  mode: 'resumable',
  entry: (_cursor, entry) => entry.frame,
  gap: (cursor, gap) => frameText(encodeControl({ t: 'gap', topic: cursor.topic, ...gap })),
  skip: (cursor, from, to, why) => frameText(encodeControl({ t: 'skip', topic: cursor.topic, from, to, why })),
};

/** Payloads and nothing else. Each entry is encoded once, however many plain clients get it. */
export const rawFormat: Format = {
  mode: 'plain',
  entry: rememberLast((entry) => framePlain(payloadOf(entry), entry.binary)),
  gap: () => undefined,
  skip: () => undefined,
};

/** Text `{topic, epoch, offset, payload}`; binary payloads as `payloadBase64`; gaps as `{topic, gap}`. */
export const jsonFormat: Format = {
  mode: 'plain',
  entry: rememberLast((entry, { topic, epoch }) => {
    const payload = payloadOf(entry);
    const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    const content = entry.binary ? { payloadBase64: text.toString('base64') } : { payload: text.toString('utf8') };
    return frameText(JSON.stringify({ topic, epoch, offset: entry.offset, ...content }));
  }),
  gap: ({ topic }, gap: { was: Position; now: Position; why: string }) =>
    frameText(JSON.stringify({ topic, gap: { was: gap.was, now: gap.now, why: gap.why } })),
  skip: () => undefined,
};

function payloadOf(entry: LogEntry): Uint8Array {
  return entry.frame.subarray(entry.payloadStart);
}

function rememberLast(encode: (entry: LogEntry, cursor: Cursor) => Uint8Array): Format['entry'] {
  let last: { readonly entry: LogEntry; readonly topic: string; readonly bytes: Uint8Array } | undefined;
  return (cursor, entry) => {
    if (last === undefined || last.entry !== entry || last.topic !== cursor.topic) {
      last = { entry, topic: cursor.topic, bytes: encode(entry, cursor) };
    }
    return last.bytes;
  };
}
