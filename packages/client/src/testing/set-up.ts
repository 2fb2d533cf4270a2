// A client and the other end, with a manual clock, in the states that tests begin with.
import { ManualClock, seededRandom } from '@ws-stability/core/testing';
import { expect } from 'vitest';
import { StabilityClient } from '../client.ts';
import type { ClientDependencies, ClientOptions } from '../client-dependencies.ts';
import type { ClientEvents } from '../client-events.ts';
import { FakeServer, type FakeSocket, turn } from './fake-server.ts';

export interface Parts {
  readonly client: StabilityClient;
  readonly server: FakeServer;
  readonly clock: ManualClock;
  readonly events: { readonly name: keyof ClientEvents; readonly value: unknown }[];
  of<Name extends keyof ClientEvents>(name: Name): ClientEvents[Name][0][];
}

export function setUp(options: ClientOptions = {}, dependencies: ClientDependencies = {}): Parts {
  const server = new FakeServer();
  const clock = new ManualClock();
  const client = new StabilityClient('ws://test/', options, {
    WebSocket: server.WebSocket,
    clock,
    random: seededRandom(1),
    ...dependencies,
  });
  const events: Parts['events'] = [];
  for (const name of ['state', 'session', 'gap', 'skip', 'goaway', 'left', 'authreq', 'error'] as const) {
    client.on(name, (...[value]: readonly unknown[]) => void events.push({ name, value }));
  }
  const of = <Name extends keyof ClientEvents>(name: Name) =>
    events.filter((event) => event.name === name).map((event) => event.value as ClientEvents[Name][0]);
  return { client, server, clock, events, of };
}

export async function online(
  options: ClientOptions = {},
  dependencies: ClientDependencies = {},
): Promise<Parts & { socket: FakeSocket }> {
  const parts = setUp(options, dependencies);
  await turn();
  const { socket } = parts.server;
  socket.welcome();
  socket.sent();
  return { ...parts, socket };
}

/** Cuts the connection and resumes on the next one. */
export async function resume({ server, clock }: Parts, welcome: Parameters<FakeSocket['welcome']>[0] = {}) {
  server.socket.end();
  clock.advance(30_000);
  await turn();
  const { socket } = server;
  const hello = socket.welcome({ resumed: true, generation: 2, ...welcome });
  const [ready, ...rest] = socket.sent();
  expect(ready).toMatchObject({ t: 'ready' });
  return { socket, hello, rest };
}

export const errorCodes = (parts: Parts) => parts.of('error').map(({ code }) => code);
