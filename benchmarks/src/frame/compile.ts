// Turns what the contenders' processes load into JavaScript once, at the start: they then run under plain Node, without a loader
// that rewrites sources and stack traces, and start in a tenth of the time. Packages stay outside: they are measured as built.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const sources = fileURLToPath(new URL('..', import.meta.url));
// Within the workspace, so that its packages are found from there.
const cache = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));
const entry = fileURLToPath(new URL('lane-process.ts', import.meta.url));

export interface CompiledLanes {
  /** The file that a contender's process runs. */
  readonly entry: string;
  /** Where an area's module is, as a URL. */
  moduleOf(source: string): string;
  remove(): void;
}

/** @param modules the `import.meta.url` of each area. */
export async function compileLanes(modules: readonly string[]): Promise<CompiledLanes> {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'lanes-'));
  const compiled = (source: string): string => join(folder, relative(sources, source).replace(/\.ts$/, '.js'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  // Also when the process is told to end at once.
  process.once('exit', remove);
  await build({
    entryPoints: [entry, ...modules.map((module) => fileURLToPath(module))],
    outdir: folder,
    outbase: sources,
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
  });
  return {
    entry: compiled(entry),
    moduleOf: (source) => pathToFileURL(compiled(fileURLToPath(source))).href,
    remove: () => {
      process.off('exit', remove);
      remove();
    },
  };
}
