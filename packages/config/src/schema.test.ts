import { isAllowed, type OptionDescriptor } from '@ws-stability/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { packageGroups } from './groups.ts';
import { configSchema, optionSchema } from './schema.ts';

const descriptors: readonly OptionDescriptor[] = Object.values(packageGroups).flatMap(({ options }) =>
  Object.values(options),
);

const anyValue = fc.oneof(
  fc.anything(),
  fc.integer(),
  fc.double(),
  fc.constantFrom('', 'nextTick', 'https://a.example', Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '5'),
  fc.array(fc.oneof(fc.webUrl(), fc.string())),
);

describe('the schema', () => {
  it('accepts exactly what the descriptors accept, defaults among it', () => {
    for (const descriptor of descriptors) {
      const schema = optionSchema(descriptor);
      expect(schema.safeParse(descriptor.default).success).toBe(true);
      const same = fc.property(anyValue, (value) => schema.safeParse(value).success === isAllowed(descriptor, value));
      fc.assert(same, { numRuns: 40 });
    }
  });

  it('agrees with the descriptors at the edges of every range', () => {
    for (const descriptor of descriptors) {
      if (descriptor.kind !== 'number') continue;
      for (const value of [
        descriptor.min,
        descriptor.max,
        descriptor.min - 1,
        descriptor.max + 1,
        descriptor.min + 0.5,
      ]) {
        expect([value, optionSchema(descriptor).safeParse(value).success]).toEqual([
          value,
          isAllowed(descriptor, value),
        ]);
      }
    }
  });

  it('fills in defaults, refuses what it does not know, and can be written as JSON Schema', () => {
    const schema = configSchema(packageGroups);
    expect(schema.parse({}).manager.pingMs).toBe(packageGroups.manager.options.pingMs.default);
    expect(schema.safeParse({ manager: { pingMS: 1 } }).success).toBe(false);
    expect(JSON.stringify(z.toJSONSchema(schema, { io: 'input' }))).toContain('A ping is sent when');
  });
});
