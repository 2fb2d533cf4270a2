// docs/errors.md has a heading for every error code in the source, and for no other.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
// What our errors are called; not `WS_ERR_…` or `FST_ERR_…` of libraries.
const CODE = /(?<![A-Z_])ERR_[A-Z][A-Z_]*(?!\$)/g;

function sourceFiles(): readonly string[] {
  return ['packages', 'apps'].flatMap((top) =>
    readdirSync(join(ROOT, top)).flatMap((name) => {
      const folder = join(top, name, 'src');
      const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
      return files.filter((file) => file.endsWith('.ts')).map((file) => join(folder, file));
    }),
  );
}

// Cases of a conformance suite make errors up.
const isShipped = (file: string): boolean => !file.endsWith('.test.ts') && !file.includes('/conformance/');

function codesIn(text: string): readonly string[] {
  return [...text.matchAll(CODE)].map(([code]) => code);
}

describe('docs/errors.md', () => {
  const shipped = sourceFiles().filter(isShipped);
  const used = new Set(shipped.flatMap((file) => codesIn(readFileSync(join(ROOT, file), 'utf8'))));
  const headings = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8')
    .split('\n')
    .flatMap((line) => (line.startsWith('## ') ? [line.slice(3)] : []));

  it('finds the source', () => {
    expect(shipped.length).toBeGreaterThan(50);
    expect(used).toContain('ERR_OPTION');
  });

  it('explains every code that is used', () => {
    expect([...used].filter((code) => !headings.includes(code))).toEqual([]);
  });

  it('explains none that is not, and none twice', () => {
    expect(headings.filter((code) => !used.has(code))).toEqual([]);
    expect(new Set(headings).size).toBe(headings.length);
  });
});
