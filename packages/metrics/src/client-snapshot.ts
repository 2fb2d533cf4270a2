// What per-client statistics are once they are read: plain data.

/** One client with its counts. */
export interface ClientEntry {
  readonly id: string;
  readonly connected: boolean;
  /** Connected: since it was opened. Not: since it was closed or last touched. Milliseconds. */
  readonly forMs: number;
  /** By column. */
  readonly counts: Readonly<Record<string, number>>;
}

/** What the cleanup passes did. */
export interface CleanupSnapshot {
  /** Whether passes are started by themselves. */
  readonly running: boolean;
  /** Whether a pass is under way between two of its slices. */
  readonly inPass: boolean;
  /** Passes that came to their end. */
  readonly passes: number;
  /** Passes that an error ended. */
  readonly failedPasses: number;
  readonly removedTotal: number;
  /** By the last pass. */
  readonly removedLast: number;
  /** Estimate: rows given back to the free list and ids to the collector. */
  readonly freedBytesTotal: number;
  readonly freedBytesLast: number;
  /** Wall time of the end of the last pass, milliseconds since 1970; null before the first. */
  readonly lastAt: number | null;
  /** Work of the last pass without the pauses between its slices, milliseconds. */
  readonly lastDurationMs: number;
  /** The longest slice of the last pass, milliseconds. */
  readonly lastSliceMs: number;
}

export interface ClientStatisticsSnapshot {
  readonly columns: readonly string[];
  readonly connected: number;
  readonly idle: number;
  /** Rows there is room for without asking for memory. */
  readonly allocated: number;
  readonly maxClients: number;
  /** Of rows, lists and id references; ids' own strings are not counted. */
  readonly bytes: number;
  /** Clients that got the shared overflow row because all others were taken by connected clients. */
  readonly overflowed: number;
  /** Idle clients that made room for a new one before their time. */
  readonly evictedForRoom: number;
  /** Calls with a slot that was given back meanwhile; what they added went to the overflow row. */
  readonly staleCalls: number;
  /** Calls with a column or an amount there is not, which changed nothing. */
  readonly refused: number;
  /** Counts of the overflow row, by column. */
  readonly overflow: Readonly<Record<string, number>>;
  /** Counts of all clients that were removed, by column. */
  readonly departed: Readonly<Record<string, number>>;
  readonly cleanup: CleanupSnapshot;
}
