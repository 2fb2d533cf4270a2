// What the log's cases need of whoever runs them, and the few moves they are made of.
import type { MaybePromise } from '@ws-stability/core';
import type { Position } from '@ws-stability/protocol';
import type { LogOptions } from '../log-options.ts';
import type { AppendKey, AppendRequest, LogEntry, LogStore, PageLimit } from '../log-store.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { codeOf, expectEqual, expectThat } from './expect.ts';

export interface LogStoreHarness {
  /** A fresh, empty store with these options, defaults for the rest. */
  open(options?: LogOptions): MaybePromise<LogStore>;
  /** Lets so much time pass for the store; really, or on a manual clock. @param ms milliseconds */
  advance(ms: number): MaybePromise<void>;
  /** Until everything that is under way (replies, tails, what was sent without a reply) has arrived. */
  settle(): MaybePromise<void>;
  /** Ends the store as a crash would and opens it again from what it kept; left out where nothing can be kept. */
  reopen?(store: LogStore): MaybePromise<LogStore>;
}

export type LogStoreCase = ConformanceCase<LogStoreHarness, keyof LogOptions>;

export const PAGE: PageLimit = { entries: 100, bytes: 1_000_000 };

const decoder = new TextDecoder();

export function payloadOf(entry: LogEntry): Uint8Array {
  return entry.frame.subarray(entry.payloadStart);
}

export function textOf(entry: LogEntry): string {
  return decoder.decode(payloadOf(entry));
}

export function message(topic: string, payload: string | Uint8Array, rest: Partial<AppendRequest> = {}): AppendRequest {
  return { topic, payload, binary: typeof payload !== 'string', ...rest };
}

/** Appends what must be accepted. */
export async function append(
  store: LogStore,
  topic: string,
  payload: string | Uint8Array,
  rest: Partial<AppendRequest> = {},
): Promise<Position> {
  const outcome = await store.append(message(topic, payload, rest));
  expectEqual(outcome.status, 'appended', `append to ${topic}`);
  expectThat(outcome.status === 'appended', 'appended');
  return outcome.position;
}

export async function headOf(store: LogStore, topic: string) {
  const [head] = await patiently(() => store.heads([topic]));
  expectThat(head !== undefined, 'heads answers for each topic');
  return head;
}

/** Where a reader of a topic starts that has had nothing of it and wants all that is there. */
export async function startOf(store: LogStore, topic: string): Promise<Position> {
  const head = await headOf(store, topic);
  return [head.epoch, head.first - 1];
}

/** Everything that is retained after a position; fails on a gap. */
export async function readAll(store: LogStore, topic: string, after?: Position, limit = PAGE): Promise<LogEntry[]> {
  const all: LogEntry[] = [];
  let at = after ?? (await startOf(store, topic));
  for (;;) {
    const page = await patiently(() => store.read(topic, at, limit));
    expectEqual(page.status, 'entries', `read of ${topic} after ${at.join(':')}`);
    if (page.status !== 'entries' || page.entries.length === 0) return all;
    for (const entry of page.entries) {
      expectEqual(entry.offset, at[1] + 1, 'pages have no holes');
      at = [at[0], entry.offset];
      all.push(entry);
    }
  }
}

export async function textsOf(store: LogStore, topic: string, after?: Position): Promise<string[]> {
  return (await readAll(store, topic, after)).map(textOf);
}

/** Appends once for certain, though the store may fail or not know: the same key on every attempt. */
export async function appendSurely(store: LogStore, topic: string, text: string, key: AppendKey): Promise<Position> {
  const outcome = await patiently(() => store.append(message(topic, text, { key })));
  expectThat(outcome.status !== 'refused', 'the message is accepted');
  return outcome.position;
}

const MOST_ATTEMPTS = 200;

/** Tries again while the store cannot be reached or does not know what became of it. */
export async function patiently<Value>(call: () => MaybePromise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const code = codeOf(error);
      if (attempt >= MOST_ATTEMPTS || (code !== 'ERR_APPEND_UNKNOWN' && code !== 'ERR_STORE')) throw error;
    }
  }
}
