import { checkOptions } from '@ws-stability/core';
import { expect, it } from 'vitest';
import { clientOptions } from './client-options.ts';
import { resolveLimits } from './limits.ts';

it('the descriptors and the client’s own check agree on defaults; ranges are the descriptors’ alone', () => {
  expect(checkOptions(clientOptions, {}, 'client')).toEqual({ options: resolveLimits({}), problems: [] });
  for (const [name, { min, max }] of Object.entries(clientOptions)) {
    for (const value of [min, max]) {
      expect(resolveLimits({ [name]: value })).toMatchObject({ [name]: value });
      expect(checkOptions(clientOptions, { [name]: value }, 'client').problems).toEqual([]);
    }
    for (const value of [min - 1, max + 1, 0.5, '1', Number.NaN])
      expect(checkOptions(clientOptions, { [name]: value }, 'client').problems).toHaveLength(1);
    for (const value of [-1, 0.5, '1', Number.NaN])
      expect(() => resolveLimits({ [name]: value })).toThrow(`client.${name}`);
  }
});
