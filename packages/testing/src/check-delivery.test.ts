import type { Position } from '@ws-stability/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertDelivery, checkDelivery } from './check-delivery.ts';
import { History } from './history.ts';

const E = 5;

/** Six messages published to `news`; `reader` has subscribed before the first. */
function published(count = 6): History {
  const history = new History();
  history.subscribe('reader', 'news', [E, 0]);
  for (let offset = 1; offset <= count; offset++) history.publish('news', `m${offset}`, [E, offset]);
  return history;
}

function deliver(history: History, ...offsets: readonly number[]): void {
  for (const offset of offsets) history.deliver('reader', 'news', [E, offset], `m${offset}`);
}

function kinds(history: History): readonly string[] {
  return checkDelivery(history).problems.map((problem) => problem.kind);
}

describe('a history in which nothing is wrong', () => {
  test('everything once, in order', () => {
    const history = published();
    deliver(history, 1, 2, 3, 4, 5, 6);
    const report = assertDelivery(history);
    expect(report.counts).toMatchObject({
      acknowledged: 6,
      delivered: 6,
      repeated: 0,
      gaps: 0,
      missedInGaps: 0,
      subscriptions: 1,
    });
    expect(report.describe()).toMatch(
      /^6 deliveries of 6 acknowledged messages to 1 subscriptions, 0 gaps: nothing wrong/,
    );
  });

  test('a subscription that starts later is owed only what follows', () => {
    const history = published();
    history.subscribe('late', 'news', [E, 4]);
    history.deliver('late', 'news', [E, 5], 'm5');
    history.deliver('late', 'news', [E, 6], 'm6');
    deliver(history, 1, 2, 3, 4, 5, 6);
    expect(kinds(history)).toEqual([]);
  });

  test('a gap and a skip that name exactly what is missing', () => {
    const history = published();
    deliver(history, 1);
    history.gap('reader', 'news', { was: [E, 1], now: [E, 3], why: 'retention' });
    history.skip('reader', 'news', 4, 5);
    deliver(history, 6);
    expect(kinds(history)).toEqual([]);
    expect(checkDelivery(history).counts).toMatchObject({ gaps: 1, missedInGaps: 4 });
  });

  test('a gap into a new epoch, and what follows there', () => {
    const history = published(2);
    deliver(history, 1);
    history.gap('reader', 'news', { was: [E, 1], now: [E + 1, 0], why: 'epoch' });
    history.publish('news', 'after', [E + 1, 1]);
    history.deliver('reader', 'news', [E + 1, 1], 'after');
    expect(kinds(history)).toEqual([]);
  });

  test('an unknown outcome may have been appended or not', () => {
    for (const appended of [true, false]) {
      const history = published(2);
      history.publish('news', 'maybe', 'unknown');
      deliver(history, 1, 2);
      if (appended) history.deliver('reader', 'news', [E, 3], 'maybe');
      expect(kinds(history)).toEqual([]);
    }
  });

  test('a message retried under its id is acknowledged twice at one position', () => {
    const history = published(2);
    history.publish('news', 'm2', [E, 2]);
    history.publish('news', 'm1', 'unknown');
    deliver(history, 1, 2);
    expect(kinds(history)).toEqual([]);
  });

  test('who left is owed nothing more, who came back from the new start', () => {
    const history = published();
    deliver(history, 1, 2);
    history.end('reader', 'news');
    history.subscribe('reader', 'news', [E, 4]);
    deliver(history, 5, 6);
    expect(kinds(history)).toEqual([]);
  });

  test('volatile messages are not judged', () => {
    const history = published(1);
    deliver(history, 1);
    history.deliver('reader', 'news', [E, 0], 'tick');
    expect(kinds(history)).toEqual([]);
  });

  test('at least once: what was had may come again, from there in order', () => {
    const history = new History();
    history.subscribe('reader', 'news', [E, 0], { atLeastOnce: true });
    for (let offset = 1; offset <= 4; offset++) history.publish('news', `m${offset}`, [E, offset]);
    deliver(history, 1, 2, 3, 2, 3, 4);
    const report = checkDelivery(history);
    expect(report.problems).toEqual([]);
    expect(report.counts.repeated).toBe(2);
  });
});

