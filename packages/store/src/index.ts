export { MAX_KEY_LENGTH } from './append-keys.ts';
export { type Located, locate } from './locate.ts';
export { inboxKey, isInbox, principalKey, wireTopic } from './log-key.ts';
export { type LogOptions, logOptions } from './log-options.ts';
export type {
  AppendKey,
  AppendOutcome,
  AppendRequest,
  LogEntry,
  LogSnapshot,
  LogStore,
  Page,
  PageLimit,
  TailEvent,
  TopicHead,
} from './log-store.ts';
export { type MemoryLogDependencies, MemoryLogStore } from './memory-log-store.ts';
export { MemorySessionStore } from './memory-session-store.ts';
export { type SessionStoreOptions, sessionStoreOptions } from './session-options.ts';
export type {
  CreateOutcome,
  LoadOutcome,
  SaveOutcome,
  SessionPatch,
  SessionRecord,
  SessionSnapshot,
  SessionStore,
  StoredResult,
  TakeOutcome,
} from './session-store.ts';
export { ENTRY_OVERHEAD_BYTES } from './topic-log.ts';
