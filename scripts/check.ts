// Everything that a pull request needs, cheapest first; stops at the first step that fails and shows what it said.
import { spawn } from 'node:child_process';

interface Step {
  readonly name: string;
  /** What repairs it, or shows it alone. */
  readonly alone: string;
  readonly commands: readonly (readonly string[])[];
}

const steps: readonly Step[] = [
  { name: 'format', alone: 'pnpm format', commands: [['biome', 'check', '--linter-enabled=false', '.']] },
  { name: 'lint', alone: 'pnpm lint', commands: [['biome', 'lint', '--error-on-warnings', '.']] },
  { name: 'layers and cycles', alone: 'pnpm layers', commands: [['tsx', 'scripts/check-layers.ts']] },
  {
    name: 'types',
    alone: 'pnpm types',
    commands: [
      ['tsc', '-p', 'tsconfig.json'],
      ['tsc', '-p', 'tsconfig.browser.json'],
    ],
  },
  { name: 'unit tests', alone: 'pnpm dev', commands: [['vitest', 'run', '--project', 'unit', '--reporter', 'dot']] },
  { name: 'build', alone: 'pnpm build', commands: [['tsx', 'scripts/run-turbo.ts', 'build']] },
  { name: 'unused code (knip)', alone: 'pnpm knip', commands: [['knip', '--no-progress']] },
  { name: 'packages (publint, attw)', alone: 'pnpm lint:pkg', commands: [['tsx', 'scripts/run-turbo.ts', 'lint:pkg']] },
  { name: 'size', alone: 'pnpm size', commands: [['tsx', 'scripts/bundle-for-size.ts'], ['size-limit']] },
];

interface Outcome {
  readonly code: number;
  readonly output: string;
}

function run([tool = '', ...args]: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    // `pnpm exec` finds the tools of the workspace on every platform.
    const child = spawn('pnpm', ['exec', tool, ...args], { shell: process.platform === 'win32' });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('error', (error) => resolve({ code: 1, output: `${tool} does not start: ${error.message}\n` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1).padStart(5)} s`;

async function passes(step: Step): Promise<boolean> {
  const startedAt = performance.now();
  for (const command of step.commands) {
    const { code, output } = await run(command);
    if (code === 0) continue;
    process.stdout.write(`✗ ${step.name.padEnd(26)} ${seconds(startedAt)}\n\n${output}\nAlone: ${step.alone}\n`);
    return false;
  }
  process.stdout.write(`✓ ${step.name.padEnd(26)} ${seconds(startedAt)}\n`);
  return true;
}

const startedAt = performance.now();
let passed = true;
for (const step of steps) {
  passed = await passes(step);
  if (!passed) break;
}
const verdict = passed ? '✓ everything' : '✗ stopped';
process.stdout.write(`${verdict.padEnd(28)} ${seconds(startedAt)}\n`);
process.exitCode = passed ? 0 : 1;
