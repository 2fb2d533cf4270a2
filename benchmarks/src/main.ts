// The command `pnpm bench`.
import { areas } from './areas.ts';
import { help, readCommandLine, UsageError } from './frame/command-line.ts';
import { exitOnSignal } from './frame/exit-on-signal.ts';
import { listText } from './frame/list.ts';
import { runAreas } from './frame/run-areas.ts';

const interrupted = new AbortController();
process.on('SIGINT', () => {
  // The second one skips the ending.
  if (interrupted.signal.aborted) process.exit(130);
  process.stderr.write('\nInterrupted: what is complete follows.\n');
  interrupted.abort();
});
exitOnSignal('SIGTERM', 'SIGHUP');

try {
  const command = readCommandLine(process.argv.slice(2), areas);
  if (command.action === 'help') process.stdout.write(help);
  else if (command.action === 'list') process.stdout.write(listText(command.areas));
  else
    process.exitCode = await runAreas(command, {
      out: process.stdout,
      err: process.stderr,
      signal: interrupted.signal,
    });
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
