// Tests run from source through the `@ws-stability/source` export condition; only child processes need a build.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const conditions = ['@ws-stability/source', 'node', 'import', 'module', 'default'];

// Where a machine wants the counts as well, as JSON: the path of the file to write.
const report = process.env.WS_STABILITY_TEST_REPORT;

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    // Much of the time goes by waiting for sockets and browsers, so two at once pay even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Against hanging only; how long something takes on a busy machine is no reason to fail.
    testTimeout: 30_000,
    ...(report === undefined ? {} : { reporters: ['default', ['json', { outputFile: report }]] }),
    coverage: {
      provider: 'v8',
      reporter: ['text-summary', 'json-summary', 'html'],
      include: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'],
      exclude: ['**/*.test.ts'],
      // Every decision of every machine is worth a test; `perFile` counts for the pattern below.
      thresholds: { perFile: true, '**/*.machine.ts': { branches: 95 } },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // A process for each of so many small files takes longer than what is in them; no test leaves anything behind.
          isolate: false,
          include: [
            'packages/*/src/**/*.test.ts',
            'apps/*/{src,playground}/**/*.test.ts',
            'benchmarks/src/**/*.test.ts',
            'scripts/*.test.ts',
          ],
        },
      },
      {
        extends: true,
        // Each example is a process of its own: more at once would only make each slower.
        test: { name: 'docs', include: ['tests/docs/**/*.test.ts'], maxConcurrency: 2 },
      },
      {
        extends: true,
        test: { name: 'integration', include: ['tests/integration/**/*.test.ts'], testTimeout: 60_000 },
      },
      { extends: true, test: { name: 'browser', include: ['tests/browser/**/*.test.ts'], testTimeout: 60_000 } },
      {
        extends: true,
        test: {
          name: 'full',
          include: ['tests/full/**/*.test.ts', 'packages/*/src/**/*.model.test.ts'],
          setupFiles: ['tests/full/more-runs.ts'],
          testTimeout: 600_000,
        },
      },
    ],
  },
});
