import { MemoryLogStore } from '@ws-stability/store';
import { expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { createPair } from './pair.ts';

test('a client hears what the manager publishes, and is answered, without a port', async () => {
  await using pair = createPair();
  pair.manager.handle('shout', (text) => String(text).toUpperCase());
  const heard: string[] = [];
  await pair.client.subscribe('news', (text) => void heard.push(String(text))).ready;
  pair.manager.publish('news', 'one');
  await pair.client.publish('news', 'two');
  await eventually(() => expect(heard).toEqual(['one', 'two']));
  expect(await pair.client.request('shout', 'hello')).toBe('HELLO');
});

test('a cut loses nothing: the client comes back to its session', async () => {
  await using pair = createPair();
  const heard: string[] = [];
  await pair.client.subscribe('news', (text) => void heard.push(String(text))).ready;
  const { session } = pair.client;
  for (let round = 0; round < 5; round++) {
    pair.manager.publish('news', `before ${round}`);
    pair.cut();
    pair.manager.publish('news', `after ${round}`);
    await eventually(() => expect(heard.at(-1)).toBe(`after ${round}`));
  }
  expect(heard).toHaveLength(10);
  expect(pair.client.session).toBe(session);
});

test('while the server refuses, clients try on', async () => {
  await using pair = createPair();
  const heard: string[] = [];
  await pair.client.subscribe('news', (text) => void heard.push(String(text))).ready;
  pair.refuse();
  pair.cut();
  await eventually(() => expect(pair.client.state.name).toBe('waiting'));
  pair.manager.publish('news', 'missed');
  pair.refuse(false);
  await eventually(() => expect(heard).toEqual(['missed']));
});

test('a store can be given, and settings of both sides', async () => {
  const log = new MemoryLogStore({ retentionEntries: 2 }, { epoch: 5 });
  await using pair = createPair({
    dependencies: { log },
    manager: { windowMessages: 1 },
    client: { outboxMessages: 1 },
  });
  for (const text of ['a', 'b', 'c']) pair.manager.publish('news', text);
  const heard: string[] = [];
  const { ready } = pair.client.subscribe('news', (text) => void heard.push(String(text)), { from: [5, 0] });
  expect(await ready).toMatchObject({ gap: { was: [5, 0], now: [5, 1] } });
  await eventually(() => expect(heard).toEqual(['b', 'c']));
  const first = pair.client.publish('news', 'd');
  await expect(pair.client.publish('news', 'e')).rejects.toMatchObject({ code: 'ERR_OUTBOX_FULL' });
  await first;
});

test('each further client has a session of its own', async () => {
  await using pair = createPair();
  const other = pair.connect();
  await eventually(() => expect([pair.client.state.name, other.state.name]).toEqual(['online', 'online']));
  expect(other.session).not.toBe(pair.client.session);
  expect(pair.connections).toBe(2);
});

test('close ends everything', async () => {
  const pair = createPair();
  await eventually(() => expect(pair.client.state.name).toBe('online'));
  await pair.close();
  expect(pair.client.state.name).toBe('closed');
  await eventually(() => expect(pair.connections).toBe(0));
});
