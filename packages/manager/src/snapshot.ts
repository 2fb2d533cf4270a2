// The manager's numbers at one moment, as plain data.
import type { LogSnapshot } from '@ws-stability/store';

export interface ManagerSnapshot {
  readonly state: 'accepting' | 'draining' | 'closed';
  readonly uptimeMs: number;
  readonly connections: {
    /** Accepted since the start. */
    readonly total: number;
    readonly active: number;
    readonly resumable: number;
    readonly plain: number;
    /** Refused before the 101, or ended for breaking the protocol. */
    readonly failed: number;
    /** Sessions taken up again. */
    readonly reconnections: number;
    /** Ended for saying no hello or for showing no life. */
    readonly timeouts: number;
  };
  readonly sessions: {
    readonly attached: number;
    readonly detached: number;
    readonly created: number;
    readonly expired: number;
  };
  readonly messages: {
    readonly published: number;
    readonly delivered: number;
    readonly received: number;
    readonly duplicates: number;
    readonly refused: number;
    readonly expired: number;
    readonly failedHandlers: number;
  };
  readonly gaps: number;
  readonly bytesOut: number;
  /** Topics with connected readers. */
  readonly feeds: number;
  readonly log: LogSnapshot;
  /** Whether frames are written past the library's own queue. */
  readonly preEncodedWrites: boolean;
}
