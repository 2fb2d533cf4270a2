// The build of every published package: ESM for Node 20, declarations beside it.
import type { Options } from 'tsup';

export const library: Options = {
  entry: ['src/index.ts'],
  format: ['esm'],
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  clean: true,
  sourcemap: true,
  target: 'node20',
  treeshake: true,
  splitting: true,
};
