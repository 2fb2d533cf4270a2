// Two managers on the same stores, as two nodes of one service have them.
import { describe, expect, it } from 'vitest';
import { storeKinds } from './testing/stores.ts';
import { startServer } from './testing/test-server.ts';
import { until } from './testing/until.ts';

describe.each(storeKinds)('two nodes, on $name', ({ open }) => {
  it('deliver what either publishes', async () => {
    const stores = open();
    await using one = await startServer({}, stores);
    await using two = await startServer({}, stores);
    const client = await one.greet();
    await client.subscribe('a');
    await two.manager.publish('a', 'from two');
    await one.manager.publish('a', 'from one');
    expect(await client.data('a', 2)).toEqual([
      [1, 'from two'],
      [2, 'from one'],
    ]);
  });

  it('hand a session on with its positions and results; the first lets go of it', async () => {
    const stores = open();
    await using one = await startServer({ sessionSaveMs: 50 }, stores);
    await using two = await startServer({ sessionSaveMs: 50 }, stores);
    one.manager.onMessage(() => 'by one');
    const client = await one.greet();
    const { session, token } = client;
    await client.subscribe('a');
    for (const payload of ['1', '2']) await one.manager.publish('a', payload);
    await client.data('a', 2);
    client.send('x');
    await client.next('res');
    const at = client.welcome?.topics.get('@');
    client.ack({ a: [at !== undefined && 'at' in at ? at.at[0] : 0, 1] });
    // Written within sessionSaveMs.
    await untilAsync(async () => {
      const loaded = await stores.sessions.load(session);
      if (loaded.status !== 'found' || loaded.record.handled !== 1) throw new Error('not written yet');
    });
    const moved = await two.greet({ session, token });
    expect(moved.welcome).toMatchObject({ session, resumed: true, generation: 2, handled: 1 });
    expect(await moved.next('res')).toMatchObject({ n: 1, value: 'by one' });
    expect(await moved.data('a', 1)).toEqual([[2, '2']]);
    // The first hears of it at its next write, and is dead from then on.
    client.ack({}, 1);
    expect(await client.closed).toMatchObject({ code: 4000 });
    expect(one.manager.session(session)).toBeUndefined();
    await one.manager.publish('a', '3');
    expect(await moved.data('a', 1)).toEqual([[3, '3']]);
    expect(two.manager.session(session)?.connected).toBe(true);
  });

  it('let one of them have a session that two connections claim', async () => {
    const stores = open();
    await using one = await startServer({}, stores);
    await using two = await startServer({}, stores);
    const client = await one.greet();
    const { session, token } = client;
    client.cut();
    await until(() => expect(one.manager.session(session)?.connected).toBe(false));
    const welcomes = await Promise.all(
      [one, two].map(async (node, index) => (await node.greet({ session, token, instance: `i${index}` })).welcome),
    );
    const resumed = welcomes.filter((welcome) => welcome?.resumed);
    expect(resumed).toHaveLength(1);
    expect(welcomes.find((welcome) => !welcome?.resumed)?.why).toBe('inUse');
  });
});

/** As `until`, for checks that ask a store. */
async function untilAsync(check: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + 4_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
