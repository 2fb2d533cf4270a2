// The clients whose messages are counted.
import type { Batch } from '../frame/area.ts';

/** How many take turns where a counter is kept for each client; a power of two. */
const TAKING_TURNS = 1024;

export const clientIds = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, number) => `client-${number}`);

/** Does the update for each of 1,024 clients in turn. */
export function inTurn<Client>(clientOf: (id: string) => Client, update: (client: Client) => void): Batch {
  const clients = clientIds(TAKING_TURNS).map(clientOf);
  const [first] = clients;
  if (first === undefined) throw new Error('There are no clients.');
  return {
    run: (times) => {
      for (let i = 0; i < times; i++) update(clients[i & (TAKING_TURNS - 1)] ?? first);
      return clients;
    },
  };
}

/** Five counters of each client. */
export const columns = ['messages_sent', 'messages_received', 'bytes_sent', 'bytes_received', 'errors'] as const;
