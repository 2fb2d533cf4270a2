// The conformance suite of both ports, free of any test framework, and stores that behave as remote ones do.
import { logIdCases } from './log-id-cases.ts';
import { logLimitCases } from './log-limit-cases.ts';
import { logMessageCases } from './log-message-cases.ts';
import { logTailCases } from './log-tail-cases.ts';

export type { ConformanceCase } from './conformance-case.ts';
export { ConformanceFailure } from './expect.ts';
export { HurriedClock } from './hurried-clock.ts';
export type { LogStoreCase, LogStoreHarness } from './log-harness.ts';
export { type Lost, type RemoteFaults, SOME_FAULTS } from './remote-faults.ts';
export { RemoteLikeLogStore } from './remote-like-log-store.ts';
export { RemoteLikeSessionStore } from './remote-like-session-store.ts';
export { type SessionStoreCase, type SessionStoreHarness, sessionStoreCases } from './session-cases.ts';

/** Every case of the log's port. */
export const logStoreCases = [...logMessageCases, ...logIdCases, ...logLimitCases, ...logTailCases];
