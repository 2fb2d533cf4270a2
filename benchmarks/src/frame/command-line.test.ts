import { describe, expect, it } from 'vitest';
import type { Area } from './area.ts';
import { readCommandLine, UsageError } from './command-line.ts';

function area(name: string, ...ids: readonly string[]): Area {
  const comparisons = ids.map((id) => ({ id, title: id, figures: [], contenders: [], findings: [] }));
  return { name, description: name, module: 'file:///none.ts', comparisons };
}

const areas = [area('hash', 'fingerprints', 'window'), area('breaker', 'closed')];
const read = (...words: readonly string[]) => readCommandLine(words, areas);
const chosen = (...words: readonly string[]): readonly string[] =>
  read(...words).areas.flatMap(({ name, comparisons }) => comparisons.map(({ id }) => `${name}/${id}`));

describe('the command line', () => {
  it('runs every area when none is named', () => {
    expect(read()).toMatchObject({ action: 'run', quick: false, check: false, color: true, json: undefined });
    expect(chosen()).toEqual(['hash/fingerprints', 'hash/window', 'breaker/closed']);
  });

  it('takes areas and single comparisons', () => {
    expect(chosen('breaker', 'hash/window')).toEqual(['hash/window', 'breaker/closed']);
  });

  it('takes a whole area once, also when a comparison of it is named too', () => {
    expect(chosen('hash/window', 'hash')).toEqual(['hash/fingerprints', 'hash/window']);
  });

  it('ignores the bare -- that pnpm passes on', () => {
    expect(read('--', 'hash', '--quick', '--json', 'a.json', '--check')).toMatchObject({
      quick: true,
      check: true,
      json: 'a.json',
      areas: [{ name: 'hash' }],
    });
  });

  it('reads --seed, --list, --help, -h and --no-color', () => {
    expect(read('--seed', '7').seed).toBe(7);
    expect(read('--list').action).toBe('list');
    expect(read('-h').action).toBe('help');
    expect(read('--help', '--list').action).toBe('help');
    expect(read('--no-color').color).toBe(false);
  });

  it.each([
    [['hsah'], 'did you mean hash?'],
    [['hash/windw'], 'did you mean hash/window?'],
    [['zzzzzzzz'], '--list shows the areas'],
    [['--quik'], 'did you mean --quick?'],
    [['-x'], 'There is no option -x'],
    [['--json'], '--json needs a value'],
    [['--json', '--check'], '--json needs a value'],
    [['--json='], '--json needs a value'],
    [['--quick=yes'], '--quick takes no value'],
    [['--seed', '-1'], '--seed'],
    [['--seed', '1.5'], 'whole number'],
    [['--seed', '4294967296'], 'whole number'],
    [['--constructor'], 'There is no option --constructor'],
  ])('says what is wrong with %j', (words, message) => {
    expect(() => read(...words)).toThrow(UsageError);
    expect(() => read(...words)).toThrow(message);
  });
});
