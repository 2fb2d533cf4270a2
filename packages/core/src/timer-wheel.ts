// One timer for many deadlines: entries hang in the slot of their tick; an empty wheel holds no timer at all.
// Deadlines are rounded up to a whole tick, so a call is never early and at most one tick (plus the loop's delay) late.
import type { Clock, Timer } from './clock.ts';

/** A deadline on a {@link TimerWheel}; make one per thing and schedule it again and again. */
export class WheelEntry {
  /** @internal */ previous: WheelEntry | undefined;
  /** @internal */ next: WheelEntry | undefined;
  /** @internal */ slot = -1;
  /** @internal */ dueTick = 0;
  readonly onTime: () => void;

  constructor(onTime: () => void) {
    this.onTime = onTime;
  }

  get scheduled(): boolean {
    return this.slot >= 0;
  }
}

export interface TimerWheelOptions {
  readonly clock: Clock;
  /** Milliseconds a tick; the precision. @default 50 */
  readonly tickMs?: number;
  /** Number of slots; entries further away than `slots × tickMs` stay for further rounds. @default 512 */
  readonly slots?: number;
  /** What to do with what an entry throws. @default thrown from the wheel's timer after the tick */
  readonly onError?: (error: unknown) => void;
  /** Whether scheduled entries keep a Node process running. @default false */
  readonly keepAlive?: boolean;
}

export class TimerWheel {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #heads: (WheelEntry | undefined)[];
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #keepAlive: boolean;
  readonly #startedAt: number;
  #tick = 0;
  #size = 0;
  #timer: Timer | undefined;

  constructor({ clock, tickMs = 50, slots = 512, onError, keepAlive = false }: TimerWheelOptions) {
    this.#clock = clock;
    this.#tickMs = tickMs;
    this.#heads = new Array<WheelEntry | undefined>(slots).fill(undefined);
    this.#onError = onError;
    this.#keepAlive = keepAlive;
    this.#startedAt = clock.now();
  }

  /** Number of entries that wait. */
  get size(): number {
    return this.#size;
  }

  /** Puts an entry on the wheel, or moves it; O(1). @param delayMs milliseconds from now, at least one tick. */
  schedule(entry: WheelEntry, delayMs: number): void {
    if (entry.scheduled) this.cancel(entry);
    if (this.#size === 0) this.#tick = this.#currentTick();
    const due = Math.ceil((this.#clock.now() - this.#startedAt + Math.max(delayMs, 0)) / this.#tickMs);
    entry.dueTick = Math.max(due, this.#tick + 1);
    entry.slot = entry.dueTick % this.#heads.length;
    const head = this.#heads[entry.slot];
    entry.previous = undefined;
    entry.next = head;
    if (head !== undefined) head.previous = entry;
    this.#heads[entry.slot] = entry;
    this.#size++;
    this.#timer ??= this.#clock.setTimer(this.#advance, this.#tickMs, this.#keepAlive);
  }

  /** Takes an entry off the wheel; harmless when it is not on it. */
  cancel(entry: WheelEntry): void {
    if (!entry.scheduled) return;
    if (entry.previous === undefined) this.#heads[entry.slot] = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next !== undefined) entry.next.previous = entry.previous;
    entry.previous = undefined;
    entry.next = undefined;
    entry.slot = -1;
    if (--this.#size === 0) this.#stop();
  }

  /** Takes everything off the wheel. */
  close(): void {
    for (let slot = 0; slot < this.#heads.length; slot++) {
      for (let entry = this.#heads[slot]; entry !== undefined; entry = this.#heads[slot]) this.cancel(entry);
    }
  }

  #currentTick(): number {
    return Math.floor((this.#clock.now() - this.#startedAt) / this.#tickMs);
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  readonly #advance = (): void => {
    this.#timer = undefined;
    const current = this.#currentTick();
    // After a long sleep one round over all slots finds everything that is due.
    const last = Math.min(current, this.#tick + this.#heads.length);
    const due: WheelEntry[] = [];
    for (let tick = this.#tick + 1; tick <= last; tick++) {
      for (let entry = this.#heads[tick % this.#heads.length]; entry !== undefined; entry = entry.next) {
        if (entry.dueTick <= current) due.push(entry);
      }
    }
    this.#tick = current;
    const dueTicks = due.map((entry) => entry.dueTick);
    for (let index = 0; index < due.length; index++) {
      const entry = due[index] as WheelEntry;
      // An entry that ran before it in this turn may have cancelled or moved it.
      if (!entry.scheduled || entry.dueTick !== dueTicks[index]) continue;
      this.cancel(entry);
      this.#run(entry);
    }
    if (this.#size > 0) this.#timer ??= this.#clock.setTimer(this.#advance, this.#tickMs, this.#keepAlive);
  };

  #run(entry: WheelEntry): void {
    if (this.#onError === undefined) return entry.onTime();
    try {
      entry.onTime();
    } catch (error) {
      this.#onError(error);
    }
  }
}
