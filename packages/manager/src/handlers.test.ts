import { rawTopic, type StandardSchemaV1, string, topic } from '@ws-stability/protocol';
import { describe, expect, it, vi } from 'vitest';
import { Handlers, type MessageContext } from './handlers.ts';
import type { UpwardMessage } from './session/upward-message.ts';

const NO_CONTEXT = {} as MessageContext;

function message(payload: string, name?: string): UpwardMessage {
  return {
    seq: 1,
    topic: name,
    op: 'req',
    id: undefined,
    echo: true,
    ttlMs: undefined,
    traceparent: undefined,
    binary: false,
    payload: new TextEncoder().encode(payload),
  };
}

/** Whole numbers only, said later. */
const wholeNumber: StandardSchemaV1<unknown, number> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value) =>
      Number.isInteger(value) ? { value: Number(value) } : { issues: [{ message: 'a whole number', path: ['n'] }] },
  },
};

describe('handlers', () => {
  it('are found by topic first, then by pattern, in the order of their registration', () => {
    const handlers = new Handlers<unknown>();
    handlers.handle(topic<string>`room:${string}`, (value) => `pattern ${value}`);
    handlers.handle(topic<string>`room:a${string}`, () => 'too late');
    handlers.handle(topic<'room:1', string>('room:1'), (value) => `exact ${value}`);
    expect(handlers.run(message('"x"', 'room:1'), NO_CONTEXT)).toBe('exact x');
    expect(handlers.run(message('"x"', 'room:a2'), NO_CONTEXT)).toBe('pattern x');
    expect(() => handlers.run(message('"x"', 'hall:1'), NO_CONTEXT)).toThrow(
      expect.objectContaining({ code: 'ERR_NO_HANDLER' }),
    );
  });

  it('are gone once they are taken away, and only once', () => {
    const handlers = new Handlers<unknown>();
    const away = [
      handlers.handle('raw', () => 1),
      handlers.handle(topic`room:${string}`, () => 2),
      handlers.onMessage(() => 3),
    ];
    const others = handlers.onMessage(() => 4);
    for (const takeAway of away) {
      takeAway();
      takeAway();
    }
    expect(handlers.run(message('x'), NO_CONTEXT)).toBe(4);
    others();
    for (const name of ['raw', 'room:1', undefined])
      expect(() => handlers.run(message('x', name), NO_CONTEXT)).toThrow(
        expect.objectContaining({ code: 'ERR_NO_HANDLER' }),
      );
  });

  it('are one for each topic, since its result is the answer', () => {
    const handlers = new Handlers<unknown>();
    handlers.handle('orders', () => 1);
    expect(() => handlers.handle(rawTopic('orders'), () => 2)).toThrow(
      expect.objectContaining({ code: 'ERR_HANDLER_EXISTS' }),
    );
    expect(() => handlers.handle('@', () => 2)).toThrow(expect.objectContaining({ code: 'ERR_TOPIC' }));
  });

  it('get values of their schema only, however late it says so', async () => {
    const handlers = new Handlers<unknown>();
    const handler = vi.fn((value: number) => value + 1);
    handlers.handle(topic('count', wholeNumber), handler);
    expect(await handlers.run(message('41', 'count'), NO_CONTEXT)).toBe(42);
    const refused = Promise.resolve(handlers.run(message('1.5', 'count'), NO_CONTEXT));
    await expect(refused).rejects.toMatchObject({
      message: expect.stringContaining('a whole number'),
      details: { path: expect.stringContaining('n') },
    });
    expect(handler).toHaveBeenCalledTimes(1);
  });

  it('without a topic all run; the first one’s value is the result, when all have settled', async () => {
    const handlers = new Handlers<unknown>();
    let settled = false;
    handlers.onMessage(() => 'first');
    handlers.onMessage(async () => {
      await Promise.resolve();
      settled = true;
    });
    expect(await handlers.run(message('x'), NO_CONTEXT)).toBe('first');
    expect(settled).toBe(true);
  });
});