describe('each planted error is named', () => {
  test('lost at the end', () => {
    const history = published();
    deliver(history, 1, 2, 3, 4, 5);
    const report = checkDelivery(history);
    expect(report.problems).toEqual([
      { kind: 'lost', subscriber: 'reader', topic: 'news', position: [E, 6], content: 'm6' },
    ]);
    expect(report.describe()).toBe(
      '1 problems in the history:\nreader, news: 5:6 (m6) was acknowledged and never came',
    );
    expect(() => assertDelivery(history)).toThrow(/never came/);
  });

  test('lost with nothing delivered at all', () => {
    expect(kinds(published(2))).toEqual(['lost', 'lost']);
  });

  test('a hole in the middle is unexplained and a loss', () => {
    const history = published();
    deliver(history, 1, 2, 4, 5, 6);
    expect(checkDelivery(history).problems).toEqual([
      { kind: 'hole', subscriber: 'reader', topic: 'news', was: [E, 2], next: [E, 4] },
      { kind: 'lost', subscriber: 'reader', topic: 'news', position: [E, 3], content: 'm3' },
    ]);
  });

  test('a hole where nobody knows what was there is still one', () => {
    const history = new History();
    history.subscribe('reader', 'news', [E, 0]);
    history.publish('news', 'm1', [E, 1]);
    history.publish('news', 'm3', [E, 3]);
    deliver(history, 1, 3);
    expect(kinds(history)).toEqual(['hole']);
  });

  test('a new epoch without a gap', () => {
    const history = published(1);
    deliver(history, 1);
    history.publish('news', 'new', [E + 1, 1]);
    history.deliver('reader', 'news', [E + 1, 1], 'new');
    expect(kinds(history)).toEqual(['hole']);
  });

  test('twice', () => {
    const history = published(3);
    deliver(history, 1, 2, 2, 3);
    expect(kinds(history)).toEqual(['twice']);
    expect(checkDelivery(history).describe()).toMatch(/5:2 \(m2\) came twice/);
  });

  test('out of order', () => {
    const history = published(4);
    deliver(history, 1, 3, 2, 4);
    expect(kinds(history)).toEqual(['hole', 'outOfOrder']);
  });

  test('at least once does not excuse a hole, nor something new out of order', () => {
    const history = new History();
    history.subscribe('reader', 'news', [E, 0], { atLeastOnce: true });
    for (let offset = 1; offset <= 5; offset++) history.publish('news', `m${offset}`, [E, offset]);
    deliver(history, 1, 2, 1, 3, 5, 4);
    expect(kinds(history)).toEqual(['hole', 'hole', 'outOfOrder']);
  });

  test.each<[string, Position, Position, readonly string[]]>([
    ['starts too early', [E, 1], [E, 4], ['wrongGap']],
    ['starts too late', [E, 3], [E, 4], ['wrongGap', 'lost']],
    ['ends too early', [E, 2], [E, 3], ['hole', 'lost']],
    ['ends too late', [E, 2], [E, 5], ['outOfOrder']],
    ['names nothing', [E, 2], [E, 2], ['wrongGap', 'hole', 'lost', 'lost']],
    ['goes backwards', [E, 2], [E, 1], ['wrongGap', 'hole', 'lost', 'lost']],
  ])('a gap that %s', (_, was, now, expected) => {
    const history = published();
    deliver(history, 1, 2);
    history.gap('reader', 'news', { was, now, why: 'retention' });
    deliver(history, 5, 6);
    expect(kinds(history)).toEqual(expected);
  });

  test('a skip of the wrong offsets', () => {
    const history = published(4);
    deliver(history, 1);
    history.skip('reader', 'news', 3, 3);
    deliver(history, 4);
    expect(kinds(history)).toEqual(['wrongGap', 'lost']);
  });

  test('another content than the one acknowledged there', () => {
    const history = published(3);
    deliver(history, 1);
    history.deliver('reader', 'news', [E, 2], 'm3');
    deliver(history, 3);
    expect(kinds(history)).toEqual(['appendedTwice', 'wrongContent']);
  });

  test('something nobody published, or that was refused', () => {
    const history = published(1);
    history.publish('news', 'no', 'refused');
    deliver(history, 1);
    history.deliver('reader', 'news', [E, 2], 'no');
    history.deliver('reader', 'news', [E, 3], 'made up');
    expect(kinds(history)).toEqual(['refusedButGiven', 'invented']);
  });

  test('one content appended twice', () => {
    const history = published(2);
    deliver(history, 1, 2);
    history.deliver('reader', 'news', [E, 3], 'm2');
    expect(kinds(history)).toContain('appendedTwice');
    const publishers = published(2);
    publishers.publish('news', 'm2', [E, 3]);
    expect(kinds(publishers)).toContain('appendedTwice');
  });

  test('two contents acknowledged at one position', () => {
    const history = published(1);
    history.publish('news', 'other', [E, 1]);
    deliver(history, 1);
    expect(kinds(history)).toContain('conflict');
  });

  test('a delivery before any start', () => {
    const history = new History();
    history.publish('news', 'm1', [E, 1]);
    deliver(history, 1);
    expect(kinds(history)).toEqual(['notSubscribed']);
  });

  test('one subscriber of many', () => {
    const history = published(2);
    history.subscribe('second', 'news', [E, 0]);
    deliver(history, 1, 2);
    history.deliver('second', 'news', [E, 1], 'm1');
    expect(checkDelivery(history).problems).toMatchObject([{ kind: 'lost', subscriber: 'second', position: [E, 2] }]);
  });

  test('more problems than one reads are counted', () => {
    expect(checkDelivery(published(30)).describe()).toMatch(/^30 problems(.|\n)*… and 10 more$/);
  });
});

test('a faultless history with any one delivery removed, repeated or swapped is never accepted', () => {
  const spoil = fc.record({
    count: fc.integer({ min: 2, max: 20 }),
    at: fc.nat(),
    how: fc.constantFrom('remove' as const, 'repeat' as const, 'swap' as const),
  });
  fc.assert(
    fc.property(spoil, ({ count, at, how }) => {
      const offsets = Array.from({ length: count }, (_, index) => index + 1);
      const index = at % (count - 1);
      const [here, next] = [offsets[index] as number, offsets[index + 1] as number];
      if (how === 'remove') offsets.splice(index, 1);
      else if (how === 'repeat') offsets.splice(index, 0, here);
      else offsets.splice(index, 2, next, here);
      const history = published(count);
      deliver(history, ...offsets);
      expect(checkDelivery(history).ok).toBe(false);
    }),
  );
});
