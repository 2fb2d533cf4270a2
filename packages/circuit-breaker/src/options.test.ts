import { checkOptions } from '@ws-stability/core';
import { expect, it } from 'vitest';
import { breakerLimits, checkNumbers, groupLimits } from './breaker-limits.ts';
import { breakerGroupOptions, breakerOptions } from './options.ts';

const options = { ...breakerOptions, ...breakerGroupOptions };

it('describes every number, with a unit that its name says', () => {
  expect(Object.keys(options)).toEqual(Object.keys(groupLimits));
  for (const [name, { unit, description }] of Object.entries(options)) {
    expect(description).toMatch(/\.$/);
    expect([name, unit]).toEqual([name, /Ms$/.test(name) ? 'ms' : /(Rate|Share)$/.test(name) ? 'ratio' : 'count']);
  }
});

it('has the defaults that a breaker has', () => {
  expect(checkOptions(breakerOptions, {}, 'breaker')).toEqual({
    options: checkNumbers(breakerLimits, {}),
    problems: [],
  });
});

it('accepts what a group accepts, at the edges of every range', () => {
  for (const [name, { min, max }] of Object.entries(options)) {
    for (const value of [min, max, min - 1, max + 1, min + 0.5, '5', Number.NaN, undefined]) {
      const fits = checkOptions(options, { [name]: value }, 'breaker').problems.length === 0;
      // Two settings that hold against each other.
      const settings =
        name === 'trialSuccesses' ? { trials: max, [name]: value } : { trialSuccesses: 1, [name]: value };
      const make = () => checkNumbers(groupLimits, settings);
      if (fits) expect(make, `${name} ${value}`).not.toThrow();
      else expect(make, `${name} ${value}`).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
    }
  }
});
