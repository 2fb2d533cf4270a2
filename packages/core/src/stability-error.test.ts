import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { isStabilityError, StabilityError } from './stability-error.ts';

describe('StabilityError', () => {
  it('carries a code, and no cause and no retry unless they are given', () => {
    const error = new StabilityError('ERR_TEST', 'Do this.');
    expect(error).toMatchObject({
      name: 'StabilityError',
      code: 'ERR_TEST',
      message: 'Do this.',
      retryable: false,
      details: {},
    });
    expect(Object.hasOwn(error, 'cause')).toBe(false);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toBe('StabilityError: Do this.');
  });

  it('keeps what it is given', () => {
    const cause = new Error('inner');
    const error = new StabilityError('ERR_TEST', 'Wait.', { retryable: true, cause, details: { limit: 3 } });
    expect(error).toMatchObject({ retryable: true, cause, details: { limit: 3 } });
  });

  it('keeps a cause that is null or false', () => {
    expect(new StabilityError('ERR_TEST', 'x', { cause: null })).toHaveProperty('cause', null);
    expect(new StabilityError('ERR_TEST', 'x', { cause: false })).toHaveProperty('cause', false);
  });

  it('is recognised, also when another copy of the package made it', () => {
    const fromAnotherCopy = Object.assign(new Error('x'), { name: 'StabilityError', code: 'ERR_TEST' });
    expect(isStabilityError(new StabilityError('ERR_TEST', 'x'))).toBe(true);
    expect(isStabilityError(fromAnotherCopy)).toBe(true);
  });

  it('is not mistaken for something else', () => {
    const others = [
      new Error('x'),
      Object.assign(new Error('x'), { code: 'ERR_TEST' }),
      Object.assign(new Error('x'), { name: 'StabilityError' }),
      Object.assign(new Error('x'), { name: 'StabilityError', code: 7 }),
      { name: 'StabilityError', code: 'ERR_TEST' },
      runInNewContext('null'),
      undefined,
      'ERR_TEST',
    ];
    expect(others.map(isStabilityError)).toEqual(others.map(() => false));
  });
});
