// Many clients that publish and listen while a proxy cuts them at random moments.

import type { ManagerDependencies, ManagerOptions } from '@ws-stability/manager';
import {
  assertDelivery,
  checkDelivery,
  cutAtRandom,
  type DeliveryReport,
  eventually,
  FaultProxy,
  History,
} from '@ws-stability/testing';
import { publishFromServer, publishRecorded, subscribeRecorded } from './recorded-client.ts';
import { connectClient, startServer } from './stability-server.ts';

export interface Storm {
  readonly seed: number;
  readonly clients: number;
  /** Messages that each client publishes to its own topic, which it listens to as well. */
  readonly upEach: number;
  /** Messages that the server publishes to the topic that all listen to. */
  readonly downToAll: number;
  readonly betweenCutsMs: readonly [number, number];
  /** How long the messages may take to arrive after the last cut, in milliseconds. @default 20000 */
  readonly patienceMs?: number;
  readonly manager?: ManagerOptions;
  readonly dependencies?: ManagerDependencies<unknown>;
}

export async function storm(
  options: Storm,
): Promise<{ readonly report: DeliveryReport; readonly cuts: number; readonly gaps: number }> {
  const { seed, clients: count, upEach, downToAll, betweenCutsMs, patienceMs = 20_000 } = options;
  const history = new History();
  await using server = await startServer(options.manager, options.dependencies);
  await using proxy = await FaultProxy.listen({ port: server.port, seed });
  const clients = Array.from({ length: count }, (_, index) => ({
    client: connectClient(proxy.port),
    name: `client-${index}`,
    topic: `own-${index}`,
  }));
  try {
    await Promise.all(
      clients.flatMap(({ client, name, topic }) => [
        subscribeRecorded(history, client, name, topic),
        subscribeRecorded(history, client, name, 'all'),
      ]),
    );
    const cuts = cutAtRandom(proxy, { leastMs: betweenCutsMs[0], mostMs: betweenCutsMs[1] });
    await Promise.all([
      ...clients.map(async ({ client, name, topic }) => {
        for (let n = 1; n <= upEach; n++) await publishRecorded(history, client, topic, `${name}-${n}`);
      }),
      (async () => {
        for (let n = 1; n <= downToAll; n++) {
          await publishFromServer(history, server.manager, 'all', `all-${n}`);
          await new Promise<void>((resolve) => setTimeout(resolve, 5));
        }
      })(),
    ]);
    cuts.close();
    // On timeout the report says what is missing.
    await eventually(() => assertDelivery(history), { timeoutMs: patienceMs, everyMs: 100 }).catch(() => {});
    const gaps = history.seen.filter((event) => event.type === 'gap').length;
    return { report: checkDelivery(history), cuts: proxy.snapshot().cuts, gaps };
  } finally {
    await Promise.all(clients.map(({ client }) => client.close()));
  }
}
