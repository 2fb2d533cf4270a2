// The server's own log: one line of JSON for each event on standard output.
import { type DestinationStream, destination, type Logger, pino, stdSerializers, stdTimeFunctions } from 'pino';
import type { ServerConfig } from './settings.ts';

/** Written synchronously: the last lines before an exit are the ones that are looked for. */
export function createLogger(
  config: ServerConfig,
  stream: DestinationStream = destination({ fd: 1, sync: true }),
): Logger {
  return pino(
    {
      level: config.values.server.logLevel,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err },
      // Nothing logs these; should someone begin to, they stay out.
      redact: { paths: REDACTED, censor: '(hidden)' },
    },
    stream,
  );
}

const NAMES = ['token', 'apiToken', 'auth', 'authorization', 'cookie', 'payload', 'password'];
const REDACTED = NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
