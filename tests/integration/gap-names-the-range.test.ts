// Retention too small on purpose: what a client missed is named exactly, and everything still retained arrives.
import type { Gap } from '@ws-stability/protocol';
import { MemoryLogStore } from '@ws-stability/store';
import { assertDelivery, eventually, FaultProxy, History } from '@ws-stability/testing';
import { expect, test } from 'vitest';
import { subscribeRecorded } from '../harness/recorded-client.ts';
import { connectClient, startServer } from '../harness/stability-server.ts';

interface Case {
  readonly name: string;
  readonly log: ConstructorParameters<typeof MemoryLogStore>[0];
  readonly payloadBytes: number;
  readonly why: Gap['why'];
}

test.each<Case>([
  { name: 'entries', log: { retentionEntries: 10 }, payloadBytes: 10, why: 'retention' },
  { name: 'bytes', log: { retentionBytes: 65_536 }, payloadBytes: 8_000, why: 'retention' },
  { name: 'the budget of all logs', log: { budgetBytes: 1_048_576 }, payloadBytes: 60_000, why: 'budget' },
])('a client that was away longer than the retention of $name', async ({ log: options, payloadBytes, why }) => {
  const log = new MemoryLogStore(options);
  await using server = await startServer({}, { log });
  await using proxy = await FaultProxy.listen({ port: server.port, seed: 3 });
  const history = new History();
  const client = connectClient(proxy.port);
  const padding = 'x'.repeat(payloadBytes);
  let published = 0;
  const publish = async (): Promise<void> => {
    const content = `m${++published}`;
    const outcome = await server.manager.publish('news', `${content} ${padding}`);
    if (outcome.status === 'appended') history.publish('news', content, outcome.position);
  };
  const delivered = () => history.seen.filter((event) => event.type === 'delivered');

  await subscribeRecorded(history, client, 'client', 'news');
  for (let n = 0; n < 3; n++) await publish();
  await eventually(() => expect(delivered()).toHaveLength(3));

  proxy.refuse();
  proxy.cutAll('reset');
  await eventually(() => expect(client.state.name).not.toBe('online'));
  for (let n = 0; n < 60; n++) await publish();
  const [head] = await log.heads(['news']);
  const first = head?.first ?? 0;
  expect(first).toBeGreaterThan(5);
  proxy.refuse(false);

  await eventually(() => expect(delivered().at(-1)).toMatchObject({ content: `m${published}` }));
  await publish();
  await eventually(() => expect(delivered().at(-1)).toMatchObject({ content: `m${published}` }));
  const gaps = history.seen.filter((event) => event.type === 'gap').map((event) => event.gap);
  const epoch = head?.epoch ?? 0;
  expect(gaps).toEqual([expect.objectContaining({ was: [epoch, 3], now: [epoch, first - 1], why })]);
  const report = assertDelivery(history);
  expect(report.counts).toMatchObject({ missedInGaps: first - 1 - 3, delivered: published - (first - 1 - 3) });
  await client.close();
});

test('one of twenty topics with a gap: the others go on without one', async () => {
  const log = new MemoryLogStore({ retentionEntries: 10 });
  await using server = await startServer({}, { log });
  await using proxy = await FaultProxy.listen({ port: server.port, seed: 4 });
  const history = new History();
  const client = connectClient(proxy.port);
  const topics = Array.from({ length: 20 }, (_, index) => `topic-${index}`);
  const publish = async (topic: string, content: string): Promise<void> => {
    const outcome = await server.manager.publish(topic, content);
    if (outcome.status === 'appended') history.publish(topic, content, outcome.position);
  };
  for (const topic of topics) await subscribeRecorded(history, client, 'client', topic);
  for (const topic of topics) await publish(topic, `${topic}-before`);
  await eventually(() => expect(history.seen.filter((event) => event.type === 'delivered')).toHaveLength(20));
  proxy.refuse();
  proxy.cutAll();
  await eventually(() => expect(client.state.name).not.toBe('online'));
  for (const topic of topics)
    for (let n = 0; n < (topic === 'topic-7' ? 30 : 5); n++) await publish(topic, `${topic}-${n}`);
  proxy.refuse(false);
  await eventually(() =>
    expect(history.seen.filter((event) => event.type === 'delivered')).toHaveLength(20 + 19 * 5 + 10),
  );
  const gaps = history.seen.filter((event) => event.type === 'gap');
  expect(gaps.map((event) => event.topic)).toEqual(['topic-7']);
  assertDelivery(history);
  await client.close();
});

test('a log that was opened again starts a new epoch: the loss is told, then it goes on', async () => {
  const history = new History();
  await using old = await startServer({}, { log: new MemoryLogStore({}, { epoch: 7 }) });
  await using fresh = await startServer({}, { log: new MemoryLogStore({}, { epoch: 9 }) });
  await using proxy = await FaultProxy.listen({ port: old.port, seed: 5 });
  const client = connectClient(proxy.port);
  await subscribeRecorded(history, client, 'client', 'news');
  const publish = async (server: typeof old, content: string): Promise<void> => {
    const outcome = await server.manager.publish('news', content);
    if (outcome.status === 'appended') history.publish('news', content, outcome.position);
  };
  for (const content of ['one', 'two', 'three']) await publish(old, content);
  await eventually(() => expect(history.seen.filter((event) => event.type === 'delivered')).toHaveLength(3));
  proxy.setTarget(fresh.port);
  proxy.cutAll('reset');
  await eventually(() =>
    expect(history.seen.at(-1)).toMatchObject({ type: 'gap', gap: { was: [7, 3], now: [9, 0], why: 'epoch' } }),
  );
  await publish(fresh, 'four');
  await eventually(() => expect(history.seen.at(-1)).toMatchObject({ type: 'delivered', position: [9, 1] }));
  assertDelivery(history);
  await client.close();
});
