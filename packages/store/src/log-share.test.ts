import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogShare, sizeClassOf } from './log-share.ts';
import { TopicLog } from './topic-log.ts';

const share = () => new LogShare({ bytes: 1e9, logs: 100, entriesPerLog: 100 }, [1, 0]);

describe('LogShare', () => {
  test('its largest log is at most a quarter smaller than the very largest', () => {
    const sizes = fc.array(fc.record({ log: fc.nat(9), bytes: fc.nat(2 ** 30) }), { maxLength: 100 });
    fc.assert(
      fc.property(sizes, (changes) => {
        const logs = Array.from({ length: 10 }, (_, index) => new TopicLog(`t${index}`, [1, 0], 0));
        const of = share();
        for (const { log: index, bytes } of changes) {
          const log = logs[index];
          if (log === undefined) continue;
          log.bytes = bytes;
          of.place(log);
          const most = Math.max(...logs.map((other) => other.bytes));
          const largest = of.largest();
          if (most === 0) expect(largest).toBeUndefined();
          else expect((largest?.bytes ?? 0) * 1.25).toBeGreaterThanOrEqual(most);
        }
      }),
    );
  });

  test('size classes grow with the size', () => {
    expect(sizeClassOf(0)).toBe(-1);
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), fc.nat(2 ** 31 - 1), (one, other) => {
        if (one <= other) expect(sizeClassOf(one)).toBeLessThanOrEqual(sizeClassOf(other));
      }),
    );
  });

  test('the floor rises over what is forgotten and never falls', () => {
    const of = share();
    for (const [position, floor] of [
      [
        [1, 5],
        [1, 5],
      ],
      [
        [1, 3],
        [1, 5],
      ],
      [
        [2, 1],
        [2, 1],
      ],
      [
        [1, 9],
        [2, 1],
      ],
    ] as const) {
      of.coverWith(new TopicLog('t', position, 0));
      expect(of.floor).toEqual(floor);
    }
  });
});
