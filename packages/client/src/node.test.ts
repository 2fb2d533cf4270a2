import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { StabilityError } from '@ws-stability/core';
import { decodeUpward, encodeControl } from '@ws-stability/protocol';
import { afterEach, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { StabilityClient as Bare } from './client.ts';
import { StabilityClient } from './node.ts';
import { welcome } from './testing/fake-server.ts';

const servers: WebSocketServer[] = [];

/** A server on an idle port; clients that are still open when the test ends are destroyed. */
async function listen(onMessage: (say: (text: string) => void, message: Buffer) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  servers.push(server);
  await once(server, 'listening');
  server.on('connection', (socket) =>
    socket.on('message', (message: Buffer) => onMessage((text) => socket.send(text), message)),
  );
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

afterEach(() => {
  vi.unstubAllGlobals();
  for (const server of servers.splice(0)) {
    for (const client of server.clients) client.terminate();
    server.close();
  }
});

it('speaks through `ws`, text and binary', async () => {
  const url = await listen((say, message) => {
    const frame = decodeUpward(message, message[0] === 2);
    if (frame.t === 'hello') say(encodeControl(welcome()));
    if (frame.t === 'data')
      say(
        encodeControl({
          t: 'res',
          n: frame.seq,
          ok: true,
          value: { binary: frame.binary, bytes: frame.payload.length },
        }),
      );
  });
  const client = new StabilityClient(url);
  await expect(client.send('grüß')).resolves.toEqual({ binary: false, bytes: 6 });
  await expect(client.send(new Uint8Array(5))).resolves.toEqual({ binary: true, bytes: 5 });
  await client.close();
  expect(client.state).toEqual({ name: 'closed', code: undefined });
});

it('knows a server that echoes our subprotocol but not our greeting', async () => {
  const url = await listen((say, message) => say(message.toString()));
  const client = new StabilityClient(url);
  const error = await new Promise<StabilityError>((resolve) => client.on('error', resolve));
  expect(error.code).toBe('ERR_UNSUPPORTED');
  expect(client.state).toEqual({ name: 'closed', code: 'ERR_UNSUPPORTED' });
});

it('says what to do where there is no WebSocket', () => {
  vi.stubGlobal('WebSocket', undefined);
  expect(() => new Bare('ws://127.0.0.1:1/')).toThrow(/@ws-stability\/client\/node/);
});
