// Runs turbo with its telemetry off, quiet unless something fails: `tsx scripts/run-turbo.ts <task …>`.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

const turbo = createRequire(import.meta.url).resolve('turbo/bin/turbo');
const child = spawn(process.execPath, [turbo, 'run', ...process.argv.slice(2), '--output-logs=errors-only'], {
  stdio: 'inherit',
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
