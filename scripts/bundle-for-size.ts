// Bundles what a browser would load of each package into `.size/`, for size-limit to weigh (limits: .size-limit.json).
// `pnpm size:explain` shows which files the bytes come from.
import { analyzeMetafile, build } from 'esbuild';

const bundles: Readonly<Record<string, string>> = {
  core: "export * from '@ws-stability/core';",
  protocol: "export * from '@ws-stability/protocol';",
  client: "export { StabilityClient } from '@ws-stability/client';",
  'circuit-breaker': "export * from '@ws-stability/circuit-breaker';",
  'one-breaker': "export { CircuitBreaker } from '@ws-stability/circuit-breaker';",
};

const explain = process.argv.includes('--explain');
const { metafile } = await build({
  // File by file means the sources; what is weighed is what users install.
  conditions: explain ? ['@ws-stability/source'] : [],
  entryPoints: Object.keys(bundles).map((name) => ({ in: `size:${name}`, out: name })),
  outdir: '.size',
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  metafile: true,
  // Optional in Node only; a browser must never load it, which is checked below.
  external: ['ws'],
  plugins: [
    {
      name: 'entries',
      setup({ onResolve, onLoad }) {
        onResolve({ filter: /^size:/ }, ({ path }) => ({ path: path.slice('size:'.length), namespace: 'size' }));
        // From the folder of the tests, where every package is installed.
        onLoad({ filter: /.*/, namespace: 'size' }, ({ path }) => ({
          contents: bundles[path] ?? '',
          resolveDir: 'tests',
        }));
      },
    },
  ],
});

for (const [file, { imports, bytes }] of Object.entries(metafile.outputs)) {
  const outside = imports.filter(({ external, kind }) => external === true && kind === 'import-statement');
  if (outside.length > 0 || bytes < 500) {
    const why =
      outside.length > 0 ? `loads ${outside.map(({ path }) => path).join(', ')}` : `is empty (${bytes} bytes)`;
    process.stderr.write(`${file} ${why}: a browser bundle must be whole.\n`);
    process.exitCode = 1;
  }
}

if (explain) process.stdout.write(await analyzeMetafile(metafile));
