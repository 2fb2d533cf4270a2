// A short script of subscribe, publish, request, receive and acknowledge over one proxied connection, with cuts.
import { topic } from '@ws-stability/protocol';
import type { LogStore } from '@ws-stability/store';
import { checkDelivery, type Direction, eventually, FaultProxy, History } from '@ws-stability/testing';
import { expect } from 'vitest';
import { readLog } from './log-contents.ts';
import { publishRecorded, subscribeRecorded } from './recorded-client.ts';
import { connectClient, type StabilityServer } from './stability-server.ts';

export interface Cut {
  /** Number of the connection: 0 is the first, 1 the one that follows when that is cut. */
  readonly link: number;
  readonly direction: Direction;
  /** From the connection's start. */
  readonly bytes: number;
}

export interface Played {
  /** Bytes of the first connection, when it lived to the end. */
  readonly up: number;
  readonly down: number;
  /** Cuts that took place. */
  readonly cuts: number;
}

const double = topic<'double', { readonly run: string; readonly n: number }>('double');

/** Holds a server that many runs of the script share, each with a topic of its own. */
export class ShortScript {
  readonly #server: StabilityServer<unknown>;
  readonly #log: LogStore;
  readonly #handled = new Map<string, number>();

  constructor(server: StabilityServer<unknown>, log: LogStore) {
    this.#server = server;
    this.#log = log;
    server.manager.handle(double, ({ run, n }) => {
      this.#handled.set(run, (this.#handled.get(run) ?? 0) + 1);
      return n * 2;
    });
  }

  /** Plays it once and checks all that must hold, cuts or not. @param run names it; all names should be equally long */
  async play(run: string, cuts: readonly Cut[] = []): Promise<Played> {
    const { manager, port } = this.#server;
    const history = new History();
    const name = `t-${run}`;
    await using proxy = await FaultProxy.listen({ port, seed: 1 });
    proxy.onConnection((link) => {
      for (const cut of cuts) if (cut.link === link.index) link.lane(cut.direction).cutAfter(cut.bytes);
    });
    const client = connectClient(proxy.port);
    const inbox: string[] = [];
    client.onInbox((payload) => void inbox.push(String(payload)));

    await subscribeRecorded(history, client, 'client', name);
    const first = publishRecorded(history, client, name, 'up-1', { id: 'fixed-id' });
    const fromServer = await manager.publish(name, 'down-1');
    if (fromServer.status === 'appended') history.publish(name, 'down-1', fromServer.position);
    const doubled = await client.request(double, { run, n: 21 });
    await first;
    await publishRecorded(history, client, name, 'up-2');
    // Resolves when the client's acknowledgement has arrived.
    await manager.send(client.session ?? '', 'to you');
    await eventually(() => expect(history.seen.filter((event) => event.type === 'delivered')).toHaveLength(3));
    const only = proxy.links.find((link) => link.index === 0)?.snapshot();
    await client.close();

    const where = `${run}: ${cuts.map((cut) => `link ${cut.link} ${cut.direction} after ${cut.bytes}`).join(', ') || 'uncut'}`;
    const report = checkDelivery(history);
    expect(report.ok, `${where}: ${report.describe()}`).toBe(true);
    expect(report.counts, where).toMatchObject({ acknowledged: 3, unknown: 0, delivered: 3, gaps: 0 });
    const appended = (await readLog(this.#log, name)).map(({ content }) => content);
    expect([...appended].sort(), where).toEqual(['down-1', 'up-1', 'up-2']);
    expect([doubled, this.#handled.get(run)], where).toEqual([42, 1]);
    expect(inbox, where).toEqual(['to you']);
    return { up: only?.up.forwarded ?? 0, down: only?.down.forwarded ?? 0, cuts: proxy.snapshot().cuts };
  }
}
