// Two memories of ids with the same job: say whether an id was seen, remember it, give up the oldest beyond a limit.

export interface Memory {
  /** Remembers an id. @returns whether it was new. */
  add(id: string): boolean;
  size(): number;
}

/** What one writes without a library: a Map, in insertion order, with one iterator that walks on to the oldest. */
export function bareMap(limit: number): Memory {
  const seen = new Map<string, true>();
  // One iterator for good: a new one for each id would pass all entries deleted since the last rehash again.
  const oldest = seen.keys();
  return {
    add(id) {
      if (seen.has(id)) return false;
      seen.set(id, true);
      if (seen.size > limit) {
        const { value } = oldest.next();
        if (value !== undefined) seen.delete(value);
      }
      return true;
    },
    size: () => seen.size,
  };
}

export async function dedupWindow(limit: number): Promise<Memory> {
  const { DedupWindow } = await import('@ws-stability/dedup-hash');
  const window = new DedupWindow({ maxEntries: limit, maxBytes: 4 * 2 ** 30, ttlMs: 86_400_000 });
  return {
    add(id) {
      const claim = window.claim('user-1', id);
      if (claim.outcome !== 'new') return false;
      claim.commit();
      return true;
    },
    size: () => window.snapshot().live,
  };
}
