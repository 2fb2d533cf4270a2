import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  checkOptions,
  describeAllowed,
  isAllowed,
  type OptionDescriptors,
  optionError,
  type PartialOptions,
  type ResolvedOptions,
  resolveOptions,
} from './options.ts';
import { isStabilityError } from './stability-error.ts';

const descriptors = {
  pingMs: { kind: 'number', default: 25_000, min: 1, max: 60_000, unit: 'ms', description: 'Between pings.' },
  ratio: { kind: 'number', default: 0.5, min: 0, max: 1, integer: false, unit: 'ratio', description: 'A share.' },
  enabled: { kind: 'boolean', default: true, description: 'Whether.' },
  host: { kind: 'text', default: 'localhost', pattern: /^[a-z.]+$/g, allowed: 'a host name', description: 'Where.' },
  token: { kind: 'text', default: '', pattern: /^\S{0,8}$/, secret: true, description: 'A secret.' },
  note: { kind: 'text', default: '', description: 'Anything.' },
  lag: { kind: 'choice', default: 'wait', choices: ['wait', 'close'], description: 'What then.' },
  origins: { kind: 'list', default: [], pattern: /^https:/, allowed: 'an origin', maxItems: 2, description: 'Who.' },
} as const satisfies OptionDescriptors;

const defaults = {
  pingMs: 25_000,
  ratio: 0.5,
  enabled: true,
  host: 'localhost',
  token: '',
  note: '',
  lag: 'wait',
  origins: [],
};

describe('checkOptions', () => {
  it('fills in defaults for what is not given, undefined included', () => {
    expect(checkOptions(descriptors, {}, 'x')).toEqual({ options: defaults, problems: [] });
    expect(checkOptions(descriptors, { pingMs: undefined, typo: undefined }, 'x')).toEqual({
      options: defaults,
      problems: [],
    });
  });

  it('takes what is given', () => {
    const given = {
      pingMs: 1,
      ratio: 0.25,
      enabled: false,
      host: 'a.b',
      token: 't',
      note: '',
      lag: 'close',
      origins: ['https://a'],
    };
    expect(checkOptions(descriptors, given, 'x')).toEqual({ options: given, problems: [] });
  });

  it('does not change what it is given', () => {
    const given = Object.freeze({ pingMs: 5 });
    checkOptions(descriptors, given, 'x');
    expect(given).toEqual({ pingMs: 5 });
  });

  it('collects every problem with path, value and what is allowed', () => {
    const { problems } = checkOptions(descriptors, { pingMs: 0, lag: 'drop', typo: 1, host: null }, 'manager');
    expect(problems).toEqual([
      { path: 'manager.pingMs', value: 0, allowed: 'a whole number from 1 to 60000 (ms)' },
      { path: 'manager.host', value: null, allowed: 'a host name' },
      { path: 'manager.lag', value: 'drop', allowed: 'one of wait, close' },
      {
        path: 'manager.typo',
        value: 1,
        allowed: 'only pingMs, ratio, enabled, host, token, note, lag, origins (there is no option of this name)',
      },
    ]);
  });

  it('never shows the value of a secret', () => {
    const { problems } = checkOptions(descriptors, { token: 'hunter2 hunter2' }, 'x');
    expect(problems).toMatchObject([{ path: 'x.token', value: '(hidden)' }]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('is not fooled by names that every object has', () => {
    const input: unknown = JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3}');
    const { options, problems } = checkOptions(descriptors, input as object, 'x');
    expect(options).toEqual(defaults);
    expect(problems.map(({ path }) => path)).toEqual(['x.__proto__', 'x.constructor', 'x.toString']);
  });

  it('never throws, and has a problem exactly for what is not allowed', () => {
    const names = Object.keys(descriptors) as (keyof typeof descriptors)[];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.anything(), (name, value) => {
        const { options, problems } = checkOptions(descriptors, { [name]: value }, 'x');
        const allowed = value === undefined || isAllowed(descriptors[name], value);
        expect(problems.map(({ path }) => path)).toEqual(allowed ? [] : [`x.${name}`]);
        if (value === undefined) expect(options).toEqual(defaults);
      }),
    );
  });
});

