// One timer for many deadlines: entries hang in the slot of their tick; an empty wheel holds no timer at all.
// Deadlines are rounded up to a whole tick and the wheel turns on the tick, so a call is never early and less than one
// tick (plus the loop's delay) late. Calls come in the order of their ticks, within a tick as they were scheduled.
import type { Clock, Timer } from './clock.ts';
import { type OptionDescriptors, resolveOptions } from './options.ts';
import { reportError, rethrowLater } from './report-error.ts';
import { StabilityError } from './stability-error.ts';

/** A deadline on a {@link TimerWheel}; make one per thing and schedule it again and again. */
export class WheelEntry {
  /** @internal */ wheel: TimerWheel | undefined;
  /** @internal */ previous: WheelEntry | undefined;
  /** @internal */ next: WheelEntry | undefined;
  /** @internal */ slot = 0;
  /** @internal */ dueTick = 0;
  readonly onTime: () => void;

  constructor(onTime: () => void) {
    this.onTime = onTime;
  }

  get scheduled(): boolean {
    return this.wheel !== undefined;
  }
}

export interface TimerWheelOptions {
  readonly clock: Clock;
  /** Milliseconds a tick, 1–60,000; the precision. @default 50 */
  readonly tickMs?: number;
  /** Number of slots, 1–65,536; entries further away than `slots × tickMs` stay for further rounds. @default 512 */
  readonly slots?: number;
  /** What to do with what an entry throws; the other entries run all the same. @default thrown from a microtask */
  readonly onError?: (error: unknown) => void;
  /** Whether scheduled entries keep a Node process running. @default false */
  readonly keepAlive?: boolean;
}

const sizes = {
  tickMs: {
    kind: 'number',
    default: 50,
    min: 1,
    max: 60_000,
    integer: false,
    unit: 'ms',
    description: 'The precision.',
  },
  slots: { kind: 'number', default: 512, min: 1, max: 65_536, unit: 'count', description: 'Ticks in one round.' },
} as const satisfies OptionDescriptors;

export class TimerWheel {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #heads: (WheelEntry | undefined)[];
  readonly #onError: (error: unknown) => void;
  readonly #keepAlive: boolean;
  readonly #startedAt: number;
  #tick = 0;
  #size = 0;
  #timer: Timer | undefined;

  /** @throws StabilityError `ERR_OPTION` for a size out of its range. */
  constructor({ clock, tickMs, slots, onError = rethrowLater, keepAlive = false }: TimerWheelOptions) {
    const resolved = resolveOptions(sizes, { tickMs, slots }, 'timerWheel');
    this.#clock = clock;
    this.#tickMs = resolved.tickMs;
    this.#heads = new Array<WheelEntry | undefined>(resolved.slots).fill(undefined);
    this.#onError = onError;
    this.#keepAlive = keepAlive;
    this.#startedAt = clock.now();
  }

  /** Number of entries that wait. */
  get size(): number {
    return this.#size;
  }

  /**
   * Puts an entry on the wheel, or moves it, also from another wheel; O(1).
   *
   * @param delayMs milliseconds from now; the call comes at the first tick that is not before, and never in this turn.
   * @throws StabilityError `ERR_DELAY` when it is not a finite number.
   */
  schedule(entry: WheelEntry, delayMs: number): void {
    if (!Number.isFinite(delayMs)) {
      throw new StabilityError('ERR_DELAY', `Give a finite number of milliseconds to wait, not ${delayMs}.`);
    }
    entry.wheel?.cancel(entry);
    if (this.#size === 0) this.#tick = this.#currentTick();
    const due = Math.ceil((this.#elapsed() + Math.max(delayMs, 0)) / this.#tickMs);
    entry.wheel = this;
    entry.dueTick = Math.max(due, this.#tick + 1);
    entry.slot = entry.dueTick % this.#heads.length;
    const head = this.#heads[entry.slot];
    entry.next = head;
    if (head !== undefined) head.previous = entry;
    this.#heads[entry.slot] = entry;
    this.#size++;
    if (this.#timer === undefined) this.#arm();
  }

  /** Takes an entry off the wheel; harmless when it is not on it. */
  cancel(entry: WheelEntry): void {
    if (entry.wheel !== this) return;
    if (entry.previous === undefined) this.#heads[entry.slot] = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next !== undefined) entry.next.previous = entry.previous;
    entry.previous = undefined;
    entry.next = undefined;
    entry.wheel = undefined;
    if (--this.#size === 0) this.#stop();
  }

  /** Takes everything off the wheel. */
  close(): void {
    for (let slot = 0; slot < this.#heads.length; slot++) {
      for (let entry = this.#heads[slot]; entry !== undefined; entry = this.#heads[slot]) this.cancel(entry);
    }
  }

  #elapsed(): number {
    return this.#clock.now() - this.#startedAt;
  }

  #currentTick(): number {
    return Math.floor(this.#elapsed() / this.#tickMs);
  }

  /** The timer goes off on the next tick and not a tick's length from now: else a call could be two ticks late. */
  #arm(): void {
    const untilNextTick = (this.#currentTick() + 1) * this.#tickMs - this.#elapsed();
    this.#timer = this.#clock.setTimer(this.#advance, untilNextTick, this.#keepAlive);
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  readonly #advance = (): void => {
    this.#timer = undefined;
    const current = this.#currentTick();
    const due = this.#collect(current);
    this.#tick = current;
    for (const entry of due) {
      // An entry that ran before it in this turn may have cancelled or moved it; what is moved is due after this tick.
      if (entry.wheel !== this || entry.dueTick > current) continue;
      this.cancel(entry);
      try {
        entry.onTime();
      } catch (error) {
        reportError(this.#onError, error);
      }
    }
    if (this.#size > 0 && this.#timer === undefined) this.#arm();
  };

  #collect(current: number): readonly WheelEntry[] {
    const slots = this.#heads.length;
    // After a long sleep one round over all slots finds everything that is due.
    const last = Math.min(current, this.#tick + slots);
    const due: WheelEntry[] = [];
    // Backwards, for a slot holds its newest entry first.
    for (let tick = last; tick > this.#tick; tick--) {
      for (let entry = this.#heads[tick % slots]; entry !== undefined; entry = entry.next) {
        if (entry.dueTick <= current) due.push(entry);
      }
    }
    due.reverse();
    if (last < current) due.sort((left, right) => left.dueTick - right.dueTick);
    return due;
  }
}
