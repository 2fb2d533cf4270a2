// One direction of a proxied connection: reads the source, does to the bytes what `lane.machine.ts` says, writes the sink.
import type { Socket } from 'node:net';
import type { Clock, Random, Timer } from '@ws-stability/core';
import { StabilityError } from '@ws-stability/core';
import { type Credit, dueAt, type LaneFaults, type LaneMode, NO_FAULTS, nextLaneStep } from './lane.machine.ts';

/** How a cut ends both sockets: `end` closes them (FIN), `reset` resets them (RST), which may discard bytes in flight. */
export type CutManner = 'end' | 'reset';

export interface LaneBytes {
  /** Read from the sender. */
  readonly received: number;
  /** Written to the receiver. */
  readonly forwarded: number;
  /** Forgotten by a black hole, or because the receiver is gone. */
  readonly swallowed: number;
}

export interface LaneSnapshot extends LaneBytes {
  readonly mode: LaneMode;
  /** Read but not yet written; at most `bufferBytes` plus one read of the socket. */
  readonly waiting: number;
}

interface LaneParts {
  readonly source: Socket;
  readonly sink: Socket;
  readonly clock: Clock;
  readonly random: Random;
  /** More than this many waiting bytes stop the source from being read. */
  readonly bufferBytes: number;
  readonly onCut: (manner: CutManner) => void;
}

interface Chunk {
  readonly bytes: Buffer;
  readonly dueAt: number;
}

const NO_CREDIT_YET: Credit = { bytes: Number.POSITIVE_INFINITY, at: 0 };

export class Lane {
  readonly #parts: LaneParts;
  readonly #chunks: Chunk[] = [];
  #faults: LaneFaults = NO_FAULTS;
  #mode: LaneMode = 'flow';
  #cut: { readonly afterBytes: number; readonly manner: CutManner } | undefined;
  #credit = NO_CREDIT_YET;
  #lastDueAt = 0;
  #endDueAt: number | undefined;
  #ended = false;
  #sinkFull = false;
  #unwritten = 0;
  #waiting = 0;
  #received = 0;
  #forwarded = 0;
  #swallowed = 0;
  #timer: Timer | undefined;
  #turn: NodeJS.Immediate | undefined;
  #open = true;

