import type { Position } from '@ws-stability/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_UNSETTLED, type Slot, TopicPosition } from './positions.machine.ts';

const at = (received: Position): TopicPosition => {
  const topic = new TopicPosition();
  topic.move(received);
  return topic;
};

describe('a topic’s position', () => {
  it('judges each offset by the one before it', () => {
    const topic = new TopicPosition();
    expect(topic.take(1)).toBe('stray');
    expect(topic.open()).toBeUndefined();
    topic.move([2, 4]);
    expect([5, 5, 4, 7, 0, 6].map((offset) => topic.take(offset))).toEqual([
      'deliver',
      'duplicate',
      'duplicate',
      'hole',
      'volatile',
      'deliver',
    ]);
    expect(topic.received).toEqual([2, 6]);
  });

  it('moves over skips that fit, ignores those behind, and calls the rest holes', () => {
    const topic = at([1, 5]);
    expect(topic.skip(1, 4)).toBe(true);
    expect(topic.received).toEqual([1, 5]);
    expect(topic.skip(4, 8)).toBe(true);
    expect(topic.settled).toEqual([1, 8]);
    expect(topic.skip(10, 12)).toBe(false);
    expect(new TopicPosition().skip(1, 2)).toBe(true);
  });

  it('takes no more than it can keep unsettled', () => {
    const topic = at([1, 0]);
    const slots: (Slot | undefined)[] = [];
    for (let offset = 1; offset <= MAX_UNSETTLED; offset++) {
      expect(topic.take(offset)).toBe('deliver');
      slots.push(topic.open());
    }
    expect(topic.take(MAX_UNSETTLED + 1)).toBe('full');
    expect(topic.received).toEqual([1, MAX_UNSETTLED]);
    if (slots[0]) topic.settle(slots[0]);
    expect(topic.take(MAX_UNSETTLED + 1)).toBe('deliver');
  });

  it('forgets everything when the server holds no cursor any more', () => {
    const topic = at([1, 3]);
    topic.take(4);
    const slot = topic.open();
    topic.lose();
    if (slot) topic.settle(slot);
    expect([topic.received, topic.settled, topic.unsettled]).toEqual([undefined, undefined, 0]);
  });
});

/** A log and a server that sends from where the client says, with cuts, repeats, skips, trimming and new epochs. */
describe('against a log, with cuts at random places', () => {
  type Command =
    | { readonly do: 'append' | 'send' | 'repeat' | 'skip' | 'trim' | 'epoch' | 'cut' | 'lose one'; readonly n: number }
    | { readonly do: 'settle'; readonly n: number };
  const commands = fc.array(
    fc.record({
      do: fc.constantFrom<Command['do']>(
        'append',
        'append',
        'send',
        'send',
        'send',
        'repeat',
        'skip',
        'trim',
        'epoch',
        'cut',
        'lose one',
        'settle',
        'settle',
      ),
      n: fc.nat(5),
    }),
    { maxLength: 120 },
  );

  it('delivers nothing twice, nothing out of order, loses nothing but what a gap or skip names, and settles in order', () => {
    fc.assert(
      fc.property(commands, (script) => {
        let epoch = 1;
        let head = 0;
        let first = 1;
        let cursor = 0;
        const topic = at([1, 0]);
        const delivered: Position[] = [];
        const told: Position[] = [];
        const open: Slot[] = [];
        let settledBefore: Position = [1, 0];
        const deliver = (offset: number): void => {
          const verdict = topic.take(offset);
          if (verdict === 'deliver') {
            delivered.push([epoch, offset]);
            const slot = topic.open();
            if (slot) open.push(slot);
          }
          // A hole closes the connection and resumes from what was received.
          if (verdict === 'hole') resume();
        };
        const gap = (now: Position): void => {
          for (let offset = (topic.received?.[0] === epoch ? topic.received[1] : 0) + 1; offset <= now[1]; offset++)
            told.push([epoch, offset]);
          topic.move(now);
          cursor = now[1];
        };
        const resume = (): void => {
          const [e, o] = topic.received ?? [0, 0];
          if (e !== epoch || o < first - 1) gap([epoch, first - 1]);
          else cursor = o;
        };
        for (const { do: what, n } of script) {
          if (what === 'append') head += n;
          else if (what === 'send') {
            if (cursor < first - 1) gap([epoch, first - 1]);
            for (let count = 0; count < n && cursor < head; count++) deliver(++cursor);
          } else if (what === 'repeat') {
            for (let offset = Math.max(1, cursor - n); offset <= cursor; offset++) deliver(offset);
          } else if (what === 'skip') {
            const to = Math.min(head, cursor + n);
            if (to > cursor && cursor >= first - 1) {
              for (let offset = cursor + 1; offset <= to; offset++) told.push([epoch, offset]);
              expect(topic.skip(cursor + 1, to)).toBe(true);
              cursor = to;
            }
          } else if (what === 'trim') first = Math.min(head + 1, first + n);
          else if (what === 'epoch') {
            epoch++;
            head = n;
            first = 1;
            gap([epoch, 0]);
          } else if (what === 'cut') resume();
          else if (what === 'lose one') {
            // The wire drops one silently and goes on: the next is a hole.
            if (cursor + 1 < head && cursor >= first - 1) {
              cursor += 2;
              deliver(cursor);
            }
          } else {
            const slot = open.splice(n % Math.max(open.length, 1), 1)[0];
            if (slot) topic.settle(slot);
            const settled = topic.settled ?? [0, 0];
            expect(settled[0] - settledBefore[0] || settled[1] - settledBefore[1]).toBeGreaterThanOrEqual(0);
            const oldest = open.filter((other) => other.at[0] === settled[0]).map((other) => other.at[1]);
            for (const offset of oldest) expect(offset).toBeGreaterThan(settled[1]);
            settledBefore = settled;
          }
        }
        const keys = delivered.map(([e, o]) => e * 1e6 + o);
        expect(keys).toEqual([...new Set(keys)].sort((a, b) => a - b));
        resume();
        while (cursor < head) deliver(++cursor);
        const seen = new Set([...delivered, ...told].filter(([e]) => e === epoch).map(([, o]) => o));
        for (let offset = 1; offset <= head; offset++) expect(seen).toContain(offset);
        for (const slot of open.splice(0)) topic.settle(slot);
        expect(topic.settled).toEqual(topic.received);
      }),
    );
  });
});
