import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPublishRequest } from './publish-request.ts';

/** Stands for JSON that cannot be written by `JSON.stringify`, which recurses. */
const deep = '__deep__';
const DEEP = '['.repeat(100_000) + ']'.repeat(100_000);
const read = (value: unknown) =>
  readPublishRequest(Buffer.from(JSON.stringify(value).replace(`"${deep}"`, DEEP)), 300_000);
const fieldOf = (value: unknown) => {
  const reading = read(value);
  return reading.ok ? undefined : reading.refusal.field;
};

describe('readPublishRequest', () => {
  it('takes a string as it is and other JSON as its text', () => {
    expect(read({ topic: 't', payload: 'a "quoted" text' })).toEqual({
      ok: true,
      request: { topic: 't', payload: 'a "quoted" text' },
    });
    expect(read({ topic: 't', payload: { b: [1, null] }, id: 'x', ttlMs: 5 })).toEqual({
      ok: true,
      request: { topic: 't', payload: '{"b":[1,null]}', id: 'x', ttlMs: 5 },
    });
    expect(read({ topic: 't', payload: null })).toMatchObject({ request: { payload: 'null' } });
  });

  it.each<readonly [string, unknown]>([
    ['topic', { payload: 1 }],
    ['topic', { topic: 5, payload: 1 }],
    ['topic', { topic: 'two words', payload: 1 }],
    ['topic', { topic: 'x'.repeat(129), payload: 1 }],
    ['topic', { topic: '@', payload: 1 }],
    ['topic', { topic: 'echo', payload: 1 }],
    ['payload', { topic: 't' }],
    ['id', { topic: 't', payload: 1, id: '' }],
    ['id', { topic: 't', payload: 1, id: 7 }],
    ['id', { topic: 't', payload: 1, id: 'x'.repeat(129) }],
    ['id', { topic: 't', payload: 1, id: 'a\nb' }],
    ['ttlMs', { topic: 't', payload: 1, ttlMs: 0 }],
    ['ttlMs', { topic: 't', payload: 1, ttlMs: 300_001 }],
    ['ttlMs', { topic: 't', payload: 1, ttlMs: '5' }],
    ['retain', { topic: 't', payload: 1, retain: true }],
    ['body', [1]],
    ...['topic', 'id', 'ttlMs'].map((name) => [name, { topic: 't', payload: 1, [name]: deep }] as const),
    ['body', null],
    ['body', 'text'],
  ])('names the field %s of %j', (field, value) => {
    expect(fieldOf(value)).toBe(field);
  });

  it('refuses members that reach for a prototype', () => {
    const reading = readPublishRequest(Buffer.from('{"topic":"t","payload":1,"__proto__":{"id":"x"}}'), 1);
    expect(reading).toMatchObject({ ok: false, refusal: { field: '__proto__' } });
  });

  it('refuses what is nested too deeply to be written again', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect(readPublishRequest(Buffer.from(`{"topic":"t","payload":${deep}}`), 1)).toMatchObject({ ok: false });
  });

  it('refuses what is not UTF-8 or not JSON', () => {
    const codeOf = (bytes: Uint8Array) => {
      const reading = readPublishRequest(bytes, 1);
      return reading.ok ? undefined : reading.refusal.code;
    };
    expect(codeOf(Buffer.from('{"topic":'))).toBe('ERR_JSON');
    expect(codeOf(new Uint8Array(0))).toBe('ERR_JSON');
    expect(codeOf(Buffer.from([0x22, 0xff, 0x22]))).toBe('ERR_JSON');
  });

  it('answers anything without throwing', () => {
    const bodies = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => Buffer.from(text)),
    );
    fc.assert(fc.property(bodies, (body) => typeof readPublishRequest(body, 1_000).ok === 'boolean'));
  });
});
