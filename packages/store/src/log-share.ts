// A share of the byte budget: the bytes its logs may use, how many logs there may be, and which of them is about the largest.
//
// Logs hang in size classes, four to an octave, that are relinked when a log's size crosses a boundary: constant time for an
// append whatever the number of logs. "The largest" is then any log of the highest class that is not empty, at most a quarter
// smaller than the very largest. An exact order (a heap) would cost a logarithm at every append to choose no better victim.
import { comparePositions, type Position } from '@ws-stability/protocol';
import type { TopicLog } from './topic-log.ts';

export interface ShareLimits {
  readonly bytes: number;
  readonly logs: number;
  readonly entriesPerLog: number;
}

export class LogShare {
  readonly limits: ShareLimits;
  /** Bytes of all its logs. */
  bytes = 0;
  entries = 0;
  /** Logs with messages, now or once. */
  logs = 0;
  /** Where a log that is not known starts: at or above each position of every log that was forgotten. */
  floor: Position;
  readonly #classes: Set<TopicLog>[] = [];
  #highest = -1;

  constructor(limits: ShareLimits, floor: Position) {
    this.limits = limits;
    this.floor = floor;
  }

  /** Puts a log where it belongs after its bytes have changed. */
  place(log: TopicLog): void {
    const sizeClass = sizeClassOf(log.bytes);
    if (sizeClass === log.sizeClass) return;
    if (log.sizeClass >= 0) this.#classes[log.sizeClass]?.delete(log);
    log.sizeClass = sizeClass;
    if (sizeClass < 0) return;
    while (this.#classes.length <= sizeClass) this.#classes.push(new Set());
    this.#classes[sizeClass]?.add(log);
    if (sizeClass > this.#highest) this.#highest = sizeClass;
  }

  /** A log of the highest class in use; undefined when all are empty. */
  largest(): TopicLog | undefined {
    for (; this.#highest >= 0; this.#highest--) {
      const logs = this.#classes[this.#highest];
      if (logs === undefined) continue;
      for (const log of logs) return log;
    }
    return undefined;
  }

  /** Lets go of every log. */
  clear(): void {
    this.#classes.length = 0;
    this.#highest = -1;
    this.bytes = 0;
    this.entries = 0;
    this.logs = 0;
  }

  /** Raises the floor over a log that is forgotten. */
  coverWith(log: TopicLog): void {
    const position: Position = [log.epoch, log.last];
    if (comparePositions(position, this.floor) > 0) this.floor = position;
  }
}

/** Four classes to an octave; -1 for an empty log. Sizes are below 2^31: a log's retention is. */
export function sizeClassOf(bytes: number): number {
  if (bytes <= 0) return -1;
  const octave = 31 - Math.clz32(bytes);
  const quarter = octave >= 2 ? (bytes >>> (octave - 2)) & 3 : 0;
  return octave * 4 + quarter;
}
