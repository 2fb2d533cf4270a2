// A short script, and the connection cut after every single byte of it, in each direction: whatever is lost on the way,
// everything is delivered once and in order, appended once, run once, and answered truthfully.
import { MemoryLogStore } from '@ws-stability/store';
import { withSeed } from '@ws-stability/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inParallel } from '../harness/in-parallel.ts';
import { ShortScript } from '../harness/short-script.ts';
import { type StabilityServer, startServer } from '../harness/stability-server.ts';

const AT_ONCE = 24;

let server: StabilityServer<unknown>;
let script: ShortScript;

beforeAll(async () => {
  const log = new MemoryLogStore();
  server = await startServer({}, { log });
  script = new ShortScript(server, log);
});

afterAll(() => server.close());

function points(total: number, step = 1): readonly number[] {
  return Array.from({ length: Math.ceil((total + 1) / step) }, (_, index) => index * step);
}

function name(prefix: string, bytes: number): string {
  return `${prefix}-${String(bytes).padStart(5, '0')}`;
}

describe('a cut after every byte', () => {
  test.each(['up', 'down'] as const)(
    '%s',
    async (direction) => {
      const total = (await script.play(name(`${direction}-uncut`, 0)))[direction];
      expect(total).toBeGreaterThan(300);
      let cuts = 0;
      await inParallel(points(total), AT_ONCE, async (bytes) => {
        const played = await script.play(name(direction, bytes), [{ link: 0, direction, bytes }]);
        cuts += played.cuts;
      });
      // Acknowledgements may be merged differently in a run, so that its last bytes are never reached.
      expect(cuts).toBeGreaterThan(total * 0.95);
    },
    60_000,
  );
});

test('a cut, and another one while the client is coming back', async () => {
  await withSeed(async (_seed, random) => {
    const uncut = await script.play(name('twice-uncut', 0));
    let cuts = 0;
    await inParallel(points(uncut.down, 9), AT_ONCE, async (bytes) => {
      const direction = random.next() < 0.5 ? 'up' : 'down';
      const again = Math.floor(random.next() * uncut[direction]);
      const played = await script.play(name('twice', bytes), [
        { link: 0, direction: 'down', bytes },
        { link: 1, direction, bytes: again },
        // Right before the welcome is complete: between welcome and ready, twice in a row.
        { link: 2, direction: 'down', bytes: Math.floor(random.next() * 600) },
      ]);
      cuts += played.cuts;
    });
    expect(cuts).toBeGreaterThan(uncut.down / 9);
  });
}, 60_000);
