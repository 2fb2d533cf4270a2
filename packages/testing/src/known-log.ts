// What a history proves about the log itself: which content stands at which position, and where that contradicts itself.
import { comparePositions, type Position } from '@ws-stability/protocol';
import { type DeliveryProblem, showPosition } from './delivery-problem.ts';
import type { RecordedHistory } from './history.ts';

export interface KnownEntry {
  readonly position: Position;
  readonly content: string;
}

export interface KnownLog {
  /** Entries whose publish was acknowledged, by topic, in order of position. */
  readonly acknowledged: ReadonlyMap<string, readonly KnownEntry[]>;
  /** By topic: the content at `epoch:offset`, as first heard of. */
  contentAt(topic: string, position: Position): string | undefined;
  /** What was said to a content's publisher; `undefined` when nobody published it. */
  published(topic: string, content: string): 'acknowledged' | 'unknown' | 'refused' | undefined;
  readonly problems: readonly DeliveryProblem[];
}

export function learnLog(history: RecordedHistory): KnownLog {
  const problems: DeliveryProblem[] = [];
  const contents = new Map<string, string>();
  const positions = new Map<string, Position>();
  const outcomes = new Map<string, 'acknowledged' | 'unknown' | 'refused'>();
  const acknowledged = new Map<string, Map<string, KnownEntry>>();
  const reported = new Set<string>();
  const once = (key: string, problem: DeliveryProblem): void => {
    if (!reported.has(key)) problems.push(problem);
    reported.add(key);
  };

  const learn = (topic: string, position: Position, content: string, certain: boolean): void => {
    const place = `${topic}\n${showPosition(position)}`;
    const name = `${topic}\n${content}`;
    const there = contents.get(place);
    const elsewhere = positions.get(name);
    if (there === undefined) contents.set(place, content);
    // What a subscriber was given is judged against the log by its own check; two publishers contradict each other here.
    else if (there !== content && certain)
      once(place, { kind: 'conflict', topic, position, contents: [there, content] });
    if (elsewhere === undefined) positions.set(name, position);
    else if (comparePositions(elsewhere, position) !== 0) {
      once(name, { kind: 'appendedTwice', topic, content, positions: [elsewhere, position] });
    }
  };

  for (const { topic, content, outcome } of history.published) {
    const name = `${topic}\n${content}`;
    // Told twice about one content (a retry with the same id): an acknowledgement outweighs not knowing.
    if (outcomes.get(name) !== 'acknowledged') outcomes.set(name, outcome.status);
    if (outcome.status !== 'acknowledged') continue;
    learn(topic, outcome.position, content, true);
    const entries = acknowledged.get(topic) ?? new Map<string, KnownEntry>();
    entries.set(showPosition(outcome.position), { position: outcome.position, content });
    acknowledged.set(topic, entries);
  }
  for (const event of history.seen) {
    if (event.type === 'delivered' && event.position[1] > 0) learn(event.topic, event.position, event.content, false);
  }

  return {
    acknowledged: new Map(
      [...acknowledged].map(([topic, entries]) => [
        topic,
        [...entries.values()].sort((a, b) => comparePositions(a.position, b.position)),
      ]),
    ),
    contentAt: (topic, position) => contents.get(`${topic}\n${showPosition(position)}`),
    published: (topic, content) => outcomes.get(`${topic}\n${content}`),
    problems,
  };
}
