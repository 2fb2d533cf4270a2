// One page of a log from a position on: entries without holes, or the gap that is in the way.
import type { Position } from '@ws-stability/protocol';
import { locate } from './locate.ts';
import type { LogEntry, Page, PageLimit, TopicHead } from './log-store.ts';
import type { TopicLog } from './topic-log.ts';

/** @param log undefined for one that is not known and thus empty. */
export function readPage(head: TopicHead, log: TopicLog | undefined, after: Position, limit: PageLimit): Page {
  const located = locate(after, head, log?.trimmedBy(after[1]) ?? 'retention');
  if ('gap' in located) return { status: 'gap', now: located.gap.now, why: located.gap.why, head };
  const entries: LogEntry[] = [];
  let bytes = 0;
  for (let place = after[1] - head.first + 1; entries.length < limit.entries; place++) {
    const entry = log?.entries.at(place);
    if (entry === undefined) break;
    bytes += entry.frame.length;
    if (bytes > limit.bytes && entries.length > 0) break;
    entries.push(entry);
  }
  return { status: 'entries', entries, head };
}
