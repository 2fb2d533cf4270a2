// A breaker for each session whose client does not keep up: while it is open only control frames go there, so that what
// is dead costs nothing; a page at a time tries whether it lives again. Sessions without trouble have none.
import type { BreakerGroup, CircuitBreaker, Permit } from '@ws-stability/circuit-breaker';
import { type Clock, StabilityError, type TimerWheel, WheelEntry } from '@ws-stability/core';
import type { Connection } from '../connection/connection.ts';
import type { Counters } from '../counters.ts';
import type { Receiver } from '../delivery/cursor.ts';
import type { ClientCounts } from '../observation/client-counts.ts';
import type { ResolvedManagerOptions } from '../options.ts';
import type { Session } from '../session/session.ts';
import { isSettled, lookAtProgress, type ProgressState, startProgress } from './progress.machine.ts';

export interface SessionBreakerParts {
  /** None: clients are not judged. */
  readonly group: BreakerGroup | undefined;
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly counters: Counters;
  readonly clients: ClientCounts;
  readonly options: Pick<ResolvedManagerOptions, 'ackMs' | 'stallMs' | 'pageBytes'>;
  /** A connection may be given more of its topics. */
  onReleased(connection: Judged): void;
}

/** A connection as it is judged here. */
export type Judged = Receiver &
  Pick<
    Connection,
    'session' | 'isOpen' | 'held' | 'full' | 'paused' | 'drains' | 'batches' | 'watched' | 'hold' | 'allow' | 'release'
  >;

/** What is known of one connection whose client is owed something. */
interface Watch {
  progress: ProgressState;
  progressed: boolean;
  drains: number;
  permit: Permit | undefined;
}

type Trouble = 'overdue' | 'stalled' | 'writeError';

/** Looks in the shorter of the two times. */
const LOOKS = 8;
const SHORTEST_LOOK_MS = 50;
const LONGEST_LOOK_MS = 1_000;
/** Connections that are looked at in one turn at least, and how long it is until the next turn: a tick of the wheel and some. */
const SMALLEST_SLICE = 256;
const SLICE_MS = 60;

export class SessionBreakers {
  readonly #parts: SessionBreakerParts;
  readonly #times: { readonly ackMs: number; readonly stallMs: number; readonly lookMs: number };
  readonly #watched = new Map<Judged, Watch>();
  readonly #look = new WheelEntry(() => this.#lookOn());
  /** Where the present round of looks stands. */
  #round = this.#watched.entries();
  #roundBegan = 0;
  #slice = 0;

  constructor(parts: SessionBreakerParts) {
    this.#parts = parts;
    const { ackMs, stallMs } = parts.options;
    const lookMs = Math.min(LONGEST_LOOK_MS, Math.max(SHORTEST_LOOK_MS, Math.min(ackMs, stallMs) / LOOKS));
    this.#times = { ackMs, stallMs, lookMs };
  }

  /** Connections whose clients are owed something at the moment. */
  get watched(): number {
    return this.#watched.size;
  }

