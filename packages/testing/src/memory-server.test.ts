import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { eventually } from './eventually.ts';
import { createMemoryServer } from './memory-server.ts';

function echoing() {
  const memory = createMemoryServer();
  const sockets = new WebSocketServer({ noServer: true, autoPong: true });
  memory.server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      accepted.on('error', () => {});
      accepted.on('message', (data, binary) => accepted.send(data, { binary }));
    });
  });
  return { memory, sockets };
}

test('a WebSocket reaches the server in memory, both ways, text and binary', async () => {
  const { memory } = echoing();
  const heard: unknown[] = [];
  const socket = new memory.WebSocket('ws://anywhere/path');
  socket.on('open', () => {
    socket.send('text');
    socket.send(Buffer.alloc(200_000, 3));
  });
  socket.on('message', (data: Buffer, binary) => heard.push(binary ? data.length : data.toString()));
  await eventually(() => expect(heard).toEqual(['text', 200_000]));
  expect(memory.connections).toBe(1);
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.close(1000, 'done');
  expect(await closed).toBe(1000);
  await eventually(() => expect(memory.connections).toBe(0));
});

test('a cut ends both sides without a close frame', async () => {
  const { memory, sockets } = echoing();
  const socket = new memory.WebSocket('ws://anywhere');
  socket.on('error', () => {});
  await new Promise((resolve) => socket.on('open', resolve));
  const code = new Promise((resolve) => socket.on('close', resolve));
  memory.cut();
  expect(await code).toBe(1006);
  await eventually(() => expect(sockets.clients.size).toBe(0));
});

test('a server that refuses fails the dial, and takes the next one again', async () => {
  const { memory } = echoing();
  memory.refuse(true);
  const failed = new memory.WebSocket('ws://anywhere');
  await expect(new Promise((_, reject) => failed.on('error', reject))).rejects.toThrow(/refuses/);
  memory.refuse(false);
  const socket = new memory.WebSocket('ws://anywhere');
  await new Promise((resolve) => socket.on('open', resolve));
  socket.terminate();
});

test('a path that upgrades nothing answers as a server does', async () => {
  const memory = createMemoryServer();
  const socket = new memory.WebSocket('ws://anywhere');
  await expect(new Promise((_, reject) => socket.on('error', reject))).rejects.toThrow(/404/);
});
