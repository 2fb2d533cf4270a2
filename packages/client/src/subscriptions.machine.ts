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
  /** Asked for by us, not joined by the server. */
  wanted: boolean;
  /** Called with the first outcome. */
  readonly waiting: ((outcome: TopicOutcome) => void)[];
  outcome: TopicOutcome | undefined;
  /** The position last acknowledged. */
  acked: Position | undefined;
}

interface Question {
  readonly message: Subscribe | Unsubscribe;
  readonly answered: () => void;
}

/** What a held topic was told about its place. */
export type Told<Listener> = readonly [topic: Held<Listener>, outcome: TopicOutcome];

const nothing = (): void => {};

export class Subscriptions<Listener> {
  readonly topics = new Map<string, Held<Listener>>();
  readonly #questions = new Map<number, Question>();
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
    if (topic === undefined) {
      topic = {
        name,
        position: new TopicPosition(),
        listeners: new Set(),
        state: 'held',
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
    if (known !== undefined && topic.state !== 'denied') return undefined;
    return this.#ask(topic, from);
  }

  /** @returns what to say if that was the last listener of a topic that we asked for. */
  unsubscribe(topic: Held<Listener>, listener: Listener, answered: () => void): Unsubscribe | undefined {
    const { name } = topic;
    if (!topic.listeners.delete(listener) || topic.listeners.size > 0 || !topic.wanted) {
      answered();
      return undefined;
    }
    this.topics.delete(name);
    topic.position.lose();
    this.#resolve(topic, { denied: 'unsubscribed' });
    if (topic.state === 'denied') {
      answered();
      return undefined;
    }
    const message: Unsubscribe = { t: 'unsub', topic: name, id: this.nextId() };
    this.#questions.set(message.id, { message, answered });
    return message;
  }

  /** The server answered. @returns what a topic was told by it, if it is still about one. */
  answer(id: number, outcome: TopicOutcome | undefined): Told<Listener> | undefined {
    const question = this.#questions.get(id);
    if (question === undefined) return undefined;
    this.#questions.delete(id);
    question.answered();
    const topic = this.topics.get(question.message.topic);
    const current = question.message.t === 'sub' && topic?.state === 'asking' && !this.#asksLater(id, topic.name);
    return current && outcome ? [topic, outcome] : undefined;
  }

  /** @returns what each topic is told by a welcome. */
  welcome(outcomes: ReadonlyMap<string, TopicOutcome>, resumed: boolean): Told<Listener>[] {
    const told: Told<Listener>[] = [];
    const leaving = new Set<string>();
    for (const [id, { message, answered }] of this.#questions) {
      if (message.t === 'sub') continue;
      if (resumed) leaving.add(message.topic);
      else {
        this.#questions.delete(id);
        answered();
      }
    }
    for (const [name, outcome] of outcomes) {
      if (leaving.has(name)) continue;
      for (const [id, { message }] of this.#questions) if (message.topic === name) this.#questions.delete(id);
      told.push([this.topic(name), outcome]);
    }
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
    else if (was === undefined) position.move(outcome.at);
    // The server may go back (what comes again is dropped) but not forward without naming a gap; if it does, we name it.
    else if (comparePositions(outcome.at, was) > 0) gap = { was, now: outcome.at, why: 'session' };
    if (gap) position.move(gap.now);
    if (position.unsettled === 0) topic.acked = position.settled;
    this.#resolve(topic, outcome);
    return gap;
  }

  /** Everything asked and not answered, oldest first. */
  *open(): Iterable<Subscribe | Unsubscribe> {
    for (const { message } of this.#questions.values()) yield message;
  }

  /** What to put into the hello. */
  positions(): Map<string, Position> {
    const positions = new Map<string, Position>();
    for (const { name, position, state } of this.topics.values()) {
      if (position.received !== undefined && (state === 'held' || this.#remembered.has(name)))
        positions.set(name, position.received);
    }
    return positions;
  }

  /** Ends every question: there is nobody to ask. */
  clear(why: string): void {
    for (const { answered } of this.#questions.values()) answered();
    this.#questions.clear();
    for (const topic of this.topics.values()) if (topic.state === 'asking') this.place(topic, { denied: why });
  }

  #resolve(topic: Held<Listener>, outcome: TopicOutcome): void {
    topic.outcome = outcome;
    for (const done of topic.waiting.splice(0)) done(outcome);
  }

  #ask(topic: Held<Listener>, from: StartAt): Subscribe {
    topic.state = 'asking';
    topic.outcome = undefined;
    const message: Subscribe = {
      t: 'sub',
      topic: topic.name,
      id: this.nextId(),
      from: topic.position.received ?? from,
    };
    this.#questions.set(message.id, { message, answered: nothing });
    return message;
  }

  #asksLater(id: number, name: string): boolean {
    for (const { message } of this.#questions.values()) if (message.id > id && message.topic === name) return true;
    return false;
  }

  #recall(topic: Held<Listener>): void {
    const at = this.#remembered.get(topic.name);
    if (at && topic.position.received === undefined) topic.position.move(at);
  }
}
