import { ManualClock } from '@ws-stability/core/testing';
import { describe, expect, it } from 'vitest';
import { sharedReading } from './shared-reading.ts';

/** Readings that end when they are told to. */
function slow() {
  const clock = new ManualClock();
  const ends: ((fail?: Error) => void)[] = [];
  let begun = 0;
  const read = sharedReading(() => {
    const number = ++begun;
    return new Promise<number>((resolve, reject) => {
      ends.push((fail) => (fail === undefined ? resolve(number) : reject(fail)));
    });
  }, clock);
  return { clock, read, end: (fail?: Error) => ends.shift()?.(fail), begun: () => begun };
}

describe('a shared reading', () => {
  it('is made once for all who ask while it is under way', async () => {
    const { read, end, begun, clock } = slow();
    const all = [read(), read()];
    clock.advance(60_000);
    all.push(read());
    end();
    expect(await Promise.all(all)).toEqual([1, 1, 1]);
    expect(begun()).toBe(1);
  });

  it('is given on for nineteen times as long as it took', async () => {
    const { read, end, clock } = slow();
    const first = read();
    clock.advance(10);
    end();
    expect(await first).toBe(1);
    clock.advance(189);
    expect(await read()).toBe(1);
    clock.advance(1);
    const second = read();
    end();
    expect(await second).toBe(2);
  });

  it('is never older than a second', async () => {
    const { read, end, clock } = slow();
    const first = read();
    clock.advance(500);
    end();
    await first;
    clock.advance(1_000);
    const second = read();
    end();
    expect(await second).toBe(2);
  });

  it('costs nothing to make anew when it took no time', async () => {
    let made = 0;
    const read = sharedReading(() => ++made, new ManualClock());
    expect([await read(), await read()]).toEqual([1, 2]);
  });

  it('that fails, fails for those who waited and for nobody else', async () => {
    const { read, end } = slow();
    const failing = [read(), read()];
    end(new Error('broken'));
    expect(await Promise.allSettled(failing)).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    const next = read();
    end();
    expect(await next).toBe(2);
  });
});
