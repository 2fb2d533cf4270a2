// Both stores in memory, and both behind a simulated link, keep the word of their ports.
import { ManualClock } from '@ws-stability/core/testing';
import { describe, expect, test } from 'vitest';
import type { LogOptions } from '../log-options.ts';
import { MemoryLogStore } from '../memory-log-store.ts';
import { MemorySessionStore } from '../memory-session-store.ts';
import {
  HurriedClock,
  type LogStoreHarness,
  logStoreCases,
  type RemoteFaults,
  RemoteLikeLogStore,
  RemoteLikeSessionStore,
  type SessionStoreHarness,
  SOME_FAULTS,
  sessionStoreCases,
} from './index.ts';

function memoryLog(): LogStoreHarness {
  const clock = new ManualClock();
  let opened: LogOptions | undefined;
  const open = (options?: LogOptions) => {
    opened = options;
    return new MemoryLogStore(options, { clock });
  };
  return {
    open,
    advance: (ms) => clock.advance(ms),
    settle: () => undefined,
    reopen: async (store) => {
      await store.close();
      return open(opened);
    },
  };
}

/** The store's own time is advanced by hand; the time that the link takes passes by itself. */
function remoteLog(faults: RemoteFaults): LogStoreHarness {
  const clock = new ManualClock();
  const linkClock = new HurriedClock();
  return {
    open: (options) =>
      new RemoteLikeLogStore(() => new MemoryLogStore(options, { clock }), faults, { clock: linkClock }),
    advance: (ms) => clock.advance(ms),
    settle: () => linkClock.settle(),
    reopen: async (store) => {
      if (store instanceof RemoteLikeLogStore) await store.reopen({ lose: 3 });
      return store;
    },
  };
}

function memorySessions(): SessionStoreHarness {
  const clock = new ManualClock();
  return {
    open: (options) => new MemorySessionStore(options, { clock }),
    advance: (ms) => clock.advance(ms),
    wall: () => clock.wall(),
    settle: () => undefined,
  };
}

function remoteSessions(faults: RemoteFaults): SessionStoreHarness {
  const clock = new ManualClock();
  const linkClock = new HurriedClock();
  const dependencies = { clock: linkClock };
  return {
    open: (options) =>
      new RemoteLikeSessionStore(() => new MemorySessionStore(options, { clock }), faults, dependencies),
    advance: (ms) => clock.advance(ms),
    wall: () => clock.wall(),
    settle: () => linkClock.settle(),
  };
}

const seeds = [1, 2, 3, 4, 5];
const safetyLogCases = logStoreCases.filter((one) => one.faults === 'any');
const safetySessionCases = sessionStoreCases.filter((one) => one.faults === 'any');

test('the suite is as large as it says and no name is there twice', () => {
  expect(logStoreCases.length).toBeGreaterThanOrEqual(45);
  expect(sessionStoreCases.length).toBeGreaterThanOrEqual(20);
  expect(safetyLogCases.length).toBeGreaterThanOrEqual(5);
  const names = [...logStoreCases, ...sessionStoreCases].map((one) => one.name);
  expect(new Set(names).size).toBe(names.length);
});

describe('the log in memory', () => {
  test.each(logStoreCases)('$name', (one) => one.run(memoryLog()));
});

describe('the log behind a link that is late', () => {
  test.each(logStoreCases)('$name', (one) => one.run(remoteLog({ seed: 11 })));
});

describe.each(seeds)('the log behind a link with faults, seed %i', (seed) => {
  test.each(safetyLogCases)('$name', (one) => one.run(remoteLog({ ...SOME_FAULTS, seed })));
});

describe('the session records in memory', () => {
  test.each(sessionStoreCases)('$name', (one) => one.run(memorySessions()));
});

describe('the session records behind a link that is late', () => {
  test.each(sessionStoreCases)('$name', (one) => one.run(remoteSessions({ seed: 11 })));
});

describe.each(seeds)('the session records behind a link with faults, seed %i', (seed) => {
  test.each(safetySessionCases)('$name', (one) => one.run(remoteSessions({ ...SOME_FAULTS, seed })));
});
