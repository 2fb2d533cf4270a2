import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { ConnectionManager } from '../connection-manager.ts';
import type { UpgradeDecision } from '../dependencies.ts';
import { startServer } from '../testing/test-server.ts';
import { until } from '../testing/until.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What an upgrade that is not accepted is answered. */
async function refusalOf(port: number, headers: Record<string, string> = {}, path = '/'): Promise<Answer> {
  const request = httpRequest({
    port,
    host: '127.0.0.1',
    path,
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
      ...headers,
    },
  });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode, headers: response.headers, body };
}

describe('an upgrade', () => {
  it('is decided by onUpgrade, which binds principal and data to the session', async () => {
    const onUpgrade = (request: IncomingMessage): UpgradeDecision<{ role: string }> =>
      request.headers.cookie === 'user=ann'
        ? { accept: true, principal: 'ann', data: { role: 'admin' } }
        : { accept: false, status: 401, message: 'Log in first.', headers: { 'WWW-Authenticate': 'Cookie' } };
    await using server = await startServer({}, { onUpgrade });
    const refused = vi.fn();
    server.manager.on('refused', refused);
    const ann = await server.greet({}, { headers: { Cookie: 'user=ann' } });
    expect(server.manager.session(ann.session)).toMatchObject({ principal: 'ann', data: { role: 'admin' } });
    const answer = await refusalOf(server.port);
    expect(answer).toMatchObject({ status: 401, body: '{"error":{"message":"Log in first."}}' });
    expect(answer.headers).toMatchObject({ 'www-authenticate': 'Cookie', 'x-content-type-options': 'nosniff' });
    expect(refused).toHaveBeenCalledWith({ status: 401, message: 'Log in first.' });
    expect(server.manager.snapshot().connections).toMatchObject({ total: 1, failed: 1 });
  });

  it.each([
    ['hangs', () => new Promise<never>(() => {}), 'ERR_HOOK_TIMEOUT'],
    ['rejects', () => Promise.reject(Object.assign(new Error('x'), { code: 'OURS' })), 'OURS'],
    ['throws', thrower, 'OURS'],
  ])('is refused 503 when onUpgrade %s, and the next one is not affected', async (_, onUpgrade, code) => {
    let broken = true;
    await using server = await startServer(
      { upgradeTimeoutMs: 50, maxUnauthenticated: 1 },
      { onUpgrade: () => (broken ? onUpgrade() : { accept: true }) },
    );
    const startedAt = performance.now();
    const answer = await refusalOf(server.port);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(answer.body).not.toContain('x');
    expect(server.errors.splice(0)).toMatchObject([{ code }]);
    broken = false;
    await (await server.greet()).settled();
  });

  it.each<[string, unknown, number]>([
    ['nothing', undefined, 503],
    ['null', null, 503],
    ['an object that says neither yes nor no', {}, 503],
    ['a no without a status', { accept: false, message: 'no' }, 403],
    [
      'a no whose header is a number',
      { accept: false, status: 401, message: 'no', headers: { 'Retry-After': 5 } },
      401,
    ],
  ])('is not let in by a hook that answers %s', async (_, answer, status) => {
    await using server = await startServer({}, { onUpgrade: () => answer as UpgradeDecision<unknown> });
    expect((await refusalOf(server.port)).status).toBe(status);
    for (const error of server.errors.splice(0)) expect(error).toMatchObject({ code: 'ERR_HOOK' });
  });

  it('whose socket dies while it is decided leaves nothing behind, and tells the hook', async () => {
    let decide = (_: UpgradeDecision<unknown>): void => {};
    const signals: AbortSignal[] = [];
    const onUpgrade = (_: IncomingMessage, signal: AbortSignal): Promise<UpgradeDecision<unknown>> => {
      signals.push(signal);
      return new Promise((resolve) => {
        decide = resolve;
      });
    };
    await using server = await startServer({}, { onUpgrade });
    const connections = vi.fn();
    server.manager.on('connection', connections);
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    const key = Buffer.alloc(16).toString('base64');
    socket.write(
      `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    await until(() => expect(signals).toHaveLength(1));
    expect(signals[0]?.aborted).toBe(false);
    socket.resetAndDestroy();
    await until(() => expect(signals[0]?.aborted).toBe(true));
    decide({ accept: true });
    const next = server.dial();
    await until(() => expect(signals).toHaveLength(2));
    decide({ accept: true });
    await next;
    expect(connections).toHaveBeenCalledTimes(1);
    expect(server.manager.snapshot().connections).toMatchObject({ total: 1, active: 1 });
  });

  it('of a page of another origin is refused 403 before anybody is asked', async () => {
    const onUpgrade = vi.fn(() => ({ accept: true as const }));
    await using server = await startServer(
      { origins: ['https://example.com'], allowMissingOrigin: false },
      { onUpgrade },
    );
    for (const origin of ['https://evil.io', 'null', 'http://example.com'])
      expect(await refusalOf(server.port, { Origin: origin })).toMatchObject({ status: 403 });
    expect(await refusalOf(server.port)).toMatchObject({ status: 403 });
    expect(onUpgrade).not.toHaveBeenCalled();
    await server.greet({}, { headers: { Origin: 'https://example.com' } });
  });

  it('beyond maxConnections or maxUnauthenticated is refused 503 with Retry-After', async () => {
    await using server = await startServer({ maxConnections: 2, maxUnauthenticated: 1 });
    const first = await server.dial();
    const crowded = await refusalOf(server.port);
    expect(crowded).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(crowded.body).toContain('maxUnauthenticated');
    await first.hello();
    const second = await server.greet({ instance: 'i2' });
    expect((await refusalOf(server.port)).body).toContain('maxConnections');
    second.cut();
    await until(() => expect(server.manager.snapshot().connections.active).toBe(1));
    await server.greet({ instance: 'i3' });
  });

  it('that is no WebSocket’s is refused 400 by the library', async () => {
    await using server = await startServer();
    expect(await refusalOf(server.port, { 'Sec-WebSocket-Key': 'short' })).toMatchObject({ status: 400 });
    expect(server.manager.snapshot().connections.total).toBe(0);
  });

  it('to another path is answered 404, or left to whoever else listens', async () => {
    const http = createServer();
    const manager = new ConnectionManager();
    const detach = manager.attach(http, { path: '/ws' });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const { port } = http.address() as AddressInfo;
    expect(await refusalOf(port, {}, '/other')).toMatchObject({ status: 404 });
    const theirs = ({ url }: IncomingMessage, socket: Duplex): void => {
      if (url === '/other') socket.end('HTTP/1.1 418 \r\nConnection: close\r\n\r\n');
    };
    http.on('upgrade', theirs);
    expect(await refusalOf(port, {}, '/other')).toMatchObject({ status: 418 });
    const ws = new WebSocket(`ws://127.0.0.1:${port}/ws?x=1`, 'ws-stability.v1');
    await once(ws, 'open');
    expect(ws.protocol).toBe('ws-stability.v1');
    ws.terminate();
    detach();
    expect(http.listeners('upgrade')).toEqual([theirs]);
    await manager.shutdown({ deadlineMs: 0 });
    http.close();
  });
});

function thrower(): never {
  throw Object.assign(new Error('x'), { code: 'OURS' });
}
