import type { OptionDescriptors } from '@ws-stability/core';
import { describe, expect, it } from 'vitest';
import { configurationGuide } from './configuration-guide.ts';

const options = {
  size: { kind: 'number', default: 4, min: 1, max: 9, unit: 'count', description: 'How many a | b.' },
  names: { kind: 'list', default: [], maxItems: 2, description: 'Who.' },
} as const satisfies OptionDescriptors;

describe('configurationGuide', () => {
  it('writes a row for each option with default, presets that differ, range and variables', () => {
    const presets = { testing: { size: 5 }, production: { size: 4 } };
    const guide = configurationGuide({ box: { about: 'A box.', options, presets, variables: { SIZE: 'size' } } });
    expect(guide).toContain('## `box`\n\nA box.\n');
    expect(guide).toContain(
      '| `size` | `4`<br>testing: `5` | a whole number from 1 to 9 (count) | How many a \\| b. | `SIZE`, `WS_STABILITY_BOX_SIZE` |',
    );
    expect(guide).toContain(
      '| `names` | none | a list of at most 2 items, each text | Who. | `WS_STABILITY_BOX_NAMES` |',
    );
  });
});