  /** Something is delivered to a connection that was owed nothing. */
  watch(connection: Judged): void {
    if (this.#parts.group === undefined) return;
    connection.watched = true;
    if (this.#watched.size === 0) this.#schedule(this.#times.lookMs);
    const progress = startProgress(this.#parts.clock.now());
    this.#watched.set(connection, { progress, progressed: false, drains: connection.drains, permit: undefined });
  }

  /** A session has a connection: with an open breaker it gets control frames only. */
  adopted(session: Session, connection: Judged): void {
    const breaker = session.troubled ? this.#parts.group?.peek(session.id) : undefined;
    if (breaker === undefined || breaker.state === 'closed') return;
    connection.hold();
    this.watch(connection);
  }

  /** Its client has acknowledged something. */
  progressed(session: Session, connection: Judged): void {
    const watch = this.#watched.get(connection);
    if (watch === undefined) return;
    watch.progressed = true;
    if (!session.troubled) return;
    const breaker = this.#parts.group?.peek(session.id);
    if (breaker === undefined) {
      session.troubled = false;
      return;
    }
    if (watch.permit !== undefined) return this.#trialSucceeded(connection, watch, breaker);
    succeed(breaker);
    if (connection.held && breaker.state === 'closed') this.#release(connection);
  }

  /** Its connection is gone. @param cause the error code where there was an error */
  disconnected(session: Session, connection: Judged, cause: string | undefined): void {
    const watch = this.#watched.get(connection);
    if (watch === undefined) return;
    this.#watched.delete(connection);
    const isJudged = !connection.held || watch.permit !== undefined;
    // Of a session that is over nothing is owed, whatever became of its connection.
    if (isJudged && !session.ended && isWriteError(cause) && isOwed(session, connection))
      this.#fail(session, connection, watch, 'writeError');
    else watch.permit?.ignore();
  }

  /** Its session is over. */
  ended(session: Session): void {
    if (session.troubled) this.#parts.group?.delete(session.id);
  }

  /** The next round begins after so many milliseconds. */
  #schedule(afterMs: number): void {
    this.#slice = 0;
    this.#parts.wheel.schedule(this.#look, afterMs);
  }

  /** A part of a round: each takes `lookMs` as a whole, so that no turn is long however many are watched. */
  #lookOn(): void {
    const now = this.#parts.clock.now();
    const { lookMs } = this.#times;
    if (this.#slice === 0) {
      this.#round = this.#watched.entries();
      this.#roundBegan = now;
      this.#slice = Math.max(SMALLEST_SLICE, Math.ceil((this.#watched.size * SLICE_MS) / lookMs));
    }
    for (let looked = 0; looked < this.#slice; looked++) {
      const { value, done } = this.#round.next();
      if (done) {
        if (this.#watched.size > 0) this.#schedule(Math.max(0, this.#roundBegan + lookMs - now));
        return;
      }
      const [connection, watch] = value;
      const { session } = connection;
      if (session === undefined || !connection.isOpen) {
        watch.permit?.ignore();
        this.#unwatch(connection);
      } else this.#lookAt(connection, session, watch, now);
    }
    this.#parts.wheel.schedule(this.#look, 0);
  }

  #lookAt(connection: Judged, session: Session, watch: Watch, now: number): void {
    const owed = isOwed(session, connection);
    const { full, paused, drains } = connection;
    const seen = { now, owed, progressed: watch.progressed, full, drained: drains !== watch.drains, paused };
    const [progress, effect] = lookAtProgress(watch.progress, seen, this.#times);
    watch.progress = progress;
    watch.progressed = false;
    watch.drains = drains;
    // Who is given nothing can fail no further.
    const isJudged = !connection.held || watch.permit !== undefined;
    if (effect !== 'none' && isJudged) this.#fail(session, connection, watch, effect);
    if (connection.held) return this.#try(connection, session, watch, owed);
    if (isSettled(progress)) this.#unwatch(connection);
  }

  #unwatch(connection: Judged): void {
    connection.watched = false;
    this.#watched.delete(connection);
  }

  #fail(session: Session, connection: Judged, watch: Watch, why: Trouble): void {
    const { clients, counters, group } = this.#parts;
    if (group === undefined) return;
    counters.troubles[why]++;
    session.troubled = true;
    const breaker = group.get(session.id);
    const permit = watch.permit ?? breaker.tryAcquire();
    if (watch.permit !== undefined) {
      counters.trialsFailed++;
      clients.add(session, 'retry_failures', 1);
    }
    watch.permit = undefined;
    if (permit.acquired === true) permit.failure(TROUBLES[why]);
    if (breaker.state !== 'closed') connection.hold();
  }

  /** A held connection gets a page as soon as its breaker lets one through. */
  #try(connection: Judged, session: Session, watch: Watch, owed: boolean): void {
    const breaker = this.#parts.group?.peek(session.id);
    if (breaker === undefined) {
      watch.permit = undefined;
      return this.#release(connection);
    }
    if (watch.permit !== undefined) {
      // There was nothing to give: it has all there is.
      if (!owed && !isBehind(session)) this.#trialSucceeded(connection, watch, breaker);
      return;
    }
    if (connection.behind.length === 0) return;
    const permit = breaker.tryAcquire();
    if (permit.acquired === false) return;
    this.#parts.counters.trials++;
    this.#parts.clients.add(session, 'retry_attempts', 1);
    watch.permit = permit;
    watch.progress = startProgress(this.#parts.clock.now());
    connection.allow(this.#parts.options.pageBytes);
    this.#parts.onReleased(connection);
  }

  #trialSucceeded(connection: Judged, watch: Watch, breaker: CircuitBreaker): void {
    const { session } = connection;
    this.#parts.counters.trialsSucceeded++;
    if (session !== undefined) this.#parts.clients.add(session, 'retry_successes', 1);
    watch.permit?.success();
    watch.permit = undefined;
    if (breaker.state === 'closed') return this.#release(connection);
    // What the page left of its allowance would go there untried.
    connection.hold();
    if (session !== undefined) this.#try(connection, session, watch, true);
  }

  #release(connection: Judged): void {
    connection.release();
    this.#parts.onReleased(connection);
  }
}

/** Made once: when a network is lost there are many at once, and where they were made says nothing. */
const TROUBLES: Readonly<Record<Trouble, StabilityError>> = {
  overdue: new StabilityError('ERR_NO_PROGRESS', 'The client has acknowledged nothing for ackMs.'),
  stalled: new StabilityError('ERR_NO_PROGRESS', 'The socket of the client has taken nothing for stallMs.'),
  writeError: new StabilityError('ERR_NO_PROGRESS', 'The connection broke with messages on their way.'),
};

function succeed(breaker: CircuitBreaker): void {
  const permit = breaker.tryAcquire();
  if (permit.acquired === true) permit.success();
}

/** Whether something was delivered that its client has not acknowledged; who never acknowledges is owed nothing. */
function isOwed(session: Session, connection: Judged): boolean {
  return session.owed && (session.mode === 'resumable' || connection.batches !== undefined);
}

/** Whether entries may still come: a page waits to be read, or is on its way from the log. */
function isBehind(session: Session): boolean {
  for (const { state } of session.cursors.values()) if (state === 'behind' || state === 'reading') return true;
  return false;
}

/** The system's errors are about the path to the client; those of the WebSocket library are about what it sent. */
function isWriteError(cause: string | undefined): boolean {
  return cause !== undefined && /^E[A-Z]+$/.test(cause);
}
