import { isStabilityError, type OptionDescriptors } from '@ws-stability/core';
import { describe, expect, it } from 'vitest';
import type { ConfigProblem } from './config-error.ts';
import { loadConfig } from './load-config.ts';
import type { OptionGroup } from './option-group.ts';

const shopOptions = {
  shelves: { kind: 'number', default: 3, min: 1, max: 9, unit: 'count', description: 'Shelves.' },
  password: { kind: 'text', default: '', secret: true, pattern: /^\S*$/, description: 'The password.' },
} as const satisfies OptionDescriptors;
const shop = {
  about: 'A shop.',
  options: shopOptions,
  variables: { SHELVES: 'shelves' },
} as const satisfies OptionGroup<typeof shopOptions>;

function problemsOf(load: () => unknown): readonly ConfigProblem[] {
  try {
    load();
  } catch (error) {
    if (!isStabilityError(error)) throw error;
    expect(error.code).toBe('ERR_CONFIG');
    return error.details.problems as readonly ConfigProblem[];
  }
  throw new Error('expected a refusal');
}

describe('loadConfig', () => {
  it('gives the development preset when nothing is said', () => {
    const { env, values, origins } = loadConfig();
    expect(env).toBe('development');
    expect(values.manager.sessionTtlMs).toBe(60_000);
    expect(values.log.retentionEntries).toBe(1_000);
    expect(origins.get('manager.sessionTtlMs')).toEqual({ from: 'preset', preset: 'development' });
    expect(origins.get('log.retentionEntries')).toEqual({ from: 'default' });
  });

  it.each([
    ['development', 60_000, 120_000],
    ['production', 120_000, 300_000],
    ['testing', 30_000, 60_000],
  ])('has the values of the original preset %s, and they pass the checks', (preset, sessionTtlMs, ttlMs) => {
    const { values } = loadConfig({ env: { WS_STABILITY_ENV: preset } });
    expect(values.manager).toMatchObject({ sessionTtlMs, ttlMs });
    expect(values.log.inboxRetentionEntries).toBe(1_000);
    expect(values.client).toMatchObject({ maxAttempts: 3, baseMs: 1_000, capMs: 60_000 });
  });

  it('lets the environment win over the preset, flags over the environment, overrides over all', () => {
    const env = {
      WS_STABILITY_ENV: 'production',
      WS_STABILITY_MANAGER_SESSION_TTL_MS: '90000',
      WS_STABILITY_MANAGER_MAX_CONNECTIONS: '10',
      WS_STABILITY_MANAGER_MAX_RESULTS: '11',
    };
    const flags = [{ name: '--max', group: 'manager', option: 'maxConnections', text: '20' }];
    const { values, origins } = loadConfig({ env, flags, overrides: { manager: { maxResults: 30 } } });
    expect(values.manager).toMatchObject({ ttlMs: 300_000, sessionTtlMs: 90_000, maxConnections: 20, maxResults: 30 });
    expect(
      ['ttlMs', 'sessionTtlMs', 'maxConnections', 'maxResults'].map((name) => origins.get(`manager.${name}`)),
    ).toEqual([
      { from: 'preset', preset: 'production' },
      { from: 'environment', variable: 'WS_STABILITY_MANAGER_SESSION_TTL_MS' },
      { from: 'argument', name: '--max' },
      { from: 'argument' },
    ]);
  });

  it('reads booleans, choices, ratios and lists from text', () => {
    const { values } = loadConfig({
      env: {
        WS_STABILITY_MANAGER_ALLOW_MISSING_ORIGIN: 'false',
        WS_STABILITY_MANAGER_FLUSH: ' immediate ',
        WS_STABILITY_LOG_INBOX_SHARE: '0.5',
        WS_STABILITY_MANAGER_ORIGINS: 'https://a.example, https://b.example:8443,',
      },
    });
    expect(values.manager.allowMissingOrigin).toBe(false);
    expect(values.manager.flush).toBe('immediate');
    expect(values.log.inboxShare).toBe(0.5);
    expect(values.manager.origins).toEqual(['https://a.example', 'https://b.example:8443']);
  });

  it('takes an empty variable for one that is not set', () => {
    const { values } = loadConfig({ env: { WS_STABILITY_ENV: '', WS_STABILITY_MANAGER_PING_MS: '' } });
    expect(values.manager.pingMs).toBe(25_000);
  });

  it('reports everything wrong at once, each with path, value, what is allowed and where it came from', () => {
    const env = {
      WS_STABILITY_ENV: 'staging',
      WS_STABILITY_MANAGER_PING_MS: 'soon',
      WS_STABILITY_LOG_INBOX_SHARE: '2',
      WS_STABILITY_MANAGER_FLUSH: 'never',
      WS_STABILITY_MANAGER_PINGS_MS: '5',
    };
    const problems = problemsOf(() => loadConfig({ env, overrides: { manager: { maxResults: 0.5 } } }));
    expect(problems.map(({ path, origin }) => [path, origin])).toEqual([
      ['env', 'environment WS_STABILITY_ENV'],
      ['WS_STABILITY_MANAGER_PINGS_MS', 'environment'],
      ['log.inboxShare', 'environment WS_STABILITY_LOG_INBOX_SHARE'],
      ['manager.pingMs', 'environment WS_STABILITY_MANAGER_PING_MS'],
      ['manager.maxResults', 'argument'],
      ['manager.flush', 'environment WS_STABILITY_MANAGER_FLUSH'],
    ]);
    expect(problems[0]).toMatchObject({ value: 'staging', allowed: 'one of development, production, testing' });
    expect(problems[1]?.allowed).toContain('did you mean WS_STABILITY_MANAGER_PING_MS');
    expect(problems[3]).toMatchObject({ value: 'soon', allowed: 'a whole number from 50 to 86400000 (ms)' });
  });

  it('says in its message what its details say', () => {
    expect(() => loadConfig({ env: { WS_STABILITY_MANAGER_PING_MS: '1' } })).toThrow(
      'manager.pingMs is 1; allowed is a whole number from 50 to 86400000 (ms). It comes from environment WS_STABILITY_MANAGER_PING_MS.',
    );
  });

  it('checks settings against each other and names the other one', () => {
    const overrides = { manager: { ttlMs: 400_000 }, client: { capMs: 400 } };
    const problems = problemsOf(() => loadConfig({ overrides }));
    expect(problems.map(({ path }) => path)).toEqual(['manager.ttlMs', 'client.capMs']);
    expect(problems[0]?.allowed).toContain('log.retentionMs (300000)');
    expect(problems[1]?.origin).toBe('argument');
  });

  it('leaves out checks with a setting that is wrong by itself', () => {
    const problems = problemsOf(() => loadConfig({ overrides: { log: { retentionMs: -1 } } }));
    expect(problems.map(({ path }) => path)).toEqual(['log.retentionMs']);
  });

  it('takes the settings of the program as a group, by derived and by short name, the derived one first', () => {
    const load = (env: Record<string, string>) => loadConfig({ env, groups: { shop } }).values.shop.shelves;
    expect(load({ SHELVES: '4' })).toBe(4);
    expect(load({ SHELVES: '4', WS_STABILITY_SHOP_SHELVES: '5' })).toBe(5);
  });

  it('asks the checks of the program, with the preset', () => {
    const checks = [
      {
        paths: ['shop.shelves'] as const,
        check: (values: { shop: { shelves: number } }, env: string) =>
          env === 'testing' ? `not ${values.shop.shelves}` : undefined,
      },
    ];
    expect(problemsOf(() => loadConfig({ preset: { name: 'testing' }, groups: { shop }, checks }))).toEqual([
      { path: 'shop.shelves', value: 3, allowed: 'not 3', origin: 'default' },
    ]);
  });

  it('never shows a secret, nor the value of a variable it does not know', () => {
    const env = { WS_STABILITY_SHOP_PASSWORD: 'open sesame', WS_STABILITY_SHOP_PASWORD: 'open sesame' };
    const load = () => loadConfig({ env, groups: { shop } });
    const problems = problemsOf(load);
    expect(problems).toHaveLength(2);
    expect(JSON.stringify(problems)).not.toContain('sesame');
    expect(load).not.toThrow('sesame');
  });

  it('refuses names that reach for a prototype', () => {
    const overrides: object = JSON.parse('{"__proto__":{"polluted":1},"manager":{"__proto__":2,"constructor":3}}');
    const env: Record<string, string> = JSON.parse('{"WS_STABILITY___PROTO___POLLUTED":"1"}');
    const problems = problemsOf(() => loadConfig({ env, overrides }));
    expect(problems.map(({ path }) => path)).toEqual([
      'WS_STABILITY___PROTO___POLLUTED',
      '__proto__.polluted',
      'manager.__proto__',
      'manager.constructor',
    ]);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('refuses a group that is not an object, and a flag of no option', () => {
    const overrides: object = { manager: 5, log: [] };
    const flags = [{ name: '--speed', group: 'manager', option: 'speed', text: '9' }];
    expect(problemsOf(() => loadConfig({ overrides, flags })).map(({ path, origin }) => [path, origin])).toEqual([
      ['manager.speed', 'argument --speed'],
      ['manager', 'argument'],
      ['log', 'argument'],
    ]);
  });
});
