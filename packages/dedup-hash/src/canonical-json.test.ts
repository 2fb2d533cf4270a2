import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, MAX_CANONICAL_DEPTH } from './canonical-json.ts';

function refusalOf(value: unknown): unknown {
  try {
    return canonicalJson(value);
  } catch (error) {
    return error;
  }
}

function expectRefused(value: unknown, path: string): void {
  expect(refusalOf(value)).toMatchObject({ code: 'ERR_CANONICAL_JSON', details: { path } });
}

/** The same value with the keys of every object in another order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, reordered(item)] as const);
  return Object.fromEntries(entries.reverse());
}

// Without −0, which is 0 in JSON.
const json = fc.jsonValue({ maxDepth: 5 }).map((value): unknown => JSON.parse(JSON.stringify(value)));

describe('canonicalJson', () => {
  it('writes no space, sorts keys by UTF-16 code units, numbers as JavaScript does', () => {
    const value = {
      b: [1, 'two', null, true],
      a: { z: 1e21, Z: 0.1, '€': -5e-324, '': {} },
      '\u{1f600}': [],
      '\ufb33': false,
    };
    expect(canonicalJson(value)).toBe(
      '{"a":{"":{},"Z":0.1,"z":1e+21,"€":-5e-324},"b":[1,"two",null,true],"\u{1f600}":[],"\ufb33":false}',
    );
  });

  it('gives the example of RFC 8785, §3.2.2', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('says what JSON says, and can be read back', () => {
    fc.assert(fc.property(json, (value) => void expect(JSON.parse(canonicalJson(value))).toEqual(value)));
  });

  it('does not depend on the order of keys', () => {
    fc.assert(fc.property(json, (value) => void expect(canonicalJson(reordered(value))).toBe(canonicalJson(value))));
  });

  it('gives different values different texts', () => {
    const small = fc.jsonValue({ maxDepth: 2, stringUnit: fc.constantFrom('a', '"', '\\', ',', '1') });
    const pairs = fc.oneof(fc.tuple(json, json), fc.tuple(small, small));
    fc.assert(
      fc.property(pairs, ([one, other]) => {
        const [first, second] = [canonicalJson(one), canonicalJson(other)];
        // What is equal as JSON is equal here, and the other way about.
        expect(first === second).toBe(equal(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other))));
      }),
    );
  });

  it('leaves a property that is undefined out, and refuses undefined elsewhere', () => {
    expect(canonicalJson({ a: undefined, b: 1, c: undefined })).toBe('{"b":1}');
    expectRefused(undefined, '');
    expectRefused({ list: [1, undefined] }, 'list.1');
    // biome-ignore lint/suspicious/noSparseArray: a hole is what this is about
    expectRefused([1, , 3], '1');
  });

  it('writes −0 as 0, and refuses numbers that JSON has not', () => {
    expect(canonicalJson([-0, 0])).toBe('[0,0]');
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expectRefused({ n: number }, 'n');
  });

  it('refuses bigints, functions and symbols; keys that are symbols are no content', () => {
    expectRefused([1n], '0');
    expectRefused({ act: () => undefined }, 'act');
    expectRefused({ tag: Symbol('tag') }, 'tag');
    expect(canonicalJson({ [Symbol('hidden')]: 1 })).toBe('{}');
  });

  it('writes what has toJSON as it says: dates as ISO text in UTC, addresses as text', () => {
    expect(canonicalJson(new Date(0))).toBe('"1970-01-01T00:00:00.000Z"');
    expect(canonicalJson({ at: new URL('http://example.org') })).toBe('{"at":"http://example.org/"}');
    expect(canonicalJson({ price: { toJSON: (key: string) => ({ z: key, a: [1] }) } })).toBe(
      '{"price":{"a":[1],"z":"price"}}',
    );
    expect(canonicalJson([{ toJSON: () => [1, { b: 1, a: 2 }] }])).toBe('[[1,{"a":2,"b":1}]]');
    expect(canonicalJson({ toJSON: 'no function' })).toBe('{"toJSON":"no function"}');
    expect(canonicalJson(Object.assign([1], { toJSON: () => 'a list of its own' }))).toBe('"a list of its own"');
    expectRefused({ at: new Date(Number.NaN) }, 'at');
    expectRefused({ at: runInNewContext('new Date(NaN)') }, 'at');
    expectRefused({ x: { toJSON: () => undefined } }, 'x');
    expectRefused({ x: { toJSON: () => new Map() } }, 'x');
  });

  it('refuses what JSON would write as an empty object or as numbered keys', () => {
    class Point {
      x = 1;
    }
    const refused = [new Map([[1, 2]]), new Set([1]), /x/, new Uint8Array(2), new Error('x'), new Point(), Object(1)];
    for (const value of [...refused, Promise.resolve(), new WeakMap(), new ArrayBuffer(1)])
      expectRefused({ value }, 'value');
  });

  it('takes plain objects without a prototype, of another realm, and with keys of any name', () => {
    expect(canonicalJson(Object.assign(Object.create(null), { b: 1, a: 2 }))).toBe('{"a":2,"b":1}');
    expect(canonicalJson(runInNewContext('({ b: [1], a: { c: 1 } })'))).toBe('{"a":{"c":1},"b":[1]}');
    expect(canonicalJson(JSON.parse('{"__proto__":1,"constructor":2}'))).toBe('{"__proto__":1,"constructor":2}');
  });

  it('normalises no unicode: texts that look alike are different', () => {
    expect(canonicalJson('\u00e9')).not.toBe(canonicalJson('e\u0301'));
    expect(canonicalJson({ '\u00e9': 1 })).not.toBe(canonicalJson({ 'e\u0301': 1 }));
  });

  it('escapes lone surrogates, so that each is a text of its own', () => {
    expect(canonicalJson('\ud800')).toBe('"\\ud800"');
    expect(canonicalJson('\udc00\ud800')).toBe('"\\udc00\\ud800"');
    expect(canonicalJson({ '\ud800': 1 })).toBe('{"\\ud800":1}');
    expect(canonicalJson('\\ud800')).toBe('"\\\\ud800"');
  });

  it('goes 64 levels deep, and ends where a value contains itself', () => {
    const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
    expect(canonicalJson(nested(MAX_CANONICAL_DEPTH))).toBe('['.repeat(64) + ']'.repeat(64));
    expect(refusalOf(nested(MAX_CANONICAL_DEPTH + 1))).toMatchObject({ code: 'ERR_CANONICAL_JSON' });
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(refusalOf(cycle)).toMatchObject({ code: 'ERR_CANONICAL_JSON' });
    const twice = { a: [1] };
    expect(canonicalJson([twice, twice])).toBe('[{"a":[1]},{"a":[1]}]');
  });
});

function equal(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [ours, theirs] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
  return ours.size === theirs.size && [...ours].every(([key, item]) => theirs.has(key) && equal(item, theirs.get(key)));
}
