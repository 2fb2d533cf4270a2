// Plain numbers that the hot paths count up; read by snapshot().
import type { ResumeFailure } from '@ws-stability/protocol';

export class Counters {
  /** Accepted. */
  connections = 0;
  /** Accepted and gone. */
  disconnected = 0;
  /** Upgrades refused before the 101. */
  refused = 0;
  protocolErrors = 0;
  helloTimeouts = 0;
  heartbeatTimeouts = 0;
  sessions = 0;
  expiredSessions = 0;
  resumed = 0;
  readonly resumeFailures: Record<ResumeFailure, number> = {
    unknown: 0,
    expired: 0,
    token: 0,
    principal: 0,
    version: 0,
    store: 0,
    inUse: 0,
  };
  /** What went wrong with clients that were owed something. */
  readonly troubles = { overdue: 0, stalled: 0, writeError: 0 };
  /** Pages that tried whether a client keeps up again. */
  trials = 0;
  trialsSucceeded = 0;
  trialsFailed = 0;
  published = 0;
  duplicates = 0;
  refusedPublishes = 0;
  /** Messages of clients, resends among them; each is in one of the five below. */
  received = 0;
  handled = 0;
  /** Received before: answered again, or still running. */
  resent = 0;
  /** Refused: not allowed, not readable, over a limit. */
  rejected = 0;
  /** The handler threw, or its result cannot be sent. */
  failed = 0;
  /** Waiting for their handler, or in it. */
  running = 0;
  /** Of connections that are gone. */
  bytesIn = 0;
  bytesOut = 0;
  /** Calls that an open breaker refused. */
  shortCircuited = 0;
  /** Times that a connection reached its high-water mark. */
  filled = 0;
}
