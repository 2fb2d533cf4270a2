// The TypeScript files of the workspace and what each imports, types included.
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';

export interface SourceFile {
  /** From the root, with `/`. */
  readonly path: string;
  /** `core`, `server`, `tests` …: the package's name without the scope. */
  readonly packageName: string;
  /** Whether it is a test: those may use what the sources of their package may not. */
  readonly test: boolean;
  /** The specifiers as written. */
  readonly imports: readonly string[];
}

const skipped: ReadonlySet<string> = new Set(['node_modules', 'dist', 'coverage', '.turbo', '.examples']);

function* walk(folder: string): Generator<string> {
  let items: Dirent[];
  try {
    items = readdirSync(folder, { withFileTypes: true });
  } catch {
    return; // A folder that does not exist yet has no files.
  }
  for (const item of items) {
    if (item.isDirectory() && !skipped.has(item.name)) yield* walk(posix.join(folder, item.name));
    else if (item.isFile() && /\.tsx?$/.test(item.name)) yield posix.join(folder, item.name);
  }
}

function packageOf(path: string): string {
  const [top = '', name = ''] = path.split('/');
  return top === 'packages' || top === 'apps' ? name : top;
}

/** Reads every source below `packages`, `apps`, `benchmarks` and `tests`. @param root the workspace's folder. */
export function readSources(root: string): readonly SourceFile[] {
  process.chdir(root);
  return ['packages', 'apps', 'benchmarks', 'tests'].flatMap((top) =>
    [...walk(top)].map((path): SourceFile => {
      const text = readFileSync(join(root, path), 'utf8');
      const { importedFiles } = ts.preProcessFile(text, true, true);
      const imports = importedFiles.map(({ fileName }) => fileName);
      return { path, packageName: packageOf(path), test: /\.test\.ts$/.test(path), imports };
    }),
  );
}

/** The file that a relative specifier means, from the root. */
export function targetOf(file: SourceFile, specifier: string): string {
  return posix.join(posix.dirname(file.path), specifier);
}
