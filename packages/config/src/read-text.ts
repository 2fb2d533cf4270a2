// The value that a text from the environment or the command line stands for, by the kind of its option.
import type { OptionDescriptor } from '@ws-stability/core';

const NUMBER = /^[+-]?\d+(\.\d+)?$/;

/** A text that stands for no value of the kind is given back as it is, for the schema to refuse. */
export function readText(descriptor: OptionDescriptor, text: string): unknown {
  switch (descriptor.kind) {
    case 'number':
      return NUMBER.test(text.trim()) ? Number(text) : text;
    case 'boolean':
      return readBoolean(text.trim());
    case 'list':
      return text.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
    case 'choice':
      return text.trim();
    case 'text':
      return text;
  }
}

function readBoolean(text: string): boolean | string {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  return text;
}
