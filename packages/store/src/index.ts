export * from './log-key.ts';
export * from './log-store.ts';
export * from './session-store.ts';
