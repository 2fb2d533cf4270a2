import type { Position, Subscribe, TopicOutcome, Unsubscribe } from '@ws-stability/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Subscriptions } from './subscriptions.machine.ts';

type Name = string;
const at = (epoch: number, offset: number): TopicOutcome => ({ at: [epoch, offset] });
const nothing = (): void => {};

function holding(name: string, position: Position = [1, 5]): Subscriptions<Name> {
  const subscriptions = new Subscriptions<Name>();
  const question = subscriptions.subscribe(name, 'now');
  subscriptions.topic(name).listeners.add('first');
  const told = question && subscriptions.answer(question.id, { at: position });
  if (told) subscriptions.place(...told);
  return subscriptions;
}

describe('subscriptions', () => {
  it('ask once a topic, and again only after a refusal', () => {
    const subscriptions = new Subscriptions<Name>();
    expect(subscriptions.subscribe('a', 'start')).toEqual({ t: 'sub', topic: 'a', id: 1, from: 'start' });
    expect(subscriptions.subscribe('a', 'now')).toBeUndefined();
    const told = subscriptions.answer(1, { denied: 'no' });
    if (told) expect(subscriptions.place(...told)).toBeUndefined();
    expect(subscriptions.topic('a')).toMatchObject({ state: 'denied', outcome: { denied: 'no' } });
    expect(subscriptions.positions().size).toBe(0);
    expect(subscriptions.subscribe('a', 'now')).toEqual({ t: 'sub', topic: 'a', id: 2, from: 'now' });
  });

  it('leave with the last listener, and at once where there is nothing to leave', () => {
    const subscriptions = holding('a');
    const topic = subscriptions.topic('a');
    topic.listeners.add('second');
    let answered = 0;
    const count = (): void => void answered++;
    expect(subscriptions.unsubscribe(topic, 'first', count)).toBeUndefined();
    expect(answered).toBe(1);
    expect(subscriptions.unsubscribe(topic, 'second', count)).toEqual({ t: 'unsub', topic: 'a', id: 2 });
    expect(answered).toBe(1);
    expect(subscriptions.answer(2, undefined)).toBeUndefined();
    expect(answered).toBe(2);
    expect(subscriptions.unsubscribe(topic, 'second', count)).toBeUndefined();
    const joined = subscriptions.topic('joined');
    joined.listeners.add('x');
    expect(subscriptions.unsubscribe(joined, 'x', count)).toBeUndefined();
    subscriptions.subscribe('denied', 'now');
    const denied = subscriptions.topic('denied');
    denied.listeners.add('x');
    subscriptions.place(denied, { denied: 'no' });
    expect(subscriptions.unsubscribe(denied, 'x', count)).toBeUndefined();
    expect(answered).toBe(5);
  });

  it('resolve who waits for the outcome, also when it will not come', () => {
    const subscriptions = new Subscriptions<Name>();
    const outcomes: TopicOutcome[] = [];
    for (const name of ['a', 'b']) {
      subscriptions.subscribe(name, 'now');
      const topic = subscriptions.topic(name);
      topic.listeners.add('x');
      topic.waiting.push((outcome) => void outcomes.push(outcome));
    }
    subscriptions.unsubscribe(subscriptions.topic('a'), 'x', nothing);
    subscriptions.clear('closed');
    expect(outcomes).toEqual([{ denied: 'unsubscribed' }, { denied: 'closed' }]);
    expect([...subscriptions.open()]).toEqual([]);
  });

  it('name what was lost: a gap as told, and a jump that nobody told', () => {
    const subscriptions = holding('a');
    const topic = subscriptions.topic('a');
    expect(subscriptions.place(topic, at(1, 3))).toBeUndefined();
    expect(topic.position.received).toEqual([1, 5]);
    expect(subscriptions.place(topic, at(2, 1))).toEqual({ was: [1, 5], now: [2, 1], why: 'session' });
    const gap = { was: [2, 1], now: [2, 9], why: 'retention' } as const;
    expect(subscriptions.place(topic, { gap })).toBe(gap);
    expect(topic.position.received).toEqual([2, 9]);
  });

  it('take an answer only for the latest question about a topic', () => {
    const subscriptions = holding('a');
    const topic = subscriptions.topic('a');
    subscriptions.unsubscribe(topic, 'first', nothing);
    subscriptions.subscribe('a', 'start');
    subscriptions.unsubscribe(subscriptions.topic('a'), 'none', nothing);
    expect(subscriptions.welcome(new Map([['a', at(1, 7)]]), true)).toEqual([]);
    expect([...subscriptions.open()].map(({ t }) => t)).toEqual(['unsub', 'sub']);
    subscriptions.topic('a').listeners.add('second');
    subscriptions.unsubscribe(subscriptions.topic('a'), 'second', nothing);
    subscriptions.subscribe('a', 'now');
    expect(subscriptions.answer(3, at(1, 7))).toBeUndefined();
    expect(subscriptions.answer(99, at(1, 7))).toBeUndefined();
    expect(subscriptions.answer(5, undefined)).toBeUndefined();
  });

  it('have nothing to leave in a fresh session, and forget what only the old one was joined to', () => {
    const subscriptions = holding('a');
    let left = false;
    subscriptions.unsubscribe(subscriptions.topic('a'), 'first', () => {
      left = true;
    });
    const [deaf, heard] = [subscriptions.topic('deaf'), subscriptions.topic('@')];
    heard.listeners.add('inbox');
    for (const topic of [deaf, heard]) subscriptions.place(topic, at(1, 1));
    expect(subscriptions.welcome(new Map(), false)).toEqual([]);
    expect(left).toBe(true);
    expect([...subscriptions.topics.keys()]).toEqual(['@']);
    expect(heard.position.received).toBeUndefined();
  });

  it('go on from what an earlier page had, whether asked for before or after that is known', () => {
    const subscriptions = new Subscriptions<Name>();
    subscriptions.subscribe('early', 'now');
    subscriptions.remember(
      new Map<string, Position>([
        ['early', [1, 2]],
        ['late', [1, 3]],
        ['never', [1, 4]],
      ]),
    );
    expect(subscriptions.subscribe('late', 'now')).toMatchObject({ from: [1, 3] });
    expect(subscriptions.positions()).toEqual(
      new Map([
        ['early', [1, 2]],
        ['late', [1, 3]],
      ]),
    );
  });
});

