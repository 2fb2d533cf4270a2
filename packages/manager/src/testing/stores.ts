// The stores that the manager's tests run on: in this process, and as far away as a remote store is.
import {
  type LogOptions,
  type LogStore,
  MemoryLogStore,
  MemorySessionStore,
  type SessionStore,
} from '@ws-stability/store';
import { type RemoteFaults, RemoteLikeLogStore, RemoteLikeSessionStore } from '@ws-stability/store/conformance';

export interface Stores {
  readonly log: LogStore;
  readonly sessions: SessionStore;
}

export interface StoreKind {
  readonly name: string;
  open(options?: LogOptions): Stores;
}

/** Late, with a tail that tells half of the entries, in batches. */
const FAULTS: RemoteFaults = { delayMs: 4, tailDelayMs: 4, tailDropRate: 0.5 };

export const inMemory: StoreKind = {
  name: 'stores in memory',
  open: (options) => ({ log: new MemoryLogStore(options), sessions: new MemorySessionStore() }),
};

const remoteLike: StoreKind = {
  name: 'stores as remote ones',
  open: (options) => ({
    log: new RemoteLikeLogStore(() => new MemoryLogStore(options), FAULTS),
    sessions: new RemoteLikeSessionStore(() => new MemorySessionStore(), { delayMs: 4 }),
  }),
};

export const storeKinds: readonly StoreKind[] = [inMemory, remoteLike];
