// What the manager tells its listeners. Metrics, logs and dashboards are built on these.
import type { Gap } from '@ws-stability/protocol';
import type { ManagerBreakerChange } from './breakers/manager-breakers.ts';
import type { DrainReport } from './drain/drain.ts';
import type { Session } from './session/session.ts';

export type ManagerEvents<Data = unknown> = {
  /** A WebSocket was accepted; its session comes with `session` or `sessionResumed`. */
  readonly connection: readonly [{ readonly mode: 'resumable' | 'plain' }];
  /** A WebSocket is gone. `cause` is the error code where there was an error, e.g. `WS_ERR_INVALID_UTF8`. */
  readonly disconnected: readonly [
    { readonly session: Session<Data> | undefined; readonly code: number; readonly cause: string | undefined },
  ];
  readonly session: readonly [Session<Data>];
  readonly sessionResumed: readonly [Session<Data>];
  /** It waited for its client as long as `sessionTtlMs`. */
  readonly sessionExpired: readonly [Session<Data>];
  /** A client is told that messages are lost to it. */
  readonly gap: readonly [{ readonly session: Session<Data>; readonly topic: string; readonly gap: Gap }];
  /** An upgrade was refused. */
  readonly refused: readonly [{ readonly status: number; readonly message: string }];
  /** A message of a client could not be done; plain clients are not told otherwise. */
  readonly messageRefused: readonly [
    { readonly session: Session<Data>; readonly code: string; readonly message: string },
  ];
  /** A breaker opened, let trials through, or closed. */
  readonly breaker: readonly [ManagerBreakerChange];
  readonly drain: readonly [{ readonly phase: 'begun' } | { readonly phase: 'over'; readonly report: DrainReport }];
  /** A background failure: a store, a hook, a handler. */
  readonly error: readonly [unknown];
};
