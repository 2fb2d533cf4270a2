import { expect, expectTypeOf, test } from 'vitest';
import type { StandardResult, StandardSchemaV1 } from './standard-schema.ts';
import { type Validation, validate } from './validate.ts';

function schema<Value>(
  answer: (value: unknown) => StandardResult<Value> | Promise<StandardResult<Value>>,
): StandardSchemaV1<unknown, Value> {
  return { '~standard': { version: 1, vendor: 'test', validate: answer } };
}

test('a value is taken as the schema makes it', () => {
  const outcome = validate(
    schema((value) => ({ value: Number(value) })),
    '5',
  );
  expectTypeOf(outcome).toEqualTypeOf<Validation<number> | Promise<Validation<number>>>();
  expect(outcome).toStrictEqual({ ok: true, value: 5 });
});

test('a refusal has the first issue and where it is', () => {
  const path = ['items', 3, { key: 'name' }, Symbol('s')];
  expect(
    validate(
      schema(() => ({ issues: [{ message: 'too short', path }, { message: 'other' }] })),
      {},
    ),
  ).toStrictEqual({
    ok: false,
    error: { code: 'ERR_PAYLOAD', message: 'too short', path: 'items.3.name.Symbol(s)' },
  });
});

test('a refusal of the whole value has no path, one without issues a message all the same', () => {
  const error = { code: 'ERR_PAYLOAD', message: 'no' };
  expect(
    validate(
      schema(() => ({ issues: [{ message: 'no', path: [] }] })),
      1,
    ),
  ).toStrictEqual({ ok: false, error });
  expect(
    validate(
      schema(() => ({ issues: [] })),
      1,
    ),
  ).toMatchObject({ ok: false, error: { message: expect.stringMatching(/./) } });
});

test('a schema may take its time', async () => {
  await expect(
    validate(
      schema(async (value) => ({ value })),
      1,
    ),
  ).resolves.toStrictEqual({ ok: true, value: 1 });
});

test('what a schema throws is its own fault and not the value’s', () => {
  const broken = schema(() => {
    throw new TypeError('broken schema');
  });
  expect(() => validate(broken, 1)).toThrow('broken schema');
});
