// The decisions about one cursor: does an entry follow, may it be delivered, what is merged into one skip.
//
//   entry against the cursor            | verdict
//   same epoch, offset = cursor + 1     | next: it follows
//   same epoch, offset ≤ cursor         | known: had already
//   same epoch, offset > cursor + 1     | behind: a hole, read pages
//   earlier epoch                       | known
//   later epoch                         | behind: read, which answers with the gap
import type { SkipReason } from '@ws-stability/protocol';
import type { LogEntry, TopicHead } from '@ws-stability/store';

/** The last entry delivered or skipped; changed in place. */
export interface Place {
  epoch: number;
  offset: number;
}

export type EntryVerdict = 'next' | 'known' | 'behind';

export function judgeEntry(place: Place, epoch: number, offset: number): EntryVerdict {
  if (epoch === place.epoch) {
    if (offset === place.offset + 1) return 'next';
    return offset <= place.offset ? 'known' : 'behind';
  }
  return epoch < place.epoch ? 'known' : 'behind';
}

/** Whether a place is at or beyond a head. */
export function isCaughtUp(place: Place, head: Place): boolean {
  return place.epoch === head.epoch ? place.offset >= head.offset : place.epoch > head.epoch;
}

export type EntryFate = 'deliver' | SkipReason;

/** @param reader the session that would get it. */
export function fateOf(entry: LogEntry, now: number, reader: string): EntryFate {
  if (entry.origin !== undefined && entry.origin === reader) return 'filtered';
  return entry.expiresAt <= now ? 'ttl' : 'deliver';
}

/** Offsets that will not come, not told yet. */
export interface PendingSkip {
  readonly from: number;
  readonly to: number;
  readonly why: SkipReason;
}

/** Adds one offset to the skip that waits; `told` must be sent first when the two cannot be merged. */
export function addSkip(
  pending: PendingSkip | undefined,
  offset: number,
  why: SkipReason,
): { readonly told: PendingSkip | undefined; readonly pending: PendingSkip } {
  if (pending === undefined) return { told: undefined, pending: { from: offset, to: offset, why } };
  if (pending.why === why && pending.to + 1 === offset) return { told: undefined, pending: { ...pending, to: offset } };
  return { told: pending, pending: { from: offset, to: offset, why } };
}

/** Where a new subscription starts that names no position: after this offset of the head's epoch. */
export function startOffset(from: 'now' | 'start' | { readonly last: number }, head: TopicHead): number {
  if (from === 'now') return head.last;
  const oldest = Math.min(head.first - 1, head.last);
  return from === 'start' ? oldest : Math.max(oldest, head.last - from.last);
}
