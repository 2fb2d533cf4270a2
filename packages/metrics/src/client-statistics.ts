// Counts for each client in columns. The slot is held by the connection or session, so there is no lookup and no way to
// remove a connected client: only those that left hang in the list that cleanup works on.
import {
  type Clock,
  Emitter,
  type EventMap,
  type Listener,
  type Observable,
  resolveOptions,
  StabilityError,
  systemClock,
  TimerWheel,
} from '@ws-stability/core';
import { ACTIVITY_BYTES, ActivityList } from './activity-list.ts';
import { ClientRows } from './client-rows.ts';
import type { ClientEntry, ClientStatisticsSnapshot } from './client-snapshot.ts';
import { checkWords } from './metric-name.ts';
import { type MetricsOptions, metricsOptions, type ResolvedMetricsOptions } from './options.ts';
import { type Slice, Sweeper, type SweepReport } from './sweeper.ts';
import { topEntries } from './top-entries.ts';

export interface ClientStatisticsOptions<Columns extends readonly string[]> extends MetricsOptions {
  /** What is counted of each client: 1–32 names of lower-case words, such as `messages_sent` and `sent_bytes`. */
  readonly columns: Columns;
}

export interface ClientStatisticsDependencies {
  readonly clock?: Clock;
  /** Shared with others; else one of its own is made. */
  readonly wheel?: TimerWheel;
  /** What to do with what a listener or a pass throws; cleanup goes on all the same. @default thrown from a microtask */
  readonly onError?: (error: unknown) => void;
}

export interface ClientStatisticsEvents extends EventMap {
  /** The row of an idle client was given back; from now on its slot is stale. */
  readonly evict: readonly [slot: number, id: string];
}

export interface EntriesOptions<Columns extends readonly string[]> {
  /** 1–1,000. @default 20 */
  readonly limit?: number;
  /** The column to order by, the largest first. @default the first */
  readonly by?: Columns[number];
}

const MOST_COLUMNS = 32;
/** Rows a slice removes at most, and how many between two looks at the clock. */
const SLICE_ROWS = 1024;
const ROWS_A_LOOK = 32;

export class ClientStatistics<const Columns extends readonly string[]> implements Observable<ClientStatisticsEvents> {
  readonly options: ResolvedMetricsOptions;
  /** The number of each column, for {@link add}. */
  readonly columns: { readonly [Column in Columns[number]]: number };
  readonly #names: readonly string[];
  readonly #clock: Clock;
  readonly #rows: ClientRows;
  // Of the rows, for the hot path.
  readonly #chunks: readonly Int32Array[];
  readonly #mask: number;
  readonly #stride: number;
  readonly #idle = new ActivityList();
  readonly #departed: number[];
  readonly #events: Emitter<ClientStatisticsEvents>;
  readonly #sweeper: Sweeper;
  #overflowed = 0;
  #evictedForRoom = 0;

