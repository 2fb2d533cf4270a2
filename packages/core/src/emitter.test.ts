import { describe, expect, it, vi } from 'vitest';
import { Emitter } from './emitter.ts';

type Events = { readonly opened: readonly [id: string]; readonly closed: readonly [code: number, reason: string] };

describe('Emitter', () => {
  it('calls the listeners of an event in order with its arguments', () => {
    const emitter = new Emitter<Events>();
    const calls: unknown[] = [];
    emitter.on('closed', (code, reason) => calls.push(['first', code, reason]));
    emitter.on('closed', (code) => calls.push(['second', code]));
    emitter.on('opened', (id) => calls.push(['other', id]));
    emitter.emit('closed', 1000, 'done');
    expect(calls).toEqual([
      ['first', 1000, 'done'],
      ['second', 1000],
    ]);
  });

  it('hands what a listener throws to the handler and calls the others', () => {
    const errors: unknown[] = [];
    const emitter = new Emitter<Events>((error) => errors.push(error));
    const last = vi.fn();
    const failure = new Error('listener');
    emitter.on('opened', () => {
      throw failure;
    });
    emitter.on('opened', last);
    emitter.emit('opened', 'a');
    expect(errors).toEqual([failure]);
    expect(last).toHaveBeenCalledTimes(1);
  });

  it('rethrows from a microtask when there is no handler, and when the handler throws', () => {
    const later: (() => void)[] = [];
    const queue = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((callback) => void later.push(callback));
    const last = vi.fn();
    const emitters = [
      new Emitter<Events>(),
      new Emitter<Events>(() => {
        throw new Error('handler');
      }),
    ];
    for (const emitter of emitters) {
      emitter.on('opened', () => {
        throw new Error('listener');
      });
      emitter.on('opened', last);
      emitter.emit('opened', 'a');
    }
    queue.mockRestore();
    expect(last).toHaveBeenCalledTimes(2);
    expect(later).toHaveLength(2);
    expect(later[0]).toThrow('listener');
    expect(later[1]).toThrow('handler');
  });

  it('ends one registration by its function, though the same listener is registered twice', () => {
    const emitter = new Emitter<Events>();
    const listener = vi.fn();
    const end = emitter.on('opened', listener);
    emitter.on('opened', listener);
    end();
    end();
    emitter.emit('opened', 'a');
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('does not end a later registration by the function of an earlier one', () => {
    const emitter = new Emitter<Events>();
    const listener = vi.fn();
    const end = emitter.on('opened', listener);
    end();
    emitter.on('opened', listener);
    end();
    emitter.emit('opened', 'a');
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('ends every registration of a listener by off', () => {
    const emitter = new Emitter<Events>();
    const listener = vi.fn();
    const other = vi.fn();
    emitter.on('opened', listener);
    emitter.on('opened', other);
    emitter.on('opened', listener);
    emitter.off('opened', listener);
    emitter.off('closed', listener);
    emitter.emit('opened', 'a');
    expect(listener).not.toHaveBeenCalled();
    expect(other).toHaveBeenCalledTimes(1);
  });

  it('goes on over the listeners it began with when they change meanwhile', () => {
    const emitter = new Emitter<Events>();
    const late = vi.fn();
    const second = vi.fn();
    emitter.on('opened', () => {
      emitter.on('opened', late);
      emitter.off('opened', second);
    });
    emitter.on('opened', second);
    emitter.emit('opened', 'a');
    expect(second).toHaveBeenCalledTimes(1);
    expect(late).not.toHaveBeenCalled();
    emitter.emit('opened', 'b');
    expect(second).toHaveBeenCalledTimes(1);
    expect(late).toHaveBeenCalledTimes(1);
  });

  it('knows whether anyone listens', () => {
    const emitter = new Emitter<Events>();
    expect(emitter.has('opened')).toBe(false);
    const end = emitter.on('opened', () => {});
    expect(emitter.has('opened')).toBe(true);
    end();
    expect(emitter.has('opened')).toBe(false);
    emitter.on('closed', () => {});
    emitter.clear();
    expect(emitter.has('closed')).toBe(false);
  });
});
