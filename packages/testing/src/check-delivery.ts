// Judges a recorded history: was anything lost, given twice, out of order, or missing without a word? Pure.
import { type DeliveryProblem, describeProblem } from './delivery-problem.ts';
import type { RecordedHistory, SubscriberEvent } from './history.ts';
import { learnLog } from './known-log.ts';
import { followReader, type ReaderReport } from './reader-check.ts';

export interface DeliveryReport {
  readonly ok: boolean;
  readonly problems: readonly DeliveryProblem[];
  readonly counts: {
    readonly acknowledged: number;
    readonly unknown: number;
    readonly refused: number;
    readonly subscriptions: number;
    readonly delivered: number;
    readonly repeated: number;
    readonly gaps: number;
    /** Acknowledged messages that a gap accounts for, over all subscriptions. */
    readonly missedInGaps: number;
  };
  /** One line a problem, the first twenty; or one line that says what was checked. */
  describe(): string;
}

const SHOWN = 20;

/**
 * Checks every subscription of a history against what was published:
 * nothing acknowledged is lost, nothing comes twice or out of order (unless `atLeastOnce`), every hole is named by a gap
 * or a skip, every gap starts where the subscriber was and names something, and nothing appears that nobody published.
 * A publish with an unknown outcome may appear or not.
 */
export function checkDelivery(history: RecordedHistory): DeliveryReport {
  const log = learnLog(history);
  const problems: DeliveryProblem[] = [...log.problems];
  const readers = bySubscription(history.seen).map((events) => followReader(events, log));
  for (const reader of readers) problems.push(...reader.problems);
  const statuses = history.published.map((event) => event.outcome.status);
  const sum = (count: (report: ReaderReport) => number): number =>
    readers.reduce((total, report) => total + count(report), 0);
  const counts = {
    acknowledged: statuses.filter((status) => status === 'acknowledged').length,
    unknown: statuses.filter((status) => status === 'unknown').length,
    refused: statuses.filter((status) => status === 'refused').length,
    subscriptions: readers.length,
    delivered: sum((report) => report.delivered),
    repeated: sum((report) => report.repeated),
    gaps: sum((report) => report.gaps),
    missedInGaps: sum((report) => report.missedInGaps),
  };
  return {
    ok: problems.length === 0,
    problems,
    counts,
    describe() {
      if (problems.length === 0) {
        return `${counts.delivered} deliveries of ${counts.acknowledged} acknowledged messages to ${counts.subscriptions} subscriptions, ${counts.gaps} gaps: nothing wrong`;
      }
      const lines = problems.slice(0, SHOWN).map(describeProblem);
      if (problems.length > SHOWN) lines.push(`… and ${problems.length - SHOWN} more`);
      return `${problems.length} problems in the history:\n${lines.join('\n')}`;
    },
  };
}

function bySubscription(seen: readonly SubscriberEvent[]): readonly (readonly SubscriberEvent[])[] {
  const groups = new Map<string, SubscriberEvent[]>();
  for (const event of seen) {
    const key = `${event.subscriber}\n${event.topic}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [event]);
    else group.push(event);
  }
  return [...groups.values()];
}

/**
 * Like {@link checkDelivery}, for tests.
 *
 * @throws Error that lists the problems.
 */
export function assertDelivery(history: RecordedHistory): DeliveryReport {
  const report = checkDelivery(history);
  if (!report.ok) throw new Error(report.describe());
  return report;
}
