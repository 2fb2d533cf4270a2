import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HeartbeatState, look, startHeartbeat } from './heartbeat.machine.ts';

const times = { pingMs: 1_000, pongMs: 400 };
const watching: HeartbeatState = { name: 'watching', bytes: 10, since: 0, dueAt: 1_000 };
const probing: HeartbeatState = { name: 'probing', bytes: 10, since: 0, dueAt: 1_400 };

describe('a heartbeat', () => {
  it('starts watching, with its first look after pingMs', () => {
    expect(startHeartbeat(5, 10, times)).toEqual({ name: 'watching', bytes: 10, since: 5, dueAt: 1_005 });
  });

  // The whole table of the file's header.
  it.each([
    ['watching, bytes came', watching, { now: 1_000, bytesReceived: 11, paused: false }, 'watching', 2_000, 'none'],
    [
      'watching, quiet for less than pingMs',
      watching,
      { now: 900, bytesReceived: 10, paused: false },
      'watching',
      1_000,
      'none',
    ],
    [
      'watching, quiet for pingMs',
      watching,
      { now: 1_000, bytesReceived: 10, paused: false },
      'probing',
      1_400,
      'ping',
    ],
    ['watching, paused', watching, { now: 1_000, bytesReceived: 10, paused: true }, 'watching', 2_000, 'none'],
    ['watching, looked at late', watching, { now: 1_501, bytesReceived: 10, paused: false }, 'watching', 1_601, 'none'],
    [
      'watching, as late as the wheel may be',
      watching,
      { now: 1_500, bytesReceived: 10, paused: false },
      'probing',
      1_900,
      'ping',
    ],
    ['probing, bytes came', probing, { now: 1_400, bytesReceived: 11, paused: false }, 'watching', 2_400, 'none'],
    [
      'probing, no answer for pongMs',
      probing,
      { now: 1_400, bytesReceived: 10, paused: false },
      'probing',
      1_400,
      'terminate',
    ],
    ['probing, paused', probing, { now: 1_400, bytesReceived: 10, paused: true }, 'watching', 2_400, 'none'],
    ['probing, looked at late', probing, { now: 1_901, bytesReceived: 10, paused: false }, 'probing', 2_001, 'none'],
    [
      'bytes came though the look is late',
      probing,
      { now: 9_000, bytesReceived: 11, paused: false },
      'watching',
      10_000,
      'none',
    ],
  ] as const)('%s', (_, state, sight, name, dueAt, effect) => {
    const [next, does] = look(state, sight, times);
    expect([next.name, next.dueAt, does]).toEqual([name, dueAt, effect]);
    expect(next.bytes).toBe(sight.bytesReceived);
  });

  it('gives a blocked process one more look and then gives the peer up', () => {
    const [second, nothing] = look(probing, { now: 60_000, bytesReceived: 10, paused: false }, times);
    expect([second, nothing]).toEqual([{ ...probing, dueAt: 60_100 }, 'none']);
    expect(look(second, { now: 60_100, bytesReceived: 10, paused: false }, times)[1]).toBe('terminate');
  });

  it('never gives up a peer of which something came since the last look, nor one that we do not read', () => {
    const state = fc.record({
      name: fc.constantFrom('watching' as const, 'probing' as const),
      bytes: fc.nat(100),
      since: fc.nat(5_000),
      dueAt: fc.nat(5_000),
    });
    fc.assert(
      fc.property(state, fc.nat(20_000), fc.nat(100), fc.boolean(), (before, now, bytesReceived, paused) => {
        const [next, effect] = look(before, { now, bytesReceived, paused }, times);
        if (paused || bytesReceived !== before.bytes) expect([next.name, effect]).toEqual(['watching', 'none']);
        if (effect === 'terminate') expect(before.name).toBe('probing');
        if (effect === 'ping') expect([before.name, next.name]).toEqual(['watching', 'probing']);
      }),
    );
  });

  it('ends a silent peer after pingMs and pongMs, however the looks fall', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500), { minLength: 5, maxLength: 5 }), (delays) => {
        let state = startHeartbeat(0, 0, times);
        const effects: string[] = [];
        let now = 0;
        for (const delay of delays) {
          now = state.dueAt + delay;
          const [next, effect] = look(state, { now, bytesReceived: 0, paused: false }, times);
          state = next;
          effects.push(effect);
          if (effect === 'terminate') break;
        }
        expect(effects).toEqual(['ping', 'terminate']);
        expect(now).toBeGreaterThanOrEqual(times.pingMs + times.pongMs);
      }),
    );
  });
});
