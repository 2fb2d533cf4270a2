import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPlaygroundFiles } from './playground-files.ts';

describe('readPlaygroundFiles', () => {
  it('reads the page and what it is made of, nothing else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'playground-'));
    try {
      expect(readPlaygroundFiles(folder)).toEqual([]);
      mkdirSync(join(folder, 'assets'));
      for (const name of ['index.html', 'assets/a.js', 'assets/a.js.map', 'notes.txt'])
        writeFileSync(join(folder, name), name);
      const files = readPlaygroundFiles(folder).map(({ path, type }) => [path, type]);
      expect(files.sort()).toEqual([
        ['/', 'text/html; charset=utf-8'],
        ['/assets/a.js', 'text/javascript; charset=utf-8'],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
