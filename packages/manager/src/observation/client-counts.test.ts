import { ManualClock } from '@ws-stability/core/testing';
import { describe, expect, it } from 'vitest';
import { startServer } from '../testing/test-server.ts';
import { until } from '../testing/until.ts';
import { type ClientColumn, type ClientLedger, clientColumns } from './observer.ts';

/** Statistics as simple as they can be: a map of counts for each slot. */
class Ledger implements ClientLedger {
  readonly columns = Object.fromEntries(clientColumns.map((name, number) => [name, number])) as {
    readonly [Column in ClientColumn]: number;
  };
  readonly rows: { readonly id: string; connected: boolean; readonly counts: Map<string, number> }[] = [];

  open(id: string): number {
    this.rows.push({ id, connected: true, counts: new Map() });
    return this.rows.length - 1;
  }

  reopen(slot: number, id: string): number {
    const row = this.rows[slot];
    if (row?.id !== id) return this.open(id);
    row.connected = true;
    return slot;
  }

  close(slot: number): void {
    const row = this.rows[slot];
    if (row !== undefined) row.connected = false;
  }

  add(slot: number, column: number, amount: number): void {
    const name = clientColumns[column] ?? 'none';
    const counts = this.rows[slot]?.counts;
    counts?.set(name, (counts.get(name) ?? 0) + amount);
  }

  of(id: string): Record<string, number> {
    return Object.fromEntries(this.rows.find((row) => row.id === id)?.counts ?? []);
  }
}

describe('an observer', () => {
  it('is told what happens to each client, and how long things take', async () => {
    const clients = new Ledger();
    const acknowledged: number[] = [];
    const handled: number[] = [];
    const observer = {
      clients,
      acknowledged: (ms: number) => acknowledged.push(ms),
      handled: (ms: number) => handled.push(ms),
    };
    const clock = new ManualClock();
    await using server = await startServer({}, { observer, clock });
    server.manager.onMessage(() => 'done');
    const client = await server.greet();
    await client.subscribe('a');
    const outcome = await server.manager.publish('a', 'one');
    await client.data('a', 1);
    if (outcome.status === 'appended') client.ack({ a: outcome.position });
    client.send('hello');
    await client.next('res');
    client.send('hello', { seq: 1 });
    await client.next('res');
    await client.settled();
    expect(acknowledged).toHaveLength(1);
    expect(handled).toHaveLength(1);
    for (const ms of [...acknowledged, ...handled]) expect(ms).toBeGreaterThanOrEqual(0);
    client.cut();
    await until(() => expect(server.manager.snapshot().connections.active).toBe(0));
    await server.manager.publish('a', 'two');
    await server.manager.publish('a', 'three', { ttlMs: 1 });
    clock.advance(5);
    const back = await server.greet({ session: client.session, token: client.token });
    await back.data('a', 1);
    await back.next('skip');
    expect(clients.of(client.session)).toMatchObject({
      connections: 2,
      disconnections: 1,
      reconnections: 1,
      retry_attempts: 1,
      retry_successes: 1,
      messages_sent: 2,
      messages_queued: 1,
      messages_expired: 1,
      messages_deduplicated: 1,
    });
    expect(clients.of(client.session).sent_bytes).toBeGreaterThan(0);
    expect(clients.rows.map(({ connected }) => connected)).toEqual([true]);
    server.manager.session(client.session)?.close();
    await back.closed;
    expect(clients.rows.map(({ connected }) => connected)).toEqual([false]);
  });
});