  constructor(parts: LaneParts) {
    this.#parts = parts;
    const { source, sink } = parts;
    source.on('data', (bytes: Buffer) => this.#receive(bytes));
    source.on('end', () => this.#receiveEnd());
    sink.on('drain', () => {
      this.#sinkFull = false;
      this.#run();
    });
  }

  get mode(): LaneMode {
    return this.#mode;
  }

  /** Bytes of this direction that reached the receiver's side, from the connection's start. */
  get forwardedBytes(): number {
    return this.#forwarded;
  }

  /**
   * Sets the named faults from now on and leaves the others.
   *
   * @throws StabilityError `ERR_OPTION` for a number that makes no sense.
   */
  setFaults(faults: Partial<LaneFaults>): void {
    const next = { ...this.#faults, ...faults };
    if (!(next.delayMs >= 0 && next.jitterMs >= 0 && next.sliceBytes >= 1 && next.bytesPerSecond > 0)) {
      throw new StabilityError(
        'ERR_OPTION',
        'Give delayMs and jitterMs from 0, sliceBytes from 1 and bytesPerSecond above 0.',
      );
    }
    this.#faults = next;
    this.#run();
  }

  setMode(mode: LaneMode): void {
    this.#mode = mode;
    this.#run();
  }

  /** Stops reading: the sender's buffers fill up and it feels backpressure. */
  stall(): void {
    this.setMode('stalled');
  }

  /** Reads and forgets everything, the sender's end included: nobody is told anything. */
  blackHole(): void {
    this.setMode('blackHole');
  }

  /** Forwards again; what a stall held back follows, what a black hole swallowed is gone. */
  resume(): void {
    this.setMode('flow');
  }

  /**
   * Cuts the connection when exactly so many bytes of this direction were forwarded, at once if they were already.
   *
   * @param bytes counted from the connection's start.
   */
  cutAfter(bytes: number, manner: CutManner = 'end'): void {
    this.#cut = { afterBytes: bytes, manner };
    this.#run();
  }

  snapshot(): LaneSnapshot {
    return {
      mode: this.#mode,
      received: this.#received,
      forwarded: this.#forwarded,
      swallowed: this.#swallowed,
      waiting: this.#waiting,
    };
  }

  /** Stops all work; the sockets are the link's. */
  close(): void {
    this.#open = false;
    this.#timer?.cancel();
    clearImmediate(this.#turn);
    this.#chunks.length = 0;
    this.#waiting = 0;
  }

  #receive(bytes: Buffer): void {
    if (!this.#open) return;
    this.#received += bytes.length;
    this.#lastDueAt = this.#due();
    this.#chunks.push({ bytes, dueAt: this.#lastDueAt });
    this.#waiting += bytes.length;
    this.#run();
  }

  #receiveEnd(): void {
    this.#endDueAt = this.#due();
    this.#run();
  }

  #due(): number {
    const { clock, random } = this.#parts;
    return dueAt(this.#faults, clock.now(), this.#lastDueAt, random.next());
  }

  /** Steps until there is nothing to do now, then reads the source or not. */
  #run(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    while (this.#open && this.#turn === undefined && this.#step());
    this.#regulate();
  }

  /** @returns whether to ask for another step at once. */
  #step(): boolean {
    const head = this.#chunks[0];
    const { clock, sink } = this.#parts;
    const step = nextLaneStep(
      {
        mode: sink.destroyed ? 'blackHole' : this.#mode,
        faults: this.#faults,
        waitingBytes: head?.bytes.length ?? 0,
        waitingDueAt: head?.dueAt ?? 0,
        endDueAt: this.#ended ? undefined : this.#endDueAt,
        forwardedBytes: this.#forwarded,
        cutAfterBytes: this.#cut?.afterBytes,
        sinkFull: this.#sinkFull,
        credit: this.#credit,
      },
      clock.now(),
    );
    switch (step.do) {
      case 'nothing':
        return false;
      case 'wait':
        this.#timer = clock.setTimer(() => this.#run(), step.ms);
        return false;
      case 'forward':
        this.#credit = step.credit;
        return this.#forward(step.bytes);
      case 'swallow':
        this.#swallowed += this.#take(step.bytes).length;
        return true;
      case 'end':
        this.#ended = true;
        sink.end();
        return false;
      case 'cut':
        this.#cutWhenWritten();
        return false;
    }
  }

  #forward(bytes: number): boolean {
    const piece = this.#take(bytes);
    this.#forwarded += piece.length;
    this.#unwritten++;
    this.#sinkFull = !this.#parts.sink.write(piece, () => {
      this.#unwritten--;
      if (this.#cut !== undefined) this.#run();
    });
    if (this.#faults.sliceBytes === Number.POSITIVE_INFINITY) return true;
    // A turn between the pieces, so that the receiver's reads find them one by one.
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      this.#run();
    });
    return false;
  }

  #take(bytes: number): Buffer {
    const head = this.#chunks[0] as Chunk;
    const piece = head.bytes.subarray(0, bytes);
    if (bytes < head.bytes.length) this.#chunks[0] = { bytes: head.bytes.subarray(bytes), dueAt: head.dueAt };
    else this.#chunks.shift();
    this.#waiting -= bytes;
    return piece;
  }

  /** What was forwarded must have left this process before the sockets go, or the cut would not be exact. */
  #cutWhenWritten(): void {
    if (this.#unwritten > 0 || this.#cut === undefined) return;
    this.#parts.onCut(this.#cut.manner);
  }

  #regulate(): void {
    const { source, bufferBytes } = this.#parts;
    const read = this.#open && this.#mode !== 'stalled' && this.#waiting <= bufferBytes;
    if (read && source.isPaused()) source.resume();
    else if (!read && !source.isPaused()) source.pause();
  }
}
