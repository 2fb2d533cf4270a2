import { breakerGroupOptions, breakerOptions } from '@ws-stability/circuit-breaker/options';
import { DedupWindow, dedupOptions } from '@ws-stability/dedup-hash';
import { MetricsRegistry, metricsOptions } from '@ws-stability/metrics';
import { describe, expect, it } from 'vitest';
import { configurationGuide } from './configuration-guide.ts';
import { packageGroups } from './groups.ts';
import { loadConfig } from './load-config.ts';
import { PRESETS } from './option-group.ts';

function load(preset: string) {
  return loadConfig({ env: { WS_STABILITY_ENV: preset } }).values;
}

describe('the breaker settings', () => {
  it.each([
    ['development', 3, 2, 30_000],
    ['production', 10, 3, 120_000],
    ['testing', 2, 1, 5_000],
  ])('have the values of the original preset %s, in both groups', (preset, failures, successes, maxOpenMs) => {
    const { breaker, sessionBreaker } = load(preset);
    const expected = {
      enabled: true,
      consecutiveFailures: failures,
      trialSuccesses: successes,
      trials: 3,
      concurrentTrials: 3,
      openMs: 1_000,
      maxOpenMs,
    };
    expect(breaker).toMatchObject(expected);
    expect(sessionBreaker).toMatchObject({ ...expected, maxOpenShare: 1 });
  });

  it('have the defaults of the original without a preset, but for an open time that begins short', () => {
    const { options } = packageGroups.breaker;
    const defaults = Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.default]));
    expect(defaults).toMatchObject({
      consecutiveFailures: 5,
      trialSuccesses: 2,
      trials: 3,
      openMs: 1_000,
      maxOpenMs: 60_000,
    });
  });

  it('are those of the package, each with the words of the package', () => {
    const { breaker, sessionBreaker } = packageGroups;
    expect(Object.keys(breaker.options)).toEqual(['enabled', ...Object.keys(breakerOptions)]);
    expect(Object.keys(sessionBreaker.options)).toEqual([
      'enabled',
      ...Object.keys(breakerOptions),
      ...Object.keys(breakerGroupOptions),
    ]);
    for (const [name, { description, min, max }] of Object.entries(breakerOptions)) {
      expect(Object.entries(breaker.options).find(([option]) => option === name)?.[1]).toMatchObject({
        description,
        min,
        max,
      });
    }
  });

  it('come from the environment by the rule of all others', () => {
    const { breaker, sessionBreaker } = loadConfig({
      env: {
        WS_STABILITY_BREAKER_FAILURE_RATE: '0.5',
        WS_STABILITY_BREAKER_ENABLED: 'false',
        WS_STABILITY_SESSION_BREAKER_MAX_OPEN_SHARE: '0.25',
      },
    }).values;
    expect(breaker).toMatchObject({ failureRate: 0.5, enabled: false });
    expect(sessionBreaker).toMatchObject({ maxOpenShare: 0.25, failureRate: 0, enabled: true });
  });
});

describe('the metrics settings', () => {
  it.each([
    ['development', 600_000, 60_000],
    ['production', 3_600_000, 600_000],
    ['testing', 60_000, 10_000],
  ])('have the values of the original preset %s', (preset, clientTtlMs, sweepMs) => {
    const { metrics } = load(preset);
    expect(metrics).toMatchObject({ enabled: true, clientTtlMs, sweepMs });
    expect(new MetricsRegistry(metrics).options).toEqual(metrics);
  });

  it('are those of the package', () => {
    expect(packageGroups.metrics.options).toBe(metricsOptions);
    expect(metricsOptions).toMatchObject({ clientTtlMs: { default: 3_600_000 }, sweepMs: { default: 300_000 } });
  });
});

describe('the deduplication settings', () => {
  it.each([
    ['development', 60_000],
    ['production', 600_000],
    ['testing', 30_000],
  ])('have the values of the original preset %s', (preset, ttlMs) => {
    const { dedup } = load(preset);
    expect(dedup).toMatchObject({ ttlMs });
    new DedupWindow(dedup).close();
  });

  it('are those of the package, and say where publishes are deduplicated', () => {
    expect(packageGroups.dedup.options).toBe(dedupOptions);
    expect(dedupOptions.ttlMs.default).toBe(300_000);
    expect(packageGroups.dedup.about).toContain('log.idTtlMs');
  });
});

describe('the groups', () => {
  it('pass every check in every preset', () => {
    for (const preset of PRESETS) expect(() => load(preset)).not.toThrow();
  });

  it('are all in the guide, with the presets that differ', () => {
    const guide = configurationGuide(packageGroups);
    for (const group of Object.keys(packageGroups)) expect(guide).toContain(`## \`${group}\`\n`);
    expect(guide).toContain(
      '| `maxOpenMs` | `60000`<br>development: `30000`<br>production: `120000`<br>testing: `5000` |',
    );
  });
});
