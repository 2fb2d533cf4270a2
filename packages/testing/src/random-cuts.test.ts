import { connect, createServer, type Socket } from 'node:net';
import { ManualClock } from '@ws-stability/core/testing';
import { expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { FaultProxy } from './fault-proxy.ts';
import { cutAtRandom, type PlannedCut } from './random-cuts.ts';
import { withSeed } from './with-seed.ts';

/** Cuts a proxy's two idle connections by plan and says what was planned. */
async function plan(seed: number): Promise<{ readonly planned: readonly PlannedCut[]; readonly words: string }> {
  const far: Socket[] = [];
  const server = createServer((socket) => far.push(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const proxy = await FaultProxy.listen({
    port: typeof address === 'object' && address !== null ? address.port : 0,
    seed,
  });
  const near = [0, 1].map(() => connect({ port: proxy.port, host: '127.0.0.1' }).on('error', () => {}));
  await eventually(() => expect([proxy.links.length, far.length]).toEqual([2, 2]));
  const clock = new ManualClock();
  const cuts = cutAtRandom(proxy, { clock, leastMs: 10, mostMs: 10, withinBytes: 1000 });
  clock.advance(80);
  cuts.close();
  clock.advance(80);
  const words = cuts.describe();
  for (const socket of [...near, ...far]) socket.destroy();
  await proxy.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return { planned: cuts.planned, words };
}

test('the same seed plans the same cuts, another seed others', async () => {
  const first = await plan(11);
  expect(first.planned).toHaveLength(8);
  expect((await plan(11)).planned).toEqual(first.planned);
  expect((await plan(12)).planned).not.toEqual(first.planned);
});

test('the plan says its seed', async () => {
  expect((await plan(11)).words).toMatch(/^seed 11: 8 cuts planned/);
});

test('what a seeded test throws says the seed and how to repeat it', async () => {
  const failing = withSeed((_, random) => {
    throw new Error(`bad luck ${random.next() < 1}`);
  }, 99);
  await expect(failing).rejects.toThrow(/bad luck true\n\(seed 99; repeat it with WS_STABILITY_SEED=99\)/);
  await expect(withSeed((seed) => seed, 5)).resolves.toBe(5);
});

test('waiting for an assertion ends when it holds, or says how long it did not', async () => {
  let tries = 0;
  const value = await eventually(() => {
    if (++tries < 3) throw new Error('not yet');
    return 'there';
  });
  expect([value, tries]).toEqual(['there', 3]);
  const never = eventually(() => expect(1).toBe(2), { timeoutMs: 20 });
  await expect(never).rejects.toThrow(/still so after 20 ms/);
});