describe('against a server, with cuts at random places', () => {
  const names = ['a', 'b', 'c'];
  type What = 'subscribe' | 'unsubscribe' | 'say' | 'hear' | 'cut' | 'expire' | 'join' | 'leave';
  const script = fc.array(
    fc.record({
      what: fc.constantFrom<What>(
        'subscribe',
        'subscribe',
        'unsubscribe',
        'say',
        'say',
        'hear',
        'hear',
        'cut',
        'expire',
        'join',
        'leave',
      ),
      name: fc.constantFrom(...names),
    }),
    { maxLength: 80 },
  );

  it('end up with what both sides hold being the same, every question answered', () => {
    fc.assert(
      fc.property(script, (commands) => {
        const subscriptions = new Subscriptions<Name>();
        let held = new Map<string, Position>();
        let up: (Subscribe | Unsubscribe)[] = [];
        let down: (() => void)[] = [];
        let listeners = 0;
        let asked = 0;
        let answered = 0;
        const place = (name: string, outcome: TopicOutcome): void =>
          void subscriptions.place(subscriptions.topic(name), outcome);
        const say = (): void => {
          const message = up.shift();
          if (!message) return;
          const { id, topic } = message;
          if (message.t === 'unsub') {
            held.delete(topic);
            down.push(() => void subscriptions.answer(id, undefined));
          } else {
            const position = held.get(topic) ?? [1, 0];
            held.set(topic, position);
            down.push(() => {
              const told = subscriptions.answer(id, { at: position });
              if (told) subscriptions.place(...told);
            });
          }
        };
        const reconnect = (resumed: boolean): void => {
          if (!resumed) held = new Map();
          for (const [name, position] of subscriptions.positions()) held.set(name, position);
          down = [];
          const outcomes = new Map([...held].map(([name, position]) => [name, { at: position }]));
          for (const told of subscriptions.welcome(outcomes, resumed)) subscriptions.place(...told);
          up = [...subscriptions.open()];
        };
        for (const { what, name } of commands) {
          if (what === 'subscribe') {
            const question = subscriptions.subscribe(name, 'now');
            subscriptions.topic(name).listeners.add(`l${++listeners}`);
            if (question) up.push(question);
          } else if (what === 'unsubscribe') {
            const topic = subscriptions.topics.get(name);
            for (const listener of topic?.listeners ?? []) {
              asked++;
              const message = topic && subscriptions.unsubscribe(topic, listener, () => void answered++);
              if (message) up.push(message);
            }
          } else if (what === 'say') say();
          else if (what === 'hear') down.shift()?.();
          else if (what === 'cut') reconnect(true);
          else if (what === 'expire') reconnect(false);
          else if (what === 'join' && !held.has(name)) {
            held.set(name, [1, 0]);
            down.push(() => place(name, at(1, 0)));
          }
        }
        for (let round = 0; up.length + down.length > 0 && round < 1000; round++) {
          say();
          down.shift()?.();
        }
        expect([...subscriptions.open()]).toEqual([]);
        expect(answered).toBe(asked);
        for (const topic of subscriptions.topics.values())
          if (topic.wanted) expect([topic.name, topic.state, held.has(topic.name)]).toEqual([topic.name, 'held', true]);
      }),
    );
  });
});
