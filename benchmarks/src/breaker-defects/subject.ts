// A breaker library as the scenarios see it, so that the same scenario runs against each.

/** One breaker that opens by the first failure, or by half of the calls of its window. */
export interface Guard {
  call<Value>(action: () => Value | Promise<Value>): Promise<Value>;
  state(): 'closed' | 'open' | 'halfOpen';
  /** What a later process would be given. */
  save(): unknown;
  close(): void;
}

export interface Wishes {
  readonly openMs: number;
  /** Opens by half of the calls of this window, from five calls on, instead of by the first failure. */
  readonly windowMs?: number;
  readonly restore?: unknown;
}

export interface Subject {
  readonly name: string;
  readonly version: string;
  make(wishes: Wishes): Guard;
  /** Calls that a limit of its own refuses. Nothing when it has no such limit. */
  refusedByCapacity?(): Promise<Guard>;
  /** Has something that looks after the other side in the background; ends it, and counts how often it ran afterwards. */
  runsAfterShutdown?(): Promise<number>;
  /** 60 failures of 61 calls that really went out, with 90 that say nothing about the other side between them. */
  diluted?(): Promise<{ readonly guard: Guard; readonly by: string }>;
}

/** What was seen, and whether it is the defect. */
export interface Sighting {
  readonly shows: boolean;
  readonly seen: string;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A call that goes on until it is told to end. */
export interface OpenEnded {
  readonly action: () => Promise<string>;
  succeed(): Promise<void>;
  fail(): Promise<void>;
}

export function openEnded(): OpenEnded {
  let resolve: (value: string) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<string>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return {
    action: () => promise,
    succeed: async () => {
      resolve('late');
      await pause(5);
    },
    fail: async () => {
      reject(new Error('late'));
      await pause(5);
    },
  };
}

const noop = (): void => {};

/** A call whose end nobody waits for. */
export function start(guard: Guard, action: () => unknown): void {
  guard.call(action).then(noop, noop);
}

/** A call that fails, waited for. */
export async function failOnce(guard: Guard): Promise<void> {
  await guard.call(() => Promise.reject(new Error('down'))).catch(noop);
}

/** Whether a call was really made. */
export async function isMade(guard: Guard, waitMs = 20): Promise<boolean> {
  let made = false;
  start(guard, () => {
    made = true;
  });
  await pause(waitMs);
  return made;
}
