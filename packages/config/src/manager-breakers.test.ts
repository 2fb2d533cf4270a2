import { BreakerGroup, CircuitBreaker } from '@ws-stability/circuit-breaker';
import { ManualClock, seededRandom } from '@ws-stability/core/testing';
import { ConnectionManager } from '@ws-stability/manager';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.ts';
import { managerBreakers } from './manager-breakers.ts';

const needs = { clock: new ManualClock(), random: seededRandom(1) };

function failed(breaker: CircuitBreaker, times: number): string {
  for (let n = 0; n < times; n++) {
    const permit = breaker.tryAcquire();
    if (permit.acquired) permit.failure(new Error('down'));
  }
  return breaker.state;
}

describe('managerBreakers', () => {
  it('makes a breaker for each dependency and a group for the sessions, with the settings of each', () => {
    const { values } = loadConfig({
      preset: { name: 'testing' },
      overrides: { sessionBreaker: { consecutiveFailures: 4 } },
    });
    const { sessions, ...named } = managerBreakers(values, needs);
    for (const [name, breaker] of Object.entries(named)) {
      if (breaker === false) throw new Error(`${name} has no breaker`);
      expect(breaker.name).toBe(name);
      expect([failed(breaker, 1), failed(breaker, 1)]).toEqual(['closed', 'open']);
    }
    if (sessions === false) throw new Error('sessions have no breakers');
    expect([failed(sessions.get('s'), 3), failed(sessions.get('s'), 1)]).toEqual(['closed', 'open']);
  });

  it('opens for at most openMs at first, and longer each time up to maxOpenMs', () => {
    const { values } = loadConfig({ preset: { name: 'testing' } });
    const { log } = managerBreakers(values, needs);
    if (log === false) throw new Error('the log has no breaker');
    failed(log, 2);
    expect(log.snapshot().retryAfterMs).toBeLessThanOrEqual(1_000);
    for (let n = 0; n < 20; n++) {
      needs.clock.advance(log.snapshot().retryAfterMs);
      failed(log, 1);
      expect(log.snapshot().retryAfterMs).toBeLessThanOrEqual(5_000);
    }
  });

  it('makes none where they are switched off, each group by itself', () => {
    const { values } = loadConfig({ overrides: { breaker: { enabled: false } } });
    const { sessions, ...named } = managerBreakers(values, needs);
    expect(Object.values(named)).toEqual([false, false, false, false, false]);
    expect(sessions).toBeInstanceOf(BreakerGroup);
    const other = loadConfig({ overrides: { sessionBreaker: { enabled: false } } }).values;
    expect(managerBreakers(other, needs)).toMatchObject({ sessions: false, log: expect.any(CircuitBreaker) });
  });

  it('makes what a manager takes', async () => {
    const { values } = loadConfig();
    const manager = new ConnectionManager(values.manager, { breakers: managerBreakers(values) });
    expect(Object.keys(manager.snapshot().breakers).sort()).toEqual(
      ['authorize', 'log', 'onHello', 'onUpgrade', 'sessionStore', 'sessions', 'shortCircuited'].sort(),
    );
    await manager.shutdown({ deadlineMs: 0 });
  });
});
