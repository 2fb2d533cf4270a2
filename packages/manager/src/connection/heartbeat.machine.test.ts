import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HeartbeatState, look, startHeartbeat } from './heartbeat.machine.ts';

const times = { pingMs: 1_000, pongMs: 400 };
const watching: HeartbeatState = { name: 'watching', bytes: 10, since: 0, dueAt: 1_000 };
const probing: HeartbeatState = { name: 'probing', bytes: 10, since: 0, dueAt: 1_400 };

describe('a heartbeat', () => {
  it('starts watching, with its first look after a quarter of pingMs', () => {
    expect(startHeartbeat(5, 10, times)).toEqual({ name: 'watching', bytes: 10, since: 5, dueAt: 255 });
  });

  // The whole table of the file's header.
  it.each([
    ['watching, bytes came', watching, { now: 1_000, bytesReceived: 11, paused: false }, 'watching', 1_250, 'none'],
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
    ['watching, paused', watching, { now: 1_000, bytesReceived: 10, paused: true }, 'watching', 2_000, 'ping'],
    ['watching, looked at late', watching, { now: 1_501, bytesReceived: 10, paused: false }, 'watching', 1_601, 'none'],
    [
      'watching, as late as the wheel may be',
      watching,
      { now: 1_500, bytesReceived: 10, paused: false },
      'probing',
      1_900,
      'ping',
    ],
    ['probing, bytes came', probing, { now: 1_400, bytesReceived: 11, paused: false }, 'watching', 1_650, 'none'],
    [
      'probing, no answer for pongMs',
      probing,
      { now: 1_400, bytesReceived: 10, paused: false },
      'probing',
      1_400,
      'terminate',
    ],
    ['probing, paused', probing, { now: 1_400, bytesReceived: 10, paused: true }, 'watching', 2_400, 'ping'],
    ['probing, looked at late', probing, { now: 1_901, bytesReceived: 10, paused: false }, 'probing', 2_001, 'none'],
    [
      'bytes came though the look is late',
      probing,
      { now: 9_000, bytesReceived: 11, paused: false },
      'watching',
      9_250,
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
        if (paused) expect([next.name, effect]).toEqual(['watching', 'ping']);
        else if (bytesReceived !== before.bytes) expect([next.name, effect]).toEqual(['watching', 'none']);
        if (effect === 'terminate') expect(before.name).toBe('probing');
        if (effect === 'ping' && !paused) expect([before.name, next.name]).toEqual(['watching', 'probing']);
      }),
    );
  });

  it('ends a silent peer after pingMs and pongMs, and a quarter of pingMs later at most when it looks in time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 249 }), fc.array(fc.nat(50), { maxLength: 20 }), (lastByteAt, delays) => {
        let state = startHeartbeat(0, 0, times);
        let now = 0;
        let effect = '';
        let waited = 0;
        const effects: string[] = [];
        while (effect !== 'terminate') {
          const delay = delays.shift() ?? 0;
          waited += delay;
          now = state.dueAt + delay;
          [state, effect] = look(state, { now, bytesReceived: now < lastByteAt ? 0 : 1, paused: false }, times);
          if (effect !== 'none') effects.push(effect);
        }
        expect(effects).toEqual(['ping', 'terminate']);
        expect(now - lastByteAt).toBeGreaterThanOrEqual(times.pingMs + times.pongMs);
        expect(now - lastByteAt).toBeLessThanOrEqual(times.pingMs * 1.25 + times.pongMs + waited);
      }),
    );
  });
});
