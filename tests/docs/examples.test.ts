import { describe, expect, it } from 'vitest';
import { problemOf, readExamples } from './examples.ts';

const text = [
  '# Title',
  '',
  '```ts',
  'const a = 1;',
  '',
  'a;',
  '```',
  '',
  '- item',
  '  ```ts fragment',
  '  let b: A;',
  '    b;',
  '  ```',
];

describe('readExamples', () => {
  it('finds each block with its line and its mark, without the indentation of a list', () => {
    expect(readExamples(`${text.join('\n')}\n`)).toEqual([
      { line: 3, language: 'ts', mark: '', code: 'const a = 1;\n\na;\n' },
      { line: 10, language: 'ts', mark: 'fragment', code: 'let b: A;\n  b;\n' },
    ]);
  });

  it('takes no code in a line for a block', () => {
    expect(readExamples('Write ```ts``` here.\n')).toEqual([]);
  });
});

describe('problemOf', () => {
  const block = (language: string, mark = ''): string | undefined => problemOf({ line: 1, language, mark, code: '' });

  it('accepts what is run, compiled, or no program of ours', () => {
    expect([block('ts'), block('ts', 'fragment'), block('sh'), block('json'), block('html'), block('')]).toEqual(
      Array.from({ length: 6 }, () => undefined),
    );
  });

  it('refuses ways around the check', () => {
    expect(block('ts', 'no-run')).toContain('not known');
    for (const language of ['js', 'javascript', 'typescript', 'mjs', 'tsx'])
      expect(block(language)).toContain('write `ts`');
  });
});
