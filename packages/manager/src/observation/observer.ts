// What a manager tells whoever measures it, beside its snapshot: durations, and counts for each client. Statistics of
// `@ws-stability/metrics` fit as they are.

/** What is counted for each client, in this order. */
export const clientColumns = [
  'messages_sent',
  'sent_bytes',
  'connections',
  'disconnections',
  'failed_connections',
  'reconnections',
  'timeouts',
  'messages_queued',
  'messages_failed',
  'messages_expired',
  'messages_deduplicated',
  'queue_overflows',
  'retry_attempts',
  'retry_successes',
  'retry_failures',
] as const;

export type ClientColumn = (typeof clientColumns)[number];

/** Counts for each client; a session holds its slot. */
export interface ClientLedger {
  /** The number of each column, for `add`. */
  readonly columns: { readonly [Column in ClientColumn]: number };
  /** A client has connected for the first time. @returns its slot */
  open(id: string): number;
  /** It has come back. @returns its slot from now on */
  reopen(slot: number, id: string): number;
  /** It has left; its counts may be forgotten after a while. */
  close(slot: number): void;
  add(slot: number, column: number, amount: number): void;
}

/** Called on hot paths: cheap, and never throwing. */
export interface ManagerObserver {
  readonly clients?: ClientLedger;
  /** A client has acknowledged. @param ms milliseconds since the first delivery that waited for it */
  acknowledged?(ms: number): void;
  /** The handler of a client's message has settled. @param ms milliseconds since it was called */
  handled?(ms: number): void;
}
