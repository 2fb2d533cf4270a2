// One accepted socket: gathers frames, writes them once a turn, knows when it is full, and dies when it is fenced.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Clock, type TimerWheel, WheelEntry } from '@ws-stability/core';
import type { Gap, ServerControl, SkipReason } from '@ws-stability/protocol';
import { CLOSE, encodeControl, frameText, gapReason } from '@ws-stability/protocol';
import type { LogEntry, StoredResult } from '@ws-stability/store';
import type { RawData, WebSocket } from 'ws';
import type { Counters } from '../counters.ts';
import { addSkip } from '../delivery/cursor.machine.ts';
import type { Cursor, Receiver } from '../delivery/cursor.ts';
import type { ClientCounts } from '../observation/client-counts.ts';
import type { ManagerObserver } from '../observation/observer.ts';
import type { ResolvedManagerOptions } from '../options.ts';
import type { Link, Session } from '../session/session.ts';
import type { Flusher } from './flusher.ts';
import type { Format } from './format.ts';
import { type HeartbeatState, look, startHeartbeat } from './heartbeat.machine.ts';
import { writeFrames } from './outlet.ts';
import { ResultBatch } from './result-batch.ts';

/** greeting: no session yet · welcoming: its hello is being judged · open · closing: our close frame is out · closed */
export type ConnectionPhase = 'greeting' | 'welcoming' | 'open' | 'closing' | 'closed';

/** Learns what has reached a client that acknowledges nothing. */
export interface Confirmations {
  note(bytes: number): void;
  onPong(payload: Uint8Array): void;
  close(): void;
}

/** What a connection tells its owner. */
export interface ConnectionOwner {
  onMessage(connection: Connection, bytes: Uint8Array, binary: boolean): void;
  onClosed(connection: Connection, code: number, cause: string | undefined): void;
  /** Something is delivered to it while nobody watches whether it arrives. */
  onDelivery(connection: Connection): void;
  /** It can take more. */
  onWritable(connection: Connection): void;
  /** It ended by lack of life or of a greeting. */
  onTimeout(connection: Connection, why: 'heartbeat' | 'hello'): void;
}

export interface ConnectionParts {
  readonly owner: ConnectionOwner;
  readonly options: ResolvedManagerOptions;
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly flusher: Flusher;
  readonly counters: Counters;
  readonly clients: ClientCounts;
  readonly observer: ManagerObserver;
}

/** What the types of a duplex stream leave out of a socket. */
type ConnectionSocket = Duplex & {
  readonly bytesRead?: number;
  readonly errored: (Error & { readonly code?: string }) | null;
};

/** High-water marks of answers that may wait: entries stop at one. */
const CLOGGED_AT = 4;

export class Connection implements Link, Receiver {
  readonly request: IncomingMessage;
  readonly format: Format;
  phase: ConnectionPhase = 'greeting';
  /** The session it serves; taken away when another connection takes over, and it is dead from then on. */
  session: Session | undefined;
  /** Cursors that wait to read a page. */
  readonly behind: Cursor[] = [];
  /** It got a session, be it open still or not. */
  adopted = false;
  /** Whether it stands in the queue for a page. */
  pumping = false;
  /** Its client is owed something, and whether it makes progress is watched. */
  watched = false;
  /** Times that its socket has taken all that was written. */
  drains = 0;
  /** Asks a plain client with identity what has reached it. */
  batches: Confirmations | undefined;
  readonly #ws: WebSocket;
  readonly #socket: ConnectionSocket;
  readonly #parts: ConnectionParts;
  #frames: Uint8Array[] = [];
  #frameBytes = 0;
  /** Messages among the frames. */
  #messages = 0;
  /** When something was delivered that is not acknowledged. */
  #owedSince: number | undefined;
  #dirty = false;
  #full = false;
  /** Bytes of its topics that it may be given; without end unless its session's breaker is open. */
  #allowance = Number.POSITIVE_INFINITY;
  #stalled = false;
  /** Not read from, since its window is full. */
  #paused = false;
  /** Not read from, since what it was answered piles up. */
  #clogged = false;
  #results: ResultBatch | undefined;
  #skipping: Cursor[] = [];
  #heartbeat: HeartbeatState;
  readonly #beat = new WheelEntry(() => this.#look());
  readonly #greetingOver = new WheelEntry(() => this.#parts.owner.onTimeout(this, 'hello'));
  #failure: string | undefined;

