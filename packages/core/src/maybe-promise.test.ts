import { describe, expect, it, vi } from 'vitest';
import { isPromise, whenSettled } from './maybe-promise.ts';

describe('isPromise', () => {
  it('tells promises, also foreign ones, from values', () => {
    // A computed key, for the linter takes a literal one for a mistake.
    const [then, failed] = ['then', Promise.reject(1)];
    failed.catch(() => {});
    const values: unknown[] = [Promise.resolve(1), failed, { [then]: () => {} }, null, undefined, 0, {}, { [then]: 1 }];
    expect(values.map(isPromise)).toEqual([true, true, true, false, false, false, false, false]);
  });
});

describe('whenSettled', () => {
  it('goes on in the same turn when the value is there', () => {
    const onValue = vi.fn();
    whenSettled(7, onValue, () => {});
    expect(onValue).toHaveBeenCalledWith(7);
  });

  it('goes on when the value arrives', async () => {
    const onValue = vi.fn();
    const value = Promise.resolve(7);
    whenSettled(value, onValue, () => {});
    expect(onValue).not.toHaveBeenCalled();
    await value;
    expect(onValue).toHaveBeenCalledWith(7);
  });

  it('hands over a rejection', async () => {
    const failure = new Error('refused');
    const failed = await new Promise((resolve, reject) => whenSettled(Promise.reject(failure), reject, resolve));
    expect(failed).toBe(failure);
  });

  it('does not report a value that arrived as failed because what follows throws', async () => {
    const onError = vi.fn();
    const thrown = new Error('in what follows');
    const uncaught = new Promise((resolve) => {
      const others = process.listeners('unhandledRejection');
      process.removeAllListeners('unhandledRejection');
      process.once('unhandledRejection', (error) => {
        for (const other of others) process.on('unhandledRejection', other);
        resolve(error);
      });
    });
    const onValue = (): void => {
      throw thrown;
    };
    expect(() => whenSettled(7, onValue, onError)).toThrow(thrown);
    whenSettled(Promise.resolve(7), onValue, onError);
    expect(await uncaught).toBe(thrown);
    expect(onError).not.toHaveBeenCalled();
  });
});
