// What can be wrong with a history, and how to say it.
import type { Position } from '@ws-stability/protocol';

interface AtReader {
  readonly subscriber: string;
  readonly topic: string;
}

export type DeliveryProblem =
  /** Acknowledged, owed to the subscriber, and never given nor named by a gap or skip. */
  | (AtReader & { readonly kind: 'lost'; readonly position: Position; readonly content: string })
  | (AtReader & { readonly kind: 'twice'; readonly position: Position; readonly content: string })
  /** Given after a later one, for the first time. */
  | (AtReader & { readonly kind: 'outOfOrder'; readonly position: Position; readonly after: Position })
  /** Something in between is missing, and no gap or skip said so. */
  | (AtReader & { readonly kind: 'hole'; readonly was: Position; readonly next: Position })
  /** A gap or skip that does not start where the subscriber was, or that names nothing. */
  | (AtReader & {
      readonly kind: 'wrongGap';
      readonly was: Position;
      readonly now: Position;
      readonly expected: Position;
      readonly fault: string;
    })
  | (AtReader & {
      readonly kind: 'wrongContent';
      readonly position: Position;
      readonly content: string;
      readonly expected: string;
    })
  /** Nobody published it, or its publisher was told that it was refused. */
  | (AtReader & {
      readonly kind: 'invented' | 'refusedButGiven';
      readonly position: Position;
      readonly content: string;
    })
  /** Given, a gap or a skip before the history says where the subscription started. */
  | (AtReader & { readonly kind: 'notSubscribed' })
  /** One content stands at two positions: appended twice. */
  | {
      readonly kind: 'appendedTwice';
      readonly topic: string;
      readonly content: string;
      readonly positions: readonly [Position, Position];
    }
  /** One position holds two contents. */
  | {
      readonly kind: 'conflict';
      readonly topic: string;
      readonly position: Position;
      readonly contents: readonly [string, string];
    };

export function showPosition([epoch, offset]: Position): string {
  return `${epoch}:${offset}`;
}

/** One line for people. */
export function describeProblem(problem: DeliveryProblem): string {
  const at = showPosition;
  const who = 'subscriber' in problem ? `${problem.subscriber}, ${problem.topic}` : problem.topic;
  switch (problem.kind) {
    case 'lost':
      return `${who}: ${at(problem.position)} (${problem.content}) was acknowledged and never came`;
    case 'twice':
      return `${who}: ${at(problem.position)} (${problem.content}) came twice`;
    case 'outOfOrder':
      return `${who}: ${at(problem.position)} came after ${at(problem.after)}`;
    case 'hole':
      return `${who}: after ${at(problem.was)} came ${at(problem.next)} and nothing said why`;
    case 'wrongGap':
      return `${who}: told that all after ${at(problem.was)} up to ${at(problem.now)} is gone, but ${problem.fault} (the subscriber was at ${at(problem.expected)})`;
    case 'wrongContent':
      return `${who}: ${at(problem.position)} came as ${problem.content}, but ${problem.expected} stands there`;
    case 'invented':
      return `${who}: ${at(problem.position)} (${problem.content}) came, but nobody published it`;
    case 'refusedButGiven':
      return `${who}: ${at(problem.position)} (${problem.content}) came, but its publisher was told that it was refused`;
    case 'notSubscribed':
      return `${who}: something came before the history says where the subscription started`;
    case 'appendedTwice':
      return `${who}: ${problem.content} was appended twice, at ${at(problem.positions[0])} and ${at(problem.positions[1])}`;
    case 'conflict':
      return `${who}: ${at(problem.position)} holds both ${problem.contents[0]} and ${problem.contents[1]}`;
  }
}
