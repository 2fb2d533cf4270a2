// Carries out a shutdown: tells clients, waits for what they are owed, closes, and counts what became of it.
import { type Clock, isPromise, type MaybePromise, type Random, type Timer } from '@ws-stability/core';
import { CLOSE } from '@ws-stability/protocol';
import type { LogStore, TopicHead } from '@ws-stability/store';
import type { Connection } from '../connection/connection.ts';
import type { Place } from '../delivery/cursor.machine.ts';
import type { Cursor } from '../delivery/cursor.ts';
import type { Session } from '../session/session.ts';
import { type DrainPhase, slotMs, stepDrain } from './drain.machine.ts';

/** What became of the messages and sessions when the manager shut down. */
export interface DrainReport {
  /** Messages owed to sessions when the drain began, or accepted before it, that were acknowledged during it. */
  readonly acknowledged: number;
  /** Messages not acknowledged that the log still holds after the process: their clients resume. */
  readonly resumable: number;
  /** Messages not acknowledged that end with this process; their clients are told a gap. */
  readonly lost: number;
  /** Sessions, connected or away, when the drain began. */
  readonly sessions: number;
  /** Connections that had to be destroyed at the deadline. */
  readonly terminated: number;
  readonly durationMs: number;
}

export interface DrainParts {
  readonly log: LogStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly options: { readonly drainAcceptPerSecond: number };
  readonly deadlineMs: number;
  connections(): Iterable<Connection>;
  sessions(): Iterable<Session>;
  /** Where a topic with connected readers is known to stand. */
  headOf(key: string): Place | undefined;
  onError(error: unknown): void;
}

const LOOK_EVERY_MS = 20;

export class Drain {
  readonly #parts: DrainParts;
  readonly #heads = new Map<string, TopicHead>();

  constructor(parts: DrainParts) {
    this.#parts = parts;
  }

  async run(): Promise<DrainReport> {
    const { clock, deadlineMs } = this.#parts;
    const startedAt = clock.now();
    await this.#learnHeads();
    const sessions = [...this.#parts.sessions()].length;
    const owedBefore = this.#owed();
    this.#tellClients();
    let phase: DrainPhase = 'waiting';
    let terminated = 0;
    while (phase !== 'over') {
      const open = [...this.#parts.connections()];
      const sight = { settled: this.#isSettled(open), connections: open.length, elapsedMs: clock.now() - startedAt };
      const [next, effect] = stepDrain(phase, sight, deadlineMs);
      phase = next;
      if (effect === 'close') this.#close(open);
      if (effect === 'terminate') {
        terminated = open.length;
        for (const connection of open) connection.terminate();
      }
      if (phase !== 'over') await pause(clock, LOOK_EVERY_MS);
    }
    const left = this.#owed();
    const outlives = this.#parts.log.durability !== 'process';
    return {
      acknowledged: Math.max(0, owedBefore - left),
      resumable: outlives ? left : 0,
      lost: outlives ? 0 : left,
      sessions,
      terminated,
      durationMs: Math.round(clock.now() - startedAt),
    };
  }

  /** Nothing is appended here any more, so what each session is owed ends at these heads. */
  async #learnHeads(): Promise<void> {
    const keys = new Set<string>();
    for (const session of this.#parts.sessions()) for (const cursor of session.cursors.values()) keys.add(cursor.key);
    const asked = [...keys];
    let heads: readonly TopicHead[] | undefined;
    try {
      heads = await bounded(this.#parts.log.heads(asked), this.#parts.clock, this.#parts.deadlineMs / 2);
    } catch (error) {
      this.#parts.onError(error);
    }
    asked.forEach((key, index) => {
      const head = heads?.[index] ?? this.#heardHead(key);
      if (head !== undefined) this.#heads.set(key, head);
    });
  }

  /** Of a log that does not answer only what was heard is known, and not what it has dropped since. */
  #heardHead(key: string): TopicHead | undefined {
    const heard = this.#parts.headOf(key);
    return heard && { epoch: heard.epoch, first: 1, last: heard.offset };
  }

  #tellClients(): void {
    const open = [...this.#parts.connections()];
    for (const connection of open) {
      if (connection.format.mode === 'plain' || connection.phase !== 'open') continue;
      const afterMs = this.#slot(open.length);
      connection.control({ t: 'goaway', why: 'restart', afterMs, deadlineMs: Math.round(this.#parts.deadlineMs) });
    }
  }

  #close(open: readonly Connection[]): void {
    for (const connection of open) connection.close(CLOSE.restart, `after=${this.#slot(open.length)}`);
  }

  #slot(clients: number): number {
    return slotMs(clients, this.#parts.options.drainAcceptPerSecond, this.#parts.random.next());
  }

  #isSettled(open: readonly Connection[]): boolean {
    for (const session of this.#parts.sessions()) if (session.pending.length > 0) return false;
    return open.every(({ session, bufferedBytes }) => {
      if (session === undefined) return true;
      if (bufferedBytes > 0) return false;
      if (session.mode === 'resumable' && session.upward.results.size > 0) return false;
      for (const cursor of session.cursors.values()) if (this.#owedTo(session, cursor) > 0) return false;
      return true;
    });
  }

  #owed(): number {
    let count = 0;
    for (const session of this.#parts.sessions()) {
      for (const cursor of session.cursors.values()) count += this.#owedTo(session, cursor);
    }
    return count;
  }

  /** Entries that the log holds for a session and that the session is not known to have. */
  #owedTo(session: Session, cursor: Cursor): number {
    const head = this.#heads.get(cursor.key);
    if (head === undefined) return 0;
    // A plain client without identity never says what it has; what was written to it counts as had.
    const anonymous = session.generation === 0;
    const [epoch, offset] = anonymous ? cursor.position : cursor.acked;
    if (epoch > head.epoch) return 0;
    const from = epoch === head.epoch ? Math.max(offset, head.first - 1) : head.first - 1;
    return Math.max(0, head.last - from);
  }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(resolve, ms);
  });
}

/** The value, or undefined when it does not come in time. */
async function bounded<Value>(value: MaybePromise<Value>, clock: Clock, ms: number): Promise<Value | undefined> {
  if (!isPromise(value)) return value;
  let timer: Timer | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = clock.setTimer(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    timer?.cancel();
  }
}
