import { BreakerGroup } from '@ws-stability/circuit-breaker';
import { TimerWheel } from '@ws-stability/core';
import { ManualClock, seededRandom } from '@ws-stability/core/testing';
import { expect, it } from 'vitest';
import { Counters } from '../counters.ts';
import { ClientCounts } from '../observation/client-counts.ts';
import { type Judged, SessionBreakers } from './session-breakers.ts';

/** A connection that says how often it was looked at, and has no session: whoever looks lets go of it. */
class Seen implements Judged {
  readonly session = undefined;
  readonly held = false;
  readonly full = false;
  readonly paused = false;
  readonly drains = 0;
  readonly batches = undefined;
  readonly writable = true;
  readonly room = 1;
  readonly behind = [];
  pumping = false;
  watched = false;
  looks = 0;

  get isOpen(): boolean {
    this.looks++;
    return true;
  }

  hold(): void {}
  allow(): void {}
  release(): void {}
  deliver(): void {}
  skip(): void {}
  gap(): void {}
  caughtUp(): void {}
}

it('however many are watched, each turn looks at few of them, and all have been looked at when the round is over', () => {
  const clock = new ManualClock();
  const wheel = new TimerWheel({ clock, tickMs: 50 });
  const breakers = new SessionBreakers({
    group: new BreakerGroup({}, { clock, random: seededRandom(1) }),
    clock,
    wheel,
    counters: new Counters(),
    clients: new ClientCounts(undefined),
    options: { ackMs: 30_000, stallMs: 30_000, pageBytes: 1 },
    onReleased: () => {},
  });
  const connections = Array.from({ length: 20_000 }, () => new Seen());
  for (const connection of connections) breakers.watch(connection);
  clock.advance(1_000 - 50);
  let before = breakers.watched;
  const perTurn: number[] = [];
  for (let turn = 0; turn < 21; turn++) {
    clock.advance(50);
    perTurn.push(before - breakers.watched);
    before = breakers.watched;
  }
  expect(breakers.watched).toBe(0);
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(20_000 * 0.06);
  expect(wheel.size).toBe(0);
});
