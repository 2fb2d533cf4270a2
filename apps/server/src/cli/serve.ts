// Runs the server until a signal: the first drains it, the second ends the process at once.
import type { Logger } from 'pino';
import { createServer } from '../server.ts';
import type { ServerConfig } from '../settings.ts';

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
/** Beyond the drain's own deadline: for closing what is left of HTTP and the stores. */
const GRACE_MS = 5_000;

/** A terminal's Ctrl-C reaches this process directly and once more through npm; within this time they count as one. */
const SAME_SIGNAL_MS = 300;

/** Listens, and resolves when it does; the rest happens by signals. */
export async function serve(config: ServerConfig, logger: Logger): Promise<void> {
  const server = createServer({ env: config.env, ...config.values }, { logger });
  let stoppingSince: number | undefined;
  const onSignal = (signal: keyof typeof EXIT_CODES): void => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince < SAME_SIGNAL_MS) return;
      process.exit(EXIT_CODES[signal]);
    }
    stoppingSince = performance.now();
    logger.info({ signal }, 'stopping; a second signal ends at once');
    const { drainDeadlineMs } = config.values.manager;
    // Not kept alive by this: it only ends a process that something else keeps alive.
    setTimeout(() => {
      logger.error({}, 'something is still open after the drain; ending anyway');
      process.exit(1);
    }, drainDeadlineMs + GRACE_MS).unref();
    server.shutdown().then(
      () => {
        process.exitCode = 0;
      },
      (error: unknown) => {
        logger.error({ err: error }, 'the drain failed');
        process.exitCode = 1;
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  const { url } = await server.listen();
  if (process.stdout.isTTY) process.stdout.write(`\n  Open ${url}\n\n`);
}