describe('isAllowed', () => {
  const cases: readonly [keyof typeof descriptors, readonly unknown[], readonly unknown[]][] = [
    ['pingMs', [1, 60_000], [0, 60_001, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', null, true]],
    ['ratio', [0, 0.3, 1], [-0.1, 1.1, Number.NaN, '0.5']],
    ['enabled', [true, false], ['true', 0, 1, null]],
    ['host', ['a', 'a.b'], ['', 'A', 'a b', 1, null]],
    ['note', ['', 'any text'], [1, null, {}]],
    ['lag', ['wait', 'close'], ['Wait', '', 'toString', 1]],
    [
      'origins',
      [[], ['https://a'], ['https://a', 'https://b']],
      [['http://a'], ['https:a', 'https:b', 'https:c'], [1], 'https:a', {}],
    ],
  ];
  it.each(cases)('judges %s', (name, right, wrong) => {
    expect(right.filter((value) => !isAllowed(descriptors[name], value))).toEqual([]);
    expect(wrong.filter((value) => isAllowed(descriptors[name], value))).toEqual([]);
  });

  it('judges the same each time, whatever flags a pattern has', () => {
    expect([1, 2, 3].map(() => isAllowed(descriptors.host, 'localhost'))).toEqual([true, true, true]);
  });
});

describe('describeAllowed', () => {
  it('says in words what is right', () => {
    expect(Object.values(descriptors).map(describeAllowed)).toEqual([
      'a whole number from 1 to 60000 (ms)',
      'a number from 0 to 1 (ratio)',
      'true or false',
      'a host name',
      'text',
      'text',
      'one of wait, close',
      'a list of at most 2 items, each an origin',
    ]);
  });
});

describe('resolveOptions', () => {
  it('gives every option', () => {
    expect(resolveOptions(descriptors, { pingMs: 3 }, 'x')).toEqual({ ...defaults, pingMs: 3 });
  });

  it('throws all problems at once', () => {
    const attempt = (): unknown => resolveOptions(descriptors, { pingMs: 'soon', enabled: 1 }, 'x');
    expect(attempt).toThrow(
      'Correct these settings: x.pingMs is "soon", allowed: a whole number from 1 to 60000 (ms). x.enabled is 1, allowed: true or false.',
    );
  });

  it('is typed by its descriptors', () => {
    type Resolved = ResolvedOptions<typeof descriptors>;
    expectTypeOf<Resolved['pingMs']>().toEqualTypeOf<number>();
    expectTypeOf<Resolved['enabled']>().toEqualTypeOf<boolean>();
    expectTypeOf<Resolved['host']>().toEqualTypeOf<string>();
    expectTypeOf<Resolved['lag']>().toEqualTypeOf<'wait' | 'close'>();
    expectTypeOf<Resolved['origins']>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<PartialOptions<typeof descriptors>['lag']>().toEqualTypeOf<'wait' | 'close' | undefined>();
  });
});

describe('optionError', () => {
  it('carries the problems', () => {
    const problems = [{ path: 'x.y', value: 1, allowed: 'text' }];
    const error = optionError(problems);
    expect(isStabilityError(error)).toBe(true);
    expect(error).toMatchObject({ code: 'ERR_OPTION', retryable: false, details: { problems } });
  });

  it('shows any value without failing, shortened', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const show = (value: unknown): string => optionError([{ path: 'p', value, allowed: 'q' }]).message;
    expect(show(cycle)).toContain('p is object,');
    expect(show([1n])).toContain('p is object,');
    expect(show(['a', 1])).toContain('p is ["a",1],');
    expect(show(null)).toContain('p is null,');
    expect(show(Object.create(null))).toContain('p is {},');
    expect(show(Symbol('s'))).toContain('p is Symbol(s),');
    expect(show('x'.repeat(500)).length).toBeLessThan(200);
    fc.assert(fc.property(fc.anything(), (value) => show(value).includes('p is ')));
  });
});
