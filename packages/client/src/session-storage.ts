// Where a session outlives its page: a port, and its implementation on web storage under a Web Lock.
import type { MaybePromise } from '@ws-stability/core';
import type { Position } from '@ws-stability/protocol';

/** What a later page needs to go on. The token is a secret: keep it where only this origin reads it. */
export interface SavedSession {
  readonly session: string;
  readonly token: string;
  /** What was settled; a later page asks for what comes after it. */
  readonly positions: readonly (readonly [topic: string, at: Position])[];
  /** The number of the next upward message. */
  readonly nextSeq: number;
  /** Whether the reader holds the session exclusively and may take it from a connection that is still open. */
  readonly takeover?: boolean;
}

export interface SessionStorage {
  /** Called once, before the first dial. */
  load(): MaybePromise<SavedSession | undefined>;
  /** Called before each acknowledgement and after each upward message; should be synchronous to be exact. */
  save(saved: SavedSession): MaybePromise<void>;
  /** The session has ended. */
  clear(): MaybePromise<void>;
}

/** The part of web storage that is used. */
export interface WebStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The part of the Web Locks API that is used. */
export interface WebLocks {
  request(
    name: string,
    options: { ifAvailable: true },
    hold: (lock: unknown) => Promise<void> | undefined,
  ): Promise<unknown>;
}

/**
 * Keeps a session over page reloads. Whoever does not get the lock (a duplicated tab) starts a fresh session and saves nothing.
 *
 * @param key names the session within the origin, e.g. `chat`.
 * @param storage where. @default sessionStorage
 * @param locks who is alone. @default navigator.locks
 */
export function webSessionStorage(
  key: string,
  storage: WebStorage = sessionStorage,
  locks: WebLocks = navigator.locks as WebLocks,
): SessionStorage {
  const name = `ws-stability:${key}`;
  let release: (() => void) | undefined;
  return {
    load: () =>
      new Promise((resolve, reject) => {
        const hold = (lock: unknown): Promise<void> | undefined => {
          const held =
            lock === null
              ? undefined
              : new Promise<void>((done) => {
                  release = done;
                });
          resolve(held && read(storage.getItem(name)));
          return held;
        };
        locks.request(name, { ifAvailable: true }, hold).catch(reject);
      }),
    save(saved) {
      if (release) storage.setItem(name, JSON.stringify(saved));
    },
    clear() {
      if (release) storage.removeItem(name);
      release?.();
      release = undefined;
    },
  };
}

function read(text: string | null): SavedSession | undefined {
  try {
    const { session, token, positions, nextSeq } = JSON.parse(text ?? '') as SavedSession;
    const fits = typeof session === 'string' && typeof token === 'string' && Array.isArray(positions) && nextSeq > 0;
    return fits ? { session, token, positions, nextSeq, takeover: true } : undefined;
  } catch {
    // Nothing saved, or not by us: a fresh session is right.
    return undefined;
  }
}
