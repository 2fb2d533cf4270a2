// Every `ts` example of every README compiles and runs: what a reader copies works.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Example, problemOf, readExamples } from './examples.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
// Inside the tests' package, so that an example finds what a reader would install.
const FOLDER = join(ROOT, 'tests/.examples');
/** Against hanging only: a busy machine compiles all of them for long. */
const LONGEST_MS = 120_000;
const require = createRequire(import.meta.url);

interface Placed extends Example {
  /** `packages/core/README.md:12` */
  readonly name: string;
  readonly file: string;
}

function readmes(): readonly string[] {
  const inFolders = ['packages', 'apps'].flatMap((top) =>
    readdirSync(join(ROOT, top)).map((name) => `${top}/${name}/README.md`),
  );
  return ['README.md', ...inFolders].filter((path) => existsSync(join(ROOT, path)));
}

function placeExamples(): readonly Placed[] {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const placed = readmes().flatMap((path) =>
    readExamples(readFileSync(join(ROOT, path), 'utf8')).map((example): Placed => {
      const file = join(FOLDER, `${path.replaceAll('/', '-')}-${example.line}.ts`);
      return { ...example, name: `${path}:${example.line}`, file };
    }),
  );
  for (const { language, file, code } of placed) if (language === 'ts') writeFileSync(file, code);
  const config = {
    extends: '../../tsconfig.base.json',
    // A reader may leave a name unused, and may use the browser's.
    compilerOptions: {
      lib: ['ES2023', 'DOM', 'DOM.Iterable'],
      moduleDetection: 'force',
      noUnusedLocals: false,
      noUnusedParameters: false,
    },
    include: ['*.ts'],
  };
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(config));
  return placed;
}

/** Runs Node on something and gives its exit code with all it said. */
function runNode(args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: FOLDER,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_MS,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.on('close', (code, signal) =>
      resolve({ code, output: signal === null ? output : `${output}\nended by ${signal}` }),
    );
  });
}

const examples = placeExamples();
const programs = examples.filter(({ language }) => language === 'ts');

describe('the examples of the READMEs', () => {
  it('exist', () => {
    expect(programs.length).toBeGreaterThan(0);
  });

  it('are all written so that they can be checked', () => {
    const problems = examples.map((example) => ({ name: example.name, problem: problemOf(example) }));
    expect(problems.filter(({ problem }) => problem !== undefined)).toEqual([]);
  });

  it('compile', { timeout: LONGEST_MS + 5_000 }, async () => {
    const { code, output } = await runNode([require.resolve('typescript/bin/tsc'), '-p', FOLDER, '--pretty', 'false']);
    expect(output).toBe('');
    expect(code).toBe(0);
  });

  const runnable = programs.filter(({ mark }) => mark === '');
  it.concurrent.each(runnable)('run: $name', { timeout: LONGEST_MS + 5_000 }, async ({ file }) => {
    const { code, output } = await runNode(['--conditions=@ws-stability/source', '--import', 'tsx', file]);
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
  });
});
