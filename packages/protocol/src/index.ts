export * from './payload.ts';
export * from './position.ts';
export * from './control-messages.ts';
export * from './data-frames.ts';
export * from './topic-name.ts';
