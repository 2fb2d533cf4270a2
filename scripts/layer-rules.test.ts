import { describe, expect, it } from 'vitest';
import { problemsOf } from './layer-rules.ts';

function problems(path: string, ...imports: string[]): readonly string[] {
  const [, packageName = ''] = path.split('/');
  return [...problemsOf({ path, packageName, test: path.endsWith('.test.ts'), imports })];
}

describe('problemsOf', () => {
  it('lets imports go down', () => {
    expect(
      problems('packages/manager/src/a.ts', '@ws-stability/store', '@ws-stability/core', 'ws', 'node:http', './b.ts'),
    ).toEqual([]);
    expect(problems('packages/protocol/src/a.ts', '@ws-stability/core')).toEqual([]);
  });

  it('stops imports that go up or sideways, tests included', () => {
    for (const file of ['packages/manager/src/a.ts', 'packages/manager/src/a.test.ts']) {
      expect(problems(file, '@ws-stability/client')).toEqual([
        'imports @ws-stability/client, which is not on a lower layer',
      ]);
      expect(problems(file, '@ws-stability/testing')).toHaveLength(1);
    }
    expect(problems('packages/core/src/a.ts', '@ws-stability/protocol')).toHaveLength(1);
  });

  it('stops a package that has no layer', () => {
    expect(problems('packages/new/src/a.ts')).toEqual([expect.stringContaining('has no layer')]);
  });

  it('stops a package from importing itself by name or by its index', () => {
    expect(problems('packages/core/src/a.ts', '@ws-stability/core')).toEqual([
      expect.stringContaining('its own package'),
    ]);
    expect(problems('packages/core/src/a.ts', './index.ts')).toEqual([expect.stringContaining('index.ts')]);
    expect(problems('packages/core/src/a.test.ts', './index.ts')).toEqual([]);
  });

  it('stops ways out of a package, the shared build settings excepted', () => {
    expect(problems('packages/core/src/a.ts', '../../store/src/b.ts')).toEqual([
      expect.stringContaining('outside its package'),
    ]);
    expect(problems('packages/core/tsup.config.ts', '../../tsup.config.base.ts')).toEqual([]);
  });

  it('wants the ending of relative imports', () => {
    expect(problems('packages/core/src/a.ts', './b.js', './c')).toHaveLength(2);
  });

  it('keeps Node out of the packages for browsers, their tests excepted', () => {
    expect(problems('packages/client/src/a.ts', 'node:crypto')).toEqual([expect.stringContaining('runs in browsers')]);
    expect(problems('packages/client/src/a.ts', 'fs')).toHaveLength(1);
    expect(problems('packages/client/src/a.test.ts', 'node:crypto')).toEqual([]);
    expect(problems('packages/client/tsup.config.ts', 'node:path')).toEqual([]);
  });

  it('keeps time, chance and sockets out of machines', () => {
    for (const impure of ['ws', 'node:net', './clock.ts', '../timer-wheel.ts', './random.ts']) {
      expect(problems('packages/manager/src/a.machine.ts', impure), impure).toHaveLength(1);
    }
    expect(problems('packages/manager/src/a.machine.ts', './b.ts', '@ws-stability/core')).toEqual([]);
  });
});
