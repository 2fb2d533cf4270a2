import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDownward, readServerControl, writeControl, writeUpward } from './client-wire.ts';
import { decodeClientControl, decodeServerControl, encodeControl } from './control-codec.ts';
import type { ServerControl } from './control-messages.ts';
import { decodeDownward, decodeUpward, encodeDownward } from './data-codec.ts';
import { MAX_OFFSET } from './position.ts';

const topics = fc.constantFrom('@', '@u', 'chat', 'a/b:c~1', '__proto__', 'x'.repeat(128));
const ids = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }).filter((id) => id.length <= 128);
const payloads = fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array());
const counts = fc.integer({ min: 1, max: MAX_OFFSET });

describe('down', () => {
  it('reads data as the checking codec does', () => {
    fc.assert(
      fc.property(
        topics,
        fc.oneof(counts, fc.constant(0)),
        payloads,
        fc.record({ id: ids, ackNow: fc.constant(true as const), traceparent: ids }, { requiredKeys: [] }),
        (topic, offset, payload, fields) => {
          const frame = encodeDownward({ topic, offset, payload, ...fields });
          const { traceparent: _, ...known } = fields;
          expect(decodeDownward(frame)).toMatchObject({ topic, offset });
          expect(readDownward(frame)).toEqual({ t: 'data', topic, offset, payload, ...known });
        },
      ),
    );
  });

  it('keeps what stands as it is in a value: equals signs, and escaped spaces and per cents', () => {
    for (const id of ['a=b', '=', 'a b', '100%', 'a=%3D'])
      for (const payload of ['text', Uint8Array.of(1)])
        expect(readDownward(encodeDownward({ topic: 'chat', offset: 1, payload, id }))).toMatchObject({ id, payload });
  });

  const said: readonly ServerControl[] = [
    {
      t: 'welcome',
      v: 1,
      session: 's',
      token: 't',
      generation: 3,
      resumed: false,
      why: 'expired',
      topics: new Map([
        ['__proto__', { at: [1, 2] }],
        ['chat', { gap: { was: [1, 2], now: [2, 0], why: 'epoch' } }],
        ['secret', { denied: 'no' }],
      ]),
      handled: 7,
      window: { messages: 1, bytes: 2 },
      pingMs: 1,
      pongMs: 2,
      sessionTtlMs: 3,
      maxBytes: 4,
      durability: 'disk',
    },
    { t: 'res', n: 1, ok: true, value: { a: [1] } },
    { t: 'res', n: 1, err: { code: 'ERR_NO', message: 'no', path: 'a' } },
    { t: 'res', from: 1, to: 2, ok: true },
    { t: 'skip', topic: 'chat', from: 1, to: 2, why: 'ttl' },
    { t: 'gap', topic: 'chat', was: [1, 2], now: [1, 3], why: 'lag' },
    { t: 'sub', topic: 'chat', at: [1, 2] },
    { t: 'ok', id: 1, at: [1, 2] },
    { t: 'err', id: 1, code: 'ERR_DENIED', message: 'no' },
    { t: 'goaway', why: 'end', afterMs: 0, deadlineMs: 1 },
    { t: 'ping', ts: 1.5 },
  ];
  it.each(said)('reads $t as the checking codec does', (message) => {
    const json = encodeControl(message);
    expect(readServerControl(json)).toEqual(decodeServerControl(json));
    expect(readDownward(json)).toEqual(message);
  });

  it('throws, and nothing else, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.uint8Array(),
          fc.json().map((json) => `{"t":${json}`),
        ),
        (raw) => {
          try {
            expect(readDownward(raw)).toHaveProperty('t');
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
          }
        },
      ),
    );
    for (const raw of ['chat 1', '{', Uint8Array.of(1, 0, 200, 0, 0, 0, 0, 0, 0, 0, 1), Uint8Array.of(1)])
      expect(() => readDownward(raw)).toThrow();
    expect(() => readDownward(Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1))).toThrow(RangeError);
  });
});

describe('up', () => {
  it('writes data that the server reads', () => {
    const fields = fc.record(
      { id: ids, op: fc.constantFrom('pub' as const, 'req' as const), echo: fc.boolean(), ttlMs: counts },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        counts,
        fc.constantFrom(undefined, 'chat', 'x'.repeat(128)),
        payloads,
        fields,
        (seq, topic, payload, { op, echo, ...rest }) => {
          const sent = { ...rest, ...(topic && { topic, op }), echo };
          const frame = writeUpward(seq, { ...sent, payload });
          const bytes = typeof frame === 'string' ? new TextEncoder().encode(frame) : frame;
          const read = decodeUpward(bytes, typeof frame !== 'string');
          if (read.t !== 'data') throw new Error(JSON.stringify(read));
          const { echo: came, ...others } = read;
          expect(came).toBe(echo === false ? false : undefined);
          expect(others).toEqual({
            t: 'data',
            seq,
            binary: typeof payload !== 'string',
            ...(topic && { topic, ...(op && { op }) }),
            ...rest,
            payload: typeof payload === 'string' ? new TextEncoder().encode(payload) : payload,
          });
        },
      ),
    );
  });

  it('refuses an id and a time to live that no server would take', () => {
    for (const id of ['', 'x'.repeat(129), '😀'.repeat(65), '\ud800'])
      expect(() => writeUpward(1, { id, payload: '' })).toThrow(expect.objectContaining({ code: 'ERR_FIELD' }));
    for (const ttlMs of [0, -1, 1.5, Number.NaN])
      expect(() => writeUpward(1, { ttlMs, payload: '' })).toThrow(expect.objectContaining({ code: 'ERR_FIELD' }));
  });

  it('writes control messages that the server reads', () => {
    const positions = new Map([['__proto__', [1, 2] as const]]);
    const hello = { t: 'hello', v: 1, instance: 'i', positions } as const;
    expect(decodeClientControl(writeControl(hello))).toEqual(hello);
    const ack = { t: 'ack', p: positions, r: 3 } as const;
    expect(decodeClientControl(writeControl(ack))).toEqual(ack);
  });
});
