// Follows one subscriber on one topic through a history, as a cursor would.
import { comparePositions, type Gap, type Position } from '@ws-stability/protocol';
import { type DeliveryProblem, showPosition } from './delivery-problem.ts';
import type { SubscriberEvent } from './history.ts';
import type { KnownLog } from './known-log.ts';

export interface ReaderReport {
  readonly problems: readonly DeliveryProblem[];
  readonly delivered: number;
  readonly repeated: number;
  readonly gaps: number;
  readonly missedInGaps: number;
}

/** From (exclusive) to (inclusive): told to be missing. */
interface Missing {
  readonly after: Position;
  readonly upTo: Position;
}

export function followReader(events: readonly SubscriberEvent[], log: KnownLog): ReaderReport {
  const reader = new Reader(log);
  for (const event of events) reader.see(event);
  return reader.finish();
}

class Reader {
  readonly #log: KnownLog;
  readonly #problems: DeliveryProblem[] = [];
  readonly #had = new Set<string>();
  readonly #missing: Missing[] = [];
  /** Stretches for which something is owed; the last one is open unless the subscriber left. */
  readonly #owed: { readonly after: Position; upTo: Position | undefined }[] = [];
  #who = { subscriber: '', topic: '' };
  #cursor: Position | undefined;
  #atLeastOnce = false;
  #delivered = 0;
  #repeated = 0;
  #gaps = 0;

  constructor(log: KnownLog) {
    this.#log = log;
  }

  see(event: SubscriberEvent): void {
    this.#who = { subscriber: event.subscriber, topic: event.topic };
    if (event.type === 'subscribed') {
      this.#leave();
      this.#cursor = event.at;
      this.#atLeastOnce = event.atLeastOnce;
      this.#owed.push({ after: event.at, upTo: undefined });
      return;
    }
    if (event.type === 'delivered' && event.position[1] === 0) return;
    if (this.#cursor === undefined) {
      if (event.type !== 'ended') this.#problems.push({ kind: 'notSubscribed', ...this.#who });
      return;
    }
    switch (event.type) {
      case 'delivered':
        this.#receive(event.position, event.content, this.#cursor);
        break;
      case 'gap':
        this.#lose(event.gap, this.#cursor);
        break;
      case 'skip':
        this.#skip([this.#cursor[0], event.from - 1], [this.#cursor[0], event.to], this.#cursor);
        break;
      case 'ended':
        this.#leave();
        break;
    }
  }

  finish(): ReaderReport {
    let missedInGaps = 0;
    for (const { position, content } of this.#log.acknowledged.get(this.#who.topic) ?? []) {
      if (this.#had.has(showPosition(position)) || !this.#isOwed(position)) continue;
      if (this.#missing.some((missing) => isWithin(position, missing.after, missing.upTo))) missedInGaps++;
      else this.#problems.push({ kind: 'lost', ...this.#who, position, content });
    }
    return {
      problems: this.#problems,
      delivered: this.#delivered,
      repeated: this.#repeated,
      gaps: this.#gaps,
      missedInGaps,
    };
  }

  #receive(position: Position, content: string, cursor: Position): void {
    this.#delivered++;
    this.#judgeContent(position, content);
    const key = showPosition(position);
    const seen = this.#had.has(key);
    this.#had.add(key);
    if (seen && this.#atLeastOnce) this.#repeated++;
    if (comparePositions(position, cursor) <= 0) {
      if (seen && this.#atLeastOnce) this.#cursor = position;
      else if (seen) this.#problems.push({ kind: 'twice', ...this.#who, position, content });
      else this.#problems.push({ kind: 'outOfOrder', ...this.#who, position, after: cursor });
      return;
    }
    if (position[0] !== cursor[0] || position[1] !== cursor[1] + 1) {
      this.#problems.push({ kind: 'hole', ...this.#who, was: cursor, next: position });
    }
    this.#cursor = position;
  }

  #judgeContent(position: Position, content: string): void {
    const there = this.#log.contentAt(this.#who.topic, position);
    const published = this.#log.published(this.#who.topic, content);
    if (published === undefined) this.#problems.push({ kind: 'invented', ...this.#who, position, content });
    else if (published === 'refused') this.#problems.push({ kind: 'refusedButGiven', ...this.#who, position, content });
    else if (there !== undefined && there !== content) {
      this.#problems.push({ kind: 'wrongContent', ...this.#who, position, content, expected: there });
    }
  }

  #lose(gap: Gap, cursor: Position): void {
    this.#gaps++;
    // `ahead`: the log no longer holds what the subscriber had; it goes back to the head.
    if (gap.why === 'ahead') {
      if (comparePositions(gap.was, cursor) !== 0) this.#wrong(gap.was, gap.now, cursor, 'the gap starts elsewhere');
      this.#cursor = gap.now;
      return;
    }
    this.#skip(gap.was, gap.now, cursor);
  }

  #skip(was: Position, now: Position, cursor: Position): void {
    const fault =
      comparePositions(was, cursor) !== 0
        ? 'it starts elsewhere'
        : comparePositions(now, was) <= 0
          ? 'that is nothing'
          : undefined;
    if (fault !== undefined) this.#wrong(was, now, cursor, fault);
    this.#missing.push({ after: was, upTo: now });
    if (comparePositions(now, cursor) > 0) this.#cursor = now;
  }

  #wrong(was: Position, now: Position, expected: Position, fault: string): void {
    this.#problems.push({ kind: 'wrongGap', ...this.#who, was, now, expected, fault });
  }

  #leave(): void {
    const last = this.#owed.at(-1);
    if (last !== undefined && last.upTo === undefined) last.upTo = this.#cursor;
    this.#cursor = undefined;
  }

  #isOwed(position: Position): boolean {
    return this.#owed.some(({ after, upTo }) => isWithin(position, after, upTo));
  }
}

function isWithin(position: Position, after: Position, upTo: Position | undefined): boolean {
  return comparePositions(position, after) > 0 && (upTo === undefined || comparePositions(position, upTo) <= 0);
}
