// Which topics are held, and what is asked of the server about them until it answers.
//
// | topic     | subscribe           | answer: outcome | answer: denied | welcome lists it | welcome lacks it      | joined | left   |
// |-----------|---------------------|-----------------|----------------|------------------|-----------------------|--------|--------|
// | unknown   | asking: sub         | –               | –              | held (joined)    | –                     | held   | –      |
// | asking    | –                   | held            | denied         | held             | asking: sub repeated  | held   | denied |
// | held      | –                   | –               | –              | held or denied   | asking from its position (joined: forgotten) | held | denied |
// | denied    | asking: sub         | –               | –              | held             | denied                | held   | –      |
//
// The last listener gone: `unsub`, repeated after each resume until answered; until then a welcome that lists the topic is
// about the old subscription and answers nothing.
import {
  comparePositions,
  type Gap,
  type Position,
  type StartAt,
  type Subscribe,
  type TopicOutcome,
  type Unsubscribe,
} from '@ws-stability/protocol';
import { TopicPosition } from './positions.machine.ts';

export interface Held<Listener> {
  readonly name: string;
  readonly position: TopicPosition;
  readonly listeners: Set<Listener>;
  state: 'asking' | 'held' | 'denied';
  /** What is asked about it, until it is answered. */
  question: Subscribe | undefined;
  /** Asked for by us, not joined by the server. */
  wanted: boolean;
  /** Called with the first outcome. */
  waiting: ((outcome: TopicOutcome) => void)[];
  outcome: TopicOutcome | undefined;
  /** The position last acknowledged. */
  acked: Position | undefined;
}

interface Leaving {
  readonly message: Unsubscribe;
  readonly answered: () => void;
}

/** What a held topic was told about its place. */
export type Told<Listener> = readonly [topic: Held<Listener>, outcome: TopicOutcome];

export class Subscriptions<Listener> {
  readonly topics = new Map<string, Held<Listener>>();
  readonly #leaving = new Map<number, Leaving>();
  /** Positions of an earlier page, until a listener asks for the topic. */
  #remembered: ReadonlyMap<string, Position> = new Map();
  #id = 0;

  /** The number for the next question, subscriptions' or not. */
  nextId(): number {
    return ++this.#id;
  }

  /** Takes over what an earlier page had; topics already asked for go on from there. */
  remember(positions: ReadonlyMap<string, Position>): void {
    this.#remembered = positions;
    for (const topic of this.topics.values()) this.#recall(topic);
  }

  /** The record of a topic, made if need be. */
  topic(name: string): Held<Listener> {
    let topic = this.topics.get(name);
    if (!topic) {
      topic = {
        name,
        position: new TopicPosition(),
        listeners: new Set(),
        state: 'held',
        question: undefined,
        wanted: false,
        waiting: [],
        outcome: undefined,
        acked: undefined,
      };
      this.topics.set(name, topic);
      this.#recall(topic);
    }
    return topic;
  }

  /** @returns what to ask, unless it is held or asked already. */
  subscribe(name: string, from: StartAt): Subscribe | undefined {
    const known = this.topics.get(name);
    const topic = this.topic(name);
    topic.wanted = true;
    return known && topic.state !== 'denied' ? undefined : this.#ask(topic, from);
  }

  /** @returns what to say if that was the last listener of a topic that we asked for. */
  unsubscribe(topic: Held<Listener>, listener: Listener, answered: () => void): Unsubscribe | undefined {
    const { name, listeners, state } = topic;
    const last = listeners.delete(listener) && listeners.size === 0 && topic.wanted;
    if (last) {
      this.topics.delete(name);
      topic.position.lose();
      this.#resolve(topic, { denied: 'unsubscribed' });
      if (state !== 'denied') {
        const message: Unsubscribe = { t: 'unsub', topic: name, id: this.nextId() };
        this.#leaving.set(message.id, { message, answered });
        return message;
      }
    }
    answered();
    return undefined;
  }

  /** The server answered. @returns what a topic was told by it, if it is still about one. */
  answer(id: number, outcome: TopicOutcome | undefined): Told<Listener> | undefined {
    this.#leaving.get(id)?.answered();
    this.#leaving.delete(id);
    for (const topic of this.topics.values()) if (topic.question?.id === id && outcome) return [topic, outcome];
    return undefined;
  }

  /** @returns what each topic is told by a welcome. */
  welcome(outcomes: ReadonlyMap<string, TopicOutcome>, resumed: boolean): Told<Listener>[] {
    if (!resumed) this.#left();
    const leaving = new Set([...this.#leaving.values()].map(({ message }) => message.topic));
    const told: Told<Listener>[] = [];
    for (const [name, outcome] of outcomes) if (!leaving.has(name)) told.push([this.topic(name), outcome]);
    for (const topic of this.topics.values()) {
      if (topic.state !== 'held' || outcomes.has(topic.name)) continue;
      if (topic.wanted) this.#ask(topic, 'now');
      else if (topic.listeners.size === 0) this.topics.delete(topic.name);
      else topic.position.lose();
    }
    return told;
  }

  /** Puts a topic where it was told to be. @returns what was lost by that. */
  place(topic: Held<Listener>, outcome: TopicOutcome): Gap | undefined {
    const { position } = topic;
    const was = position.received;
    let gap: Gap | undefined;
    topic.state = 'denied' in outcome ? 'denied' : 'held';
    if ('denied' in outcome) position.lose();
    else if ('gap' in outcome) gap = outcome.gap;
    else if (!was) position.move(outcome.at);
    // The server may go back (what comes again is dropped) but not forward without naming a gap; if it does, we name it.
    else if (comparePositions(outcome.at, was) > 0) gap = { was, now: outcome.at, why: 'session' };
    if (gap) position.move(gap.now);
    if (position.unsettled === 0) topic.acked = position.settled;
    this.#resolve(topic, outcome);
    return gap;
  }

  /** Everything asked and not answered, oldest first. */
  open(): (Subscribe | Unsubscribe)[] {
    const open: (Subscribe | Unsubscribe)[] = [...this.#leaving.values()].map(({ message }) => message);
    for (const { question } of this.topics.values()) if (question) open.push(question);
    return open.sort((a, b) => a.id - b.id);
  }

  /** What to put into the hello. */
  positions(): Map<string, Position> {
    const positions = new Map<string, Position>();
    for (const { name, position, state } of this.topics.values())
      if (position.received && (state === 'held' || this.#remembered.has(name))) positions.set(name, position.received);
    return positions;
  }

  /** Ends every question: there is nobody to ask. */
  clear(why: string): void {
    this.#left();
    for (const topic of this.topics.values()) if (topic.question) this.place(topic, { denied: why });
  }

  #left(): void {
    for (const { answered } of this.#leaving.values()) answered();
    this.#leaving.clear();
  }

  #resolve(topic: Held<Listener>, outcome: TopicOutcome): void {
    topic.question = undefined;
    topic.outcome = outcome;
    for (const done of topic.waiting) done(outcome);
    topic.waiting = [];
  }

  #ask(topic: Held<Listener>, from: StartAt): Subscribe {
    topic.state = 'asking';
    topic.outcome = undefined;
    topic.question = { t: 'sub', topic: topic.name, id: this.nextId(), from: topic.position.received ?? from };
    return topic.question;
  }

  #recall(topic: Held<Listener>): void {
    const at = this.#remembered.get(topic.name);
    if (at && !topic.position.received) topic.position.move(at);
  }
}