  /**
   * @throws StabilityError `ERR_OPTION`; `ERR_METRIC_NAME` for a column that could not be part of a metric's name;
   *   `ERR_METRIC_DUPLICATE` for a column twice.
   */
  constructor(
    { columns, ...options }: ClientStatisticsOptions<Columns>,
    { clock = systemClock, wheel = new TimerWheel({ clock }), onError }: ClientStatisticsDependencies = {},
  ) {
    this.options = resolveOptions(metricsOptions, options, 'metrics');
    this.#names = checkColumns(columns);
    this.columns = numbersOf(columns);
    this.#clock = clock;
    this.#rows = new ClientRows(columns.length, this.options.maxClients);
    this.#chunks = this.#rows.chunks;
    this.#mask = this.#rows.mask;
    this.#stride = this.#rows.stride;
    this.#departed = columns.map(() => 0);
    this.#events = new Emitter(onError);
    this.#sweeper = new Sweeper(this.options.sweepMs, {
      clock,
      wheel,
      slice: (goOn) => this.#slice(goOn),
      onError: onError ?? throwLater,
    });
  }

  on<Name extends keyof ClientStatisticsEvents>(
    name: Name,
    listener: Listener<ClientStatisticsEvents[Name]>,
  ): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * Begins to count for a client that connected.
   *
   * @returns the slot to hold and to pass to the other methods. 0, the row that all share, when every row belongs to a connected
   *   client (an idle one that left longest ago makes room before that), and in the disabled mode.
   */
  open(id: string): number {
    if (!this.options.enabled) return 0;
    let row = this.#rows.take(id);
    if (row === 0 && this.#idle.size > 0) {
      this.#evictedForRoom++;
      this.#evict(this.#idle.oldest);
      row = this.#rows.take(id);
    }
    if (row === 0) {
      this.#overflowed++;
      return 0;
    }
    this.#idle.stamp(row, this.#clock.now());
    return this.#rows.slotOf(row);
  }

  /**
   * Counts. A slot that was given back meanwhile counts on the overflow row, never on another client's.
   *
   * @param column one of {@link columns}.
   * @param amount a whole number from 0. @default 1
   */
  add(slot: number, column: number, amount = 1): void {
    // The hot path of `ClientRows.add`: one chunk, one comparison for the generation, one addition, all in integers. It is here
    // and writes its numbers out because a call into another object and constants of a module (variables to the engine, once
    // bundled) were measured to cost a quarter more.
    const row = slot & this.#mask;
    const chunk = this.#chunks[row >> 10]; // CHUNK_BITS
    const stride = this.#stride;
    const at = (row & 1023) * stride; // CHUNK_MASK
    if (chunk === undefined || chunk[at] !== slot || column >>> 0 >= stride - 1 || amount < 0) {
      this.#rows.add(slot, column, amount);
      return;
    }
    const place = at + 1 + column;
    const count = chunk[place];
    if (count === undefined) {
      this.#rows.add(slot, column, amount);
      return;
    }
    const sum = count + amount;
    // Whole and below LIMIT at once; there is no count where the column is no whole number.
    if ((sum & 0x7fff_ffff) === sum) chunk[place] = sum;
    else this.#rows.add(slot, column, amount);
  }

  /** The client left: its counts are kept for `clientTtlMs` from now. Again is harmless. */
  close(slot: number): void {
    const row = this.#rowOf(slot);
    if (row > 0 && !this.#idle.has(row)) this.#idle.touch(row, this.#clock.now());
  }

  /** Something happened for a client that left, so its time to live starts again; of a connected one nothing changes. */
  touch(slot: number): void {
    const row = this.#rowOf(slot);
    if (row > 0 && this.#idle.has(row)) this.#idle.touch(row, this.#clock.now());
  }

  /**
   * The client came back.
   *
   * @returns the slot to hold from now on: the same with all its counts, or a new one when it was given back meanwhile or is another client's.
   */
  reopen(slot: number, id: string): number {
    const row = this.#rows.rowOf(slot);
    if (row <= 0 || this.#rows.idOf(row) !== id) return this.open(id);
    this.#idle.remove(row);
    this.#idle.stamp(row, this.#clock.now());
    return slot;
  }

  /** The counts of one client, or undefined for a slot that was given back. */
  read(slot: number): ClientEntry | undefined {
    const row = this.#rows.rowOf(slot);
    return row > 0 ? this.#entry(row) : undefined;
  }

  /** The most active clients, for people; one scan of all rows. */
  entries({ limit = 20, by }: EntriesOptions<Columns> = {}): readonly ClientEntry[] {
    const column = by === undefined ? 0 : this.#names.indexOf(by);
    return topEntries(this.#rows, limit, column).map((row) => this.#entry(row));
  }

  /** Removes idle clients by itself, a pass every `sweepMs`; nothing in the disabled mode. Again is no different from once. */
  async start(): Promise<void> {
    if (this.options.enabled) await this.#sweeper.start();
  }

  /** Ends that; once awaited, nothing is removed any more. Again is harmless, and `start` starts it again. */
  async stop(): Promise<void> {
    await this.#sweeper.stop();
  }

  /** Does a pass now, in slices on the ticks of the wheel; or waits for the one under way. */
  sweep(): Promise<SweepReport> {
    return this.#sweeper.sweep();
  }

  snapshot(): ClientStatisticsSnapshot {
    return {
      columns: this.#names,
      connected: this.#rows.live - this.#idle.size,
      idle: this.#idle.size,
      allocated: this.#rows.allocated,
      maxClients: this.options.maxClients,
      bytes: this.#rows.bytes + this.#idle.bytes,
      overflowed: this.#overflowed,
      evictedForRoom: this.#evictedForRoom,
      staleCalls: this.#rows.staleCalls,
      refused: this.#rows.refused,
      overflow: this.#counts(0),
      departed: this.#named((column) => this.#departed[column] ?? 0),
      cleanup: this.#sweeper.snapshot(),
    };
  }

  #rowOf(slot: number): number {
    const row = this.#rows.rowOf(slot);
    if (row < 0) this.#rows.staleCalls++;
    return row;
  }

  #slice(goOn: () => boolean): Slice {
    const { clientTtlMs, sweepSliceMs } = this.options;
    const now = this.#clock.now();
    let removed = 0;
    let freedBytes = 0;
    for (let row = this.#idle.overdue(now, clientTtlMs); row !== 0; row = this.#idle.overdue(now, clientTtlMs)) {
      const isLookDue = removed % ROWS_A_LOOK === ROWS_A_LOOK - 1;
      if (removed === SLICE_ROWS || (isLookDue && this.#clock.now() - now >= sweepSliceMs)) {
        return { removed, freedBytes, more: true };
      }
      freedBytes += this.#evict(row);
      removed++;
      if (!goOn()) break;
    }
    return { removed, freedBytes, more: false };
  }

  /** @returns bytes given back, estimated: two for each character of the id, for it may hold any. */
  #evict(row: number): number {
    const slot = this.#rows.slotOf(row);
    const id = this.#rows.idOf(row) ?? '';
    for (let column = 0; column < this.#names.length; column++) {
      this.#departed[column] = (this.#departed[column] ?? 0) + this.#rows.count(row, column);
    }
    this.#idle.remove(row);
    this.#rows.release(row);
    if (this.#events.has('evict')) this.#events.emit('evict', slot, id);
    return this.#rows.rowBytes + ACTIVITY_BYTES + 2 * id.length;
  }

  #entry(row: number): ClientEntry {
    return {
      id: this.#rows.idOf(row) ?? '',
      connected: !this.#idle.has(row),
      forMs: this.#idle.ageMs(row, this.#clock.now()),
      counts: this.#counts(row),
    };
  }

  #counts(row: number): Readonly<Record<string, number>> {
    return this.#named((column) => this.#rows.count(row, column));
  }

  #named(count: (column: number) => number): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#names.map((name, column) => [name, count(column)]));
  }
}

function checkColumns(columns: readonly string[]): readonly string[] {
  for (const column of columns) checkWords(column, 'The name of a column');
  if (columns.length === 0 || columns.length > MOST_COLUMNS) {
    throw new StabilityError('ERR_METRIC_NAME', `Give 1 to ${MOST_COLUMNS} columns, not ${columns.length}.`);
  }
  if (new Set(columns).size < columns.length) {
    throw new StabilityError('ERR_METRIC_DUPLICATE', `Give each column once: ${columns.join(', ')}.`);
  }
  return [...columns];
}

function numbersOf<Columns extends readonly string[]>(
  columns: Columns,
): { readonly [Column in Columns[number]]: number } {
  return Object.fromEntries(columns.map((column, number) => [column, number])) as {
    readonly [Column in Columns[number]]: number;
  };
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
