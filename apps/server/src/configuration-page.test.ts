import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONFIGURATION_PAGE, withCurrentTables } from '../scripts/configuration-page.ts';

describe('docs/configuration.md', () => {
  it('has the tables that the descriptors give (pnpm --filter @ws-stability/server docs:configuration writes them)', () => {
    const page = readFileSync(CONFIGURATION_PAGE, 'utf8');
    expect(page).toBe(withCurrentTables(page));
  });
});
