// The zod schema of groups of settings, derived from their descriptors.
import { describeAllowed, type OptionDescriptor } from '@ws-stability/core';
import { z } from 'zod';
import type { ConfigValues, OptionGroups } from './option-group.ts';

/** The schema of one option; every issue's message says what is allowed. */
export function optionSchema(descriptor: OptionDescriptor): z.ZodType {
  return shape(descriptor).describe(descriptor.description);
}

function shape(descriptor: OptionDescriptor): z.ZodType {
  const error = describeAllowed(descriptor);
  switch (descriptor.kind) {
    case 'number': {
      const number = z.number({ error }).min(descriptor.min, { error }).max(descriptor.max, { error });
      return descriptor.integer === false ? number : number.int({ error });
    }
    case 'boolean':
      return z.boolean({ error });
    case 'choice':
      return z.enum([...descriptor.choices], { error });
    case 'text':
      return text(descriptor.pattern, error);
    case 'list':
      return z.array(text(descriptor.pattern, error), { error }).max(descriptor.maxItems, { error });
  }
}

function text(pattern: RegExp | undefined, error: string): z.ZodType<string> {
  return pattern === undefined ? z.string({ error }) : z.string({ error }).regex(pattern, { error });
}

/** The schema of all groups: strict objects, everything optional, defaults filled in; `z.toJSONSchema` takes it too. */
export function configSchema<Groups extends OptionGroups>(groups: Groups): z.ZodType<ConfigValues<Groups>> {
  const shapes = Object.entries(groups).map(([group, { about, options }]) => {
    const members = Object.entries(options).map(([name, descriptor]) => [
      name,
      optionSchema(descriptor).default(descriptor.default),
    ]);
    return [group, z.strictObject(Object.fromEntries(members)).describe(about).prefault({})];
  });
  const schema: z.ZodType = z.strictObject(Object.fromEntries(shapes));
  // The shape was built from the same descriptors that the type is derived from.
  return schema as z.ZodType<ConfigValues<Groups>>;
}
