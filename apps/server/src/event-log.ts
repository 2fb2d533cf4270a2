// The manager's events as lines of the log: what happened, to which session, never what was in a message.
import { type Clock, isStabilityError } from '@ws-stability/core';
import type { ConnectionManager, Logger } from '@ws-stability/manager';
import type { Refusal } from './http/refusal.ts';
import { LineLimit } from './line-limit.ts';

export interface EventLog {
  /** An upgrade that the server itself refused; the manager's own come as its event. */
  refusedUpgrade(refusal: Refusal): void;
  /** A background failure that the manager does not know of. */
  failed(error: unknown): void;
  stop(): void;
}

type Level = 'debug' | 'info' | 'warn' | 'error';

// A store that does not answer is news, and so is that it does again; that it is tried is not.
const BREAKER_LEVELS = { open: 'warn', halfOpen: 'debug', closed: 'info' } as const satisfies Record<string, Level>;

export function logEvents(manager: ConnectionManager, logger: Logger, clock: Clock, linesPerSecond: number): EventLog {
  const limit = new LineLimit(linesPerSecond, clock);
  const write = (level: Level, event: string, fields: object): void => {
    const held = limit.pass(event);
    if (held !== undefined) logger[level]({ event, ...fields, ...(held > 0 ? { held } : {}) }, event);
  };
  const failed = (error: unknown): void => {
    // Known failures say it all in their code; of others the place is needed.
    write('error', 'error', isStabilityError(error) ? { code: error.code, reason: error.message } : { err: error });
  };
  const forget = [
    manager.on('connection', ({ mode }) => write('debug', 'connection', { mode })),
    manager.on('disconnected', ({ session, code, cause }) => {
      write('debug', 'disconnected', { session: session?.id, code, cause });
    }),
    manager.on('session', ({ id, mode }) => write('debug', 'session', { session: id, mode })),
    manager.on('sessionResumed', ({ id, mode }) => write('debug', 'sessionResumed', { session: id, mode })),
    manager.on('sessionExpired', ({ id }) => write('debug', 'sessionExpired', { session: id })),
    manager.on('gap', ({ session, topic, gap }) => write('info', 'gap', { session: session.id, topic, ...gap })),
    manager.on('refused', ({ status, message }) => write('warn', 'refused', { status, reason: message })),
    manager.on('messageRefused', ({ session, code }) => write('warn', 'messageRefused', { session: session.id, code })),
    manager.on('drain', ({ phase }) => write('info', `drain ${phase}`, {})),
    manager.on('breaker', ({ name, session, from, to, reason, error }) => {
      const event = session === undefined ? 'breaker' : 'sessionBreaker';
      const whose = session === undefined ? { breaker: name } : { session };
      write(BREAKER_LEVELS[to], event, { ...whose, from, to, reason, ...causeOf(error) });
    }),
    manager.on('error', failed),
  ];
  return {
    refusedUpgrade: ({ status, code, field }) => write('warn', 'refusedUpgrade', { status, code, field }),
    failed,
    stop: () => {
      for (const stop of forget) stop();
    },
  };
}

/** What the failure that opened a breaker was. */
function causeOf(error: unknown): object {
  if (isStabilityError(error)) return { cause: error.code };
  return error instanceof Error ? { cause: error.message } : {};
}
