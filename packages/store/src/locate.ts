// Where a reader stands in a log: its next message is there, or a gap says which are lost. Pure.
import type { Gap, GapReason, Position } from '@ws-stability/protocol';
import type { TopicHead } from './log-store.ts';

/** The position is good, or what lies between it and the first message that is still there. */
export type Located = { readonly at: Position } | { readonly gap: Gap };

/**
 * | position | answer |
 * |---|---|
 * | same epoch, `first - 1` to `last` | `at`, the position itself |
 * | same epoch, before `first - 1` | gap to `[epoch, first - 1]`, why `trimmedBy` |
 * | an older epoch | gap to `[epoch, first - 1]`, why `epoch` |
 * | beyond the head, or a newer epoch | gap to the head, why `ahead` |
 *
 * @param after the last message had.
 * @param trimmedBy why the entries before `head.first` left.
 */
export function locate(after: Position, head: TopicHead, trimmedBy: GapReason): Located {
  const [epoch, offset] = after;
  if (epoch > head.epoch || (epoch === head.epoch && offset > head.last)) {
    return { gap: { was: after, now: [head.epoch, head.last], why: 'ahead' } };
  }
  if (epoch < head.epoch) return { gap: { was: after, now: [head.epoch, head.first - 1], why: 'epoch' } };
  if (offset < head.first - 1) return { gap: { was: after, now: [head.epoch, head.first - 1], why: trimmedBy } };
  return { at: after };
}
