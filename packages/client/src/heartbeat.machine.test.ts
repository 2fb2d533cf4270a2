import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beat, type Heartbeat, heard, probe } from './heartbeat.machine.ts';

const PING = 25_000;
const PONG = 10_000;

describe('the heartbeat', () => {
  it('pings after silence, and gives up when that is not answered', () => {
    let heart = heard(0, PING);
    expect(beat(heart, PING - 1, PING, PONG)).toEqual([heart, 'wait']);
    const [asked, verdict] = beat(heart, PING, PING, PONG);
    expect(verdict).toBe('ping');
    expect(beat(asked, PING + PONG, PING, PONG)[1]).toBe('dead');
    heart = { ...asked, heardAt: PING + 5, judgeAt: undefined };
    expect(beat(heart, PING + PONG, PING, PONG)).toEqual([{ ...heart, wakeAt: 2 * PING + 5 }, 'wait']);
  });

  it('counts from the last byte', () => {
    const heart: Heartbeat = { ...heard(0, PING), heardAt: 20_000 };
    const [later, verdict] = beat(heart, PING, PING, PONG);
    expect(verdict).toBe('wait');
    expect(later.wakeAt).toBe(45_000);
  });

  it('asks again after its own sleep instead of declaring death', () => {
    const asked = probe(heard(0, PING), PING, PONG);
    const [again, verdict] = beat(asked, 3_600_000, PING, PONG);
    expect(verdict).toBe('ping');
    expect(beat(again, 3_610_000, PING, PONG)[1]).toBe('dead');
  });

  it('excuses being late once, then takes silence for what it is, also in a tab whose timers are always late', () => {
    let heart = heard(0, PING);
    const verdicts: string[] = [];
    for (let round = 0; round < 4 && verdicts.at(-1) !== 'dead'; round++) {
      const [next, verdict] = beat(heart, heart.wakeAt + 50_000, PING, PONG);
      heart = next;
      verdicts.push(verdict);
    }
    expect(verdicts).toEqual(['ping', 'ping', 'dead']);
  });

  it('never declares dead a server that answers each ping in time, however the clock jumps', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(100_000), fc.nat(PONG - 1)), { maxLength: 50 }), (script) => {
        let now = 0;
        let heart = heard(now, PING);
        for (const [lateMs, answerMs] of script) {
          now = heart.wakeAt + lateMs;
          const [next, verdict] = beat(heart, now, PING, PONG);
          expect(verdict).not.toBe('dead');
          heart = verdict === 'ping' ? { ...next, heardAt: now + answerMs, judgeAt: undefined } : next;
        }
      }),
    );
  });

  it('finds a dead server within pingMs and twice pongMs of its last byte when woken on time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 1, max: 60_000 }), (pingMs, pongMs) => {
        let heart = heard(0, pingMs);
        let verdict = 'wait';
        while (verdict !== 'dead') [heart, verdict] = beat(heart, heart.wakeAt, pingMs, pongMs);
        expect(heart.wakeAt).toBe(pingMs + pongMs);
      }),
    );
  });
});
