import { StabilityClient } from '@ws-stability/client';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type RunningServer, startServer } from '../testing/running-server.ts';

function connectResumable({ port }: RunningServer): StabilityClient & AsyncDisposable {
  const url = `ws://127.0.0.1:${port}/ws`;
  return new StabilityClient(url, { baseMs: 5, floorMs: 1, capMs: 50 }, { WebSocket });
}

describe('a plain client', () => {
  it('receives the raw payloads of its topic, and what it sends is published to it', async () => {
    await using running = await startServer();
    const [a, b] = [await running.connect('/ws?topic=t'), await running.connect('/ws?topic=t')];
    a.send('text');
    await expect.poll(() => b.messages).toEqual(['text']);
    a.send(new Uint8Array([0, 255]));
    await expect.poll(() => b.messages).toEqual(['text', Buffer.from([0, 255])]);
    expect(a.messages).toEqual(b.messages);
  });

  it('starts where it asks to', async () => {
    await using running = await startServer();
    for (const payload of ['1', '2', '3']) await running.publish({ topic: 't', payload });
    const all = await running.connect('/ws?topic=t&from=start');
    const last = await running.connect('/ws?topic=t&from=last:2');
    await expect.poll(() => all.messages).toEqual(['1', '2', '3']);
    await expect.poll(() => last.messages).toEqual(['2', '3']);
  });

  it('gets several topics in envelopes that name them', async () => {
    await using running = await startServer();
    const client = await running.connect('/ws?topic=a&topic=b&envelope=json');
    const { json: at } = await running.publish({ topic: 'b', payload: { x: 1 } });
    await expect.poll(() => client.messages.length).toBe(1);
    const { epoch } = at as { epoch: number };
    expect(JSON.parse(String(client.messages[0]))).toEqual({ topic: 'b', epoch, offset: 1, payload: '{"x":1}' });
    client.send(new Uint8Array([1, 2]));
    await expect.poll(() => client.messages.length).toBe(2);
    expect(JSON.parse(String(client.messages[1]))).toMatchObject({ topic: 'a', payloadBase64: 'AQI=' });
  });

  it('with a name gets what it missed while it was away', async () => {
    await using running = await startServer();
    const before = await running.connect('/ws?topic=t&client=me');
    await running.publish({ topic: 't', payload: 'one' });
    await expect.poll(() => before.messages).toEqual(['one']);
    before.close();
    await expect.poll(() => running.server.manager.snapshot().connections.active).toBe(0);
    await running.publish({ topic: 't', payload: 'two' });
    const after = await running.connect('/ws?topic=t&client=me');
    await expect.poll(() => after.messages.at(-1)).toBe('two');
  });

  it.each([
    ['/ws', 400, 'topic'],
    ['/ws?topic=t&from=never', 400, 'from'],
    ['/ws?topic=t&client=a%20b', 400, 'client'],
    ['/other?topic=t', 404, undefined],
  ])('is told before the 101 what is wrong with %s', async (target, status, field) => {
    await using running = await startServer();
    const refused = running.connect(target);
    await expect(refused).rejects.toMatchObject({ status, body: { error: { remedy: expect.any(String) } } });
    await refused.catch(({ body }) => expect(body.error.field).toBe(field));
  });

  it('is refused when it comes by a name that is not ours, or from a page of another origin', async () => {
    await using running = await startServer();
    await expect(running.connect('/ws?topic=t', { headers: { host: 'evil.example' } })).rejects.toMatchObject({
      status: 421,
    });
    await expect(running.connect('/ws?topic=t', { headers: { origin: 'https://evil.example' } })).rejects.toThrow(
      '403',
    );
  });

  it('cannot take a name outside development', async () => {
    await using running = await startServer({ env: 'production' });
    await expect(running.connect('/ws?topic=t&client=me')).rejects.toMatchObject({ status: 400 });
  });
});

describe('the topic echo', () => {
  it('answers a plain client with what it sent, and nobody else', async () => {
    await using running = await startServer();
    const [a, b] = [await running.connect('/ws?topic=echo'), await running.connect('/ws?topic=echo')];
    a.send('mine');
    a.send(new Uint8Array([7]));
    b.send('yours');
    await expect.poll(() => a.messages).toEqual(['mine', Buffer.from([7])]);
    await expect.poll(() => b.messages).toEqual(['yours']);
  });

  it('answers requests of a resumable client', async () => {
    await using running = await startServer();
    await using client = connectResumable(running);
    expect(await client.request('echo', 'text')).toBe('text');
    expect(await client.request('echo', '{"a":[1]}')).toEqual({ a: [1] });
  });

  it('is nothing that a resumable client could publish to or subscribe', async () => {
    await using running = await startServer();
    await using client = connectResumable(running);
    await expect(client.publish('echo', 'x')).rejects.toMatchObject({
      message: expect.stringContaining('use request'),
    });
    const outcome = await client.subscribe('echo', () => {}).ready.catch((error: unknown) => error);
    expect(JSON.stringify(outcome)).toContain('use request');
  });
});

describe('the playground controls', () => {
  const numbers = (received: readonly string[]) => received.map((text) => (JSON.parse(text) as { n: number }).n);

  it('cut the connection of who asks in the middle of a flood, and nothing is lost', async () => {
    await using running = await startServer();
    await using client = connectResumable(running);
    const received: string[] = [];
    const subscription = client.subscribe('t', (payload) => void received.push(String(payload)));
    await subscription.ready;
    const flood = await client.request<{ run: string; count: number }>('playground/flood', '{"topic":"t","count":200}');
    expect(flood).toEqual({ topic: 't', count: 200, run: expect.stringMatching(/^[0-9a-f]{8}$/) });
    await expect.poll(() => received.length).toBeGreaterThan(20);
    expect(await client.request('playground/cut', 'null')).toEqual({ cut: true });
    await expect.poll(() => received.length, { timeout: 5_000 }).toBe(200);
    expect(numbers(received)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    expect(running.server.manager.snapshot().connections.reconnections).toBeGreaterThan(0);
    expect(JSON.parse(received[0] ?? '')).toEqual({ run: flood.run, n: 1, of: 200, text: 'message 1 of 200' });
  });

  it('hold back what is written to who asks, and then give it all', async () => {
    await using running = await startServer();
    await using client = connectResumable(running);
    const received: string[] = [];
    await client.subscribe('t', (payload) => void received.push(String(payload))).ready;
    const stalled = client.request('playground/stall', '{"ms":300}');
    await expect.poll(() => running.server.manager.snapshot().messages.received).toBeGreaterThan(0);
    await running.publish({ topic: 't', payload: 'late' });
    expect(received).toEqual([]);
    await expect.poll(() => received, { timeout: 3_000 }).toEqual(['late']);
    expect(await stalled).toEqual({ ms: 300 });
  });

  it.each([
    ['playground/stall', '{"ms":30001}'],
    ['playground/stall', '{}'],
    ['playground/flood', '{"topic":"t","count":1001}'],
    ['playground/flood', '{"topic":"echo","count":1}'],
    ['playground/flood', '5'],
  ])('refuse %s with %s', async (name, payload) => {
    await using running = await startServer();
    await using client = connectResumable(running);
    await expect(client.request(name, payload)).rejects.toMatchObject({ code: 'ERR_PAYLOAD' });
  });

  it('do not exist outside development', async () => {
    await using running = await startServer({ env: 'production' });
    await using client = connectResumable(running);
    await expect(client.request('playground/cut', 'null')).rejects.toMatchObject({ code: 'ERR_NO_HANDLER' });
  });
});