  constructor(ws: WebSocket, socket: Duplex, request: IncomingMessage, format: Format, parts: ConnectionParts) {
    this.#ws = ws;
    this.#socket = socket;
    this.request = request;
    this.format = format;
    this.#parts = parts;
    ws.on('message', (data: RawData, binary: boolean) => {
      this.#throttle();
      if (this.phase !== 'closing' && this.phase !== 'closed') parts.owner.onMessage(this, asBytes(data), binary);
    });
    ws.on('ping', () => this.#throttle());
    ws.on('pong', (data: Buffer) => this.batches?.onPong(data));
    // The library's own close event says 1006 for frames that it refused; the true cause is on the error.
    ws.on('error', (error: Error & { code?: string }) => {
      this.#failure = error.code ?? error.message;
    });
    ws.on('close', (code: number) => this.#onClose(code));
    this.#heartbeat = startHeartbeat(parts.clock.now(), this.bytesReceived, parts.options);
    parts.wheel.schedule(this.#beat, parts.options.pingMs);
    parts.wheel.schedule(this.#greetingOver, parts.options.helloTimeoutMs);
  }

  get isOpen(): boolean {
    return this.phase === 'open';
  }

  get bytesReceived(): number {
    return this.#socket.bytesRead ?? 0;
  }

  get bufferedBytes(): number {
    return this.#frameBytes + this.#socket.writableLength;
  }

  /** Whether entries may be written to it now. */
  get writable(): boolean {
    if (this.phase !== 'open' || this.#full || this.#stalled || this.#allowance <= 0) return false;
    return this.bufferedBytes < this.#parts.options.highWaterBytes;
  }

  /** Nothing of its topics is written to it until its socket has drained. */
  get full(): boolean {
    return this.#full;
  }

  /** Not read from at the moment: its window is full, or its answers pile up. */
  get paused(): boolean {
    return this.#paused || this.#clogged;
  }

  /** It gets control frames only, but for what it is allowed as a trial. */
  get held(): boolean {
    return this.#allowance !== Number.POSITIVE_INFINITY;
  }

  /** From here on it gets control frames only. */
  hold(): void {
    this.#allowance = 0;
  }

  /** Lets through so much of its topics while it is held. @param bytes one message may exceed them */
  allow(bytes: number): void {
    this.#allowance = bytes;
  }

  /** It is served as any other again. */
  release(): void {
    this.#allowance = Number.POSITIVE_INFINITY;
  }

  /** Bytes left below the high-water mark, at least 1. */
  get room(): number {
    return Math.max(1, this.#parts.options.highWaterBytes - this.bufferedBytes);
  }

  /** The session is settled: from here on it may be served. */
  open(): void {
    this.phase = 'open';
    this.adopted = true;
    this.#parts.wheel.cancel(this.#greetingOver);
  }

  deliver(cursor: Cursor, entry: LogEntry): void {
    if (cursor.skip !== undefined) this.#tellSkip(cursor);
    const frame = this.format.entry(cursor, entry);
    this.#push(frame);
    this.#messages++;
    this.#allowance -= frame.byteLength;
    if (this.#owedSince === undefined && this.#parts.observer.acknowledged !== undefined)
      this.#owedSince = this.#parts.clock.now();
    if (!this.watched) this.#parts.owner.onDelivery(this);
    this.batches?.note(frame.byteLength);
  }

  /** Notes that an offset will not come; told before the next data of its topic or with the next flush. */
  skip(cursor: Cursor, offset: number, why: SkipReason): void {
    if (cursor.skip === undefined) this.#skipping.push(cursor);
    const { told, pending } = addSkip(cursor.skip, offset, why);
    if (told !== undefined) {
      cursor.skip = told;
      this.#tellSkip(cursor);
      this.#skipping.push(cursor);
    }
    cursor.skip = pending;
    if (why === 'ttl' && this.session !== undefined) this.#parts.clients.add(this.session, 'messages_expired', 1);
    this.#markDirty();
  }

  caughtUp(entries: number): void {
    if (this.session !== undefined) this.#parts.clients.add(this.session, 'messages_queued', entries);
  }

  gap(cursor: Cursor, gap: Gap): void {
    if (cursor.skip !== undefined) this.#tellSkip(cursor);
    const frame = this.format.gap(cursor, gap);
    if (frame !== undefined) this.#push(frame);
    this.session?.onGap(cursor, gap);
    if (frame === undefined) this.close(CLOSE.gap, gapReason(gap.now[0], gapStart(gap), gap.now[1]));
  }

  control(message: ServerControl): void {
    this.#push(frameText(encodeControl(message)));
  }

  /** A result for the client; ones without a value that follow one another leave as one frame. */
  result(result: StoredResult): void {
    if (this.format.mode === 'plain') return;
    this.#results ??= new ResultBatch();
    this.#results.add(result);
    this.#markDirty();
  }

  /** Stops reading while the upward window is full; its heartbeat clock stands still meanwhile. */
  pauseReading(paused: boolean): void {
    this.#paused = paused;
    this.#applyPause();
  }

  ping(payload: string): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.ping(payload);
  }

  /** Writes what has gathered, as one write. @returns whether nothing is held back now */
  flush(): boolean {
    this.#dirty = false;
    if (this.phase === 'closed' || this.#stalled) return false;
    for (const cursor of this.#skipping)
      if (cursor.skip !== undefined && cursor.connection === this) this.#tellSkip(cursor);
    this.#skipping = [];
    if (this.#results !== undefined) {
      for (const message of this.#results.messages()) this.#append(frameText(encodeControl(message)));
      this.#results = undefined;
    }
    const frames = this.#frames;
    if (frames.length === 0) return true;
    const bytes = this.#frameBytes;
    this.#frames = [];
    this.#frameBytes = 0;
    if (this.#ws.readyState !== this.#ws.OPEN) return false;
    this.#parts.counters.bytesOut += bytes;
    if (this.session !== undefined) this.#parts.clients.sent(this.session, this.#messages, bytes);
    this.#messages = 0;
    this.#full = bytes + this.#socket.writableLength >= this.#parts.options.highWaterBytes;
    if (this.#full) this.#parts.counters.filled++;
    writeFrames(this.#ws, this.#socket, frames, this.#full ? this.#onDrained : undefined);
    if (!this.#full && this.behind.length > 0) this.#parts.owner.onWritable(this);
    return true;
  }

  /** Its client has more of its messages than before. @param owed whether it has not all yet */
  acknowledged(owed: boolean): void {
    if (this.#owedSince === undefined) return;
    const now = this.#parts.clock.now();
    this.#parts.observer.acknowledged?.(now - this.#owedSince);
    this.#owedSince = owed ? now : undefined;
  }

  /** Ends it with a close frame behind everything written so far. @param reason at most 123 bytes, never a client's text */
  close(code: number, reason: string): void {
    if (this.phase === 'closing' || this.phase === 'closed') return;
    this.#stalled = false;
    this.flush();
    this.phase = 'closing';
    this.#ws.close(code, reason);
    // A peer that does not read would keep a paused socket for ever.
    this.#paused = false;
    this.#unclog();
  }

  /** Destroys the TCP connection at once, without a close frame. */
  terminate(): void {
    this.#ws.terminate();
  }

  /** Another connection has the session now: nothing more may be written. */
  fence(): void {
    this.session = undefined;
    this.#frames = [];
    this.#frameBytes = 0;
    this.#results = undefined;
    this.#skipping = [];
    this.close(CLOSE.replaced, 'replaced by a newer connection');
  }

  /** Acts for a while as if the peer did not read; for drills. @param ms milliseconds */
  stallWrites(ms: number): void {
    this.#stalled = true;
    this.#parts.clock.setTimer(
      () => {
        this.#stalled = false;
        this.flush();
        this.#unclog();
        this.#parts.owner.onWritable(this);
      },
      ms,
      false,
    );
  }

  /** Answers are written however much waits: who asks and does not read the answers is not heard until they are gone. */
  #throttle(): void {
    if (this.#clogged || this.bufferedBytes < CLOGGED_AT * this.#parts.options.highWaterBytes) return;
    this.flush();
    if (!this.#stalled && !this.#socket.writableNeedDrain) return;
    this.#clogged = true;
    this.#applyPause();
    if (!this.#stalled) this.#socket.once('drain', this.#unclog);
  }

  readonly #unclog = (): void => {
    this.#clogged = false;
    this.#applyPause();
  };

  #applyPause(): void {
    if (this.paused === this.#ws.isPaused) return;
    if (this.paused) this.#ws.pause();
    else this.#ws.resume();
  }

  #push(frame: Uint8Array): void {
    this.#append(frame);
    this.#markDirty();
  }

  #append(frame: Uint8Array): void {
    this.#frames.push(frame);
    this.#frameBytes += frame.byteLength;
  }

  #markDirty(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    this.#parts.flusher.add(this);
  }

  #tellSkip(cursor: Cursor): void {
    const { skip } = cursor;
    if (skip === undefined) return;
    cursor.skip = undefined;
    const frame = this.format.skip(cursor, skip.from, skip.to, skip.why);
    if (frame !== undefined) this.#append(frame);
  }

  readonly #onDrained = (): void => {
    this.drains++;
    // What was written since and filled it again has a callback of its own.
    this.#full = this.#socket.writableLength >= this.#parts.options.highWaterBytes;
    if (!this.#full) this.#parts.owner.onWritable(this);
  };

  #look(): void {
    const { clock, options, owner, wheel } = this.#parts;
    const now = clock.now();
    // From here on the close timer of the library decides.
    if (this.phase === 'closing') return;
    const [state, effect] = look(
      this.#heartbeat,
      { now, bytesReceived: this.bytesReceived, paused: this.paused },
      options,
    );
    this.#heartbeat = state;
    if (effect === 'terminate') return owner.onTimeout(this, 'heartbeat');
    if (effect === 'ping') {
      if (this.format.mode === 'resumable' && this.phase === 'open') this.control({ t: 'ping', ts: Math.round(now) });
      else this.ping('');
    }
    wheel.schedule(this.#beat, state.dueAt - now);
  }

  #onClose(code: number): void {
    this.phase = 'closed';
    const { wheel, owner } = this.#parts;
    wheel.cancel(this.#beat);
    wheel.cancel(this.#greetingOver);
    this.batches?.close();
    this.#frames = [];
    this.#frameBytes = 0;
    owner.onClosed(this, code, this.#failure ?? this.#socket.errored?.code);
  }
}

/** The first lost offset as a plain client is told it: in a new epoch everything up to `now` is. */
function gapStart({ was, now }: Gap): number {
  return was[0] === now[0] ? was[1] + 1 : 1;
}

function asBytes(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
