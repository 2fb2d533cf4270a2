export { assertBalanced, type Balance, balancesOf } from './balances.ts';
export type { BreakerSnapshots, ManagerBreakerChange, ManagerBreakers } from './breakers/manager-breakers.ts';
export { ConnectionManager } from './connection-manager.ts';
export type {
  HelloDecision,
  Logger,
  ManagerDependencies,
  PlainRequest,
  TopicAction,
  UpgradeDecision,
} from './dependencies.ts';
export type { DrainReport } from './drain/drain.ts';
export type { ManagerEvents } from './events.ts';
export type { Handler, MessageContext } from './handlers.ts';
export { type ClientColumn, type ClientLedger, clientColumns, type ManagerObserver } from './observation/observer.ts';
export { type ManagerOptions, managerOptions } from './options.ts';
export type { PublishOptions, PublishOutcome, SendOptions } from './publishing.ts';
export type { ConnectionDrill, Session } from './session/session.ts';
export type { ManagerSnapshot } from './snapshot.ts';
