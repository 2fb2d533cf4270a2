import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Acknowledgements } from './acknowledgements.machine.ts';

const policy = { ackMessages: 32, ackBytes: 65_536, ackDelayMs: 250 };

describe('acknowledgements', () => {
  it('are due 250 ms after the first, at once when asked, and not when nothing is owed', () => {
    const acks = new Acknowledgements(policy);
    expect(acks.due).toBe(Number.POSITIVE_INFINITY);
    acks.note(10, 1000);
    acks.note(10, 1100);
    expect(acks.due).toBe(1250);
    acks.note(10, 1200, true);
    expect(acks.due).toBe(1200);
    acks.sent();
    expect(acks.due).toBe(Number.POSITIVE_INFINITY);
  });

  it('are never later than the delay, and at once by count or bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(10_000), fc.nat(50)), { minLength: 1, maxLength: 80 }), (script) => {
        const acks = new Acknowledgements(policy);
        let [now, first, messages, bytes] = [0, 0, 0, 0];
        for (const [size, passed] of script) {
          now += passed;
          if (messages === 0) first = now;
          messages++;
          bytes += size;
          acks.note(size, now);
          expect(acks.due).toBeLessThanOrEqual(first + 250);
          if (messages >= 32 || bytes >= 65_536) expect(acks.due).toBeLessThanOrEqual(now);
          else expect(acks.due).toBe(first + 250);
          if (acks.due <= now) {
            acks.sent();
            messages = bytes = 0;
          }
        }
      }),
    );
  });
});
