// How all cursors stand at one moment: what is on its way to clients, what still lags behind in the logs.
import { isPromise } from '@ws-stability/core';
import type { LogStore } from '@ws-stability/store';
import type { Place } from './cursor.machine.ts';
import type { Cursor } from './cursor.ts';

export interface Standing {
  readonly cursors: number;
  /** Passed by cursors since their accounts began. */
  readonly moved: number;
  /** Delivered or skipped, not acknowledged yet. */
  readonly inFlight: number;
  /** Published, not delivered yet: the reader is behind or away. */
  readonly lagging: number;
  /** Cursors that lag. */
  readonly laggards: number;
  /** Of the one that lags most. */
  readonly maxLag: number;
}

/** Whose cursors they are. */
export interface Holder {
  readonly cursors: ReadonlyMap<string, Cursor>;
  /** 0: a plain client without identity, which never says what it has; what was written to it counts as had. */
  readonly generation: number;
}

/** What the heads are looked up in. */
export interface HeadSources {
  readonly state: 'accepting' | 'draining' | 'closed';
  readonly log: Pick<LogStore, 'durability' | 'heads'>;
  readonly delivery: { headOf(key: string): Place | undefined };
}

/** Goes over every cursor: for scrapes, not for hot paths. */
export function standingOf(sessions: Iterable<Holder>, sources: HeadSources): Standing {
  const cursors: Cursor[] = [];
  let inFlight = 0;
  for (const { cursors: held, generation } of sessions) {
    for (const cursor of held.values()) {
      cursors.push(cursor);
      if (generation > 0) inFlight += cursor.offset - (cursor.ackedEpoch === cursor.epoch ? cursor.ackedOffset : 0);
    }
  }
  const heads = localHeads(cursors, sources);
  let moved = 0;
  let lagging = 0;
  let laggards = 0;
  let maxLag = 0;
  for (const cursor of cursors) {
    moved += cursor.offset - cursor.began;
    const head = heads.get(cursor.key) ?? sources.delivery.headOf(cursor.key);
    if (head === undefined || head.epoch < cursor.epoch) continue;
    const lag = Math.max(0, head.offset - (head.epoch === cursor.epoch ? cursor.offset : 0));
    if (lag === 0) continue;
    lagging += lag;
    laggards++;
    maxLag = Math.max(maxLag, lag);
  }
  return { cursors: cursors.length, moved, inFlight, lagging, laggards, maxLag };
}

/** A log in this process knows every head at once; of a remote one only what was heard is known. */
function localHeads(cursors: readonly Cursor[], { state, log }: HeadSources): ReadonlyMap<string, Place> {
  if (log.durability !== 'process' || state === 'closed') return new Map();
  const keys = [...new Set(cursors.map(({ key }) => key))];
  const heads = log.heads(keys);
  if (isPromise(heads)) {
    heads.catch(() => {
      // Only its numbers were wanted.
    });
    return new Map();
  }
  return new Map(heads.map(({ epoch, last }, index) => [keys[index] as string, { epoch, offset: last }]));
}
