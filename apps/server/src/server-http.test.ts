import { describe, expect, it } from 'vitest';
import { startServer } from '../testing/running-server.ts';
import { PLAYGROUND_CSP } from './http/playground-files.ts';
import { createServer } from './server.ts';

const json = { 'content-type': 'application/json' };

describe('POST /api/publish', () => {
  it('answers the position, and for the same id the same one again', async () => {
    await using running = await startServer();
    const first = await running.publish({ topic: 'news', payload: { a: 1 }, id: 'x' });
    const again = await running.publish({ topic: 'news', payload: { a: 2 }, id: 'x' });
    const other = await running.publish({ topic: 'news', payload: 'plain' });
    expect(first).toMatchObject({ status: 200, json: { topic: 'news', offset: 1, duplicate: false } });
    expect(again.json).toEqual({ ...(first.json as object), duplicate: true });
    expect(other.json).toMatchObject({ offset: 2, duplicate: false });
  });

  it.each([
    [415, 'ERR_MEDIA_TYPE', { headers: {}, body: '{}' }],
    [415, 'ERR_MEDIA_TYPE', { headers: { 'content-type': 'text/plain' }, body: '{}' }],
    [415, 'ERR_MEDIA_TYPE', { headers: { 'content-type': 'application/json-patch' }, body: '{}' }],
    [415, 'ERR_MEDIA_TYPE', { headers: {} }],
    [400, 'ERR_JSON', { headers: json, body: '{' }],
    [400, 'ERR_JSON', { headers: json }],
    [400, 'ERR_FIELD', { headers: json, body: '{"topic":"t"}' }],
    [413, 'ERR_TOO_LARGE', { headers: json, body: 'x'.repeat(2 * 1024 * 1024 + 1) }],
    [403, 'ERR_ORIGIN', { headers: { ...json, origin: 'https://evil.example' }, body: '{"topic":"t","payload":1}' }],
    [403, 'ERR_FORBIDDEN', { headers: { ...json, 'x-forwarded-for': '127.0.0.1' }, body: '{"topic":"t","payload":1}' }],
    [403, 'ERR_FORBIDDEN', { headers: { ...json, forwarded: 'for=127.0.0.1' }, body: '{"topic":"t","payload":1}' }],
    [421, 'ERR_HOST', { headers: { ...json, host: 'evil.example' }, body: '{"topic":"t","payload":1}' }],
  ])('refuses with %i %s what it should not take, and publishes nothing', async (status, code, options) => {
    await using running = await startServer();
    const answer = await running.ask('POST', '/api/publish', options);
    expect(answer).toMatchObject({ status, json: { error: { code } } });
    expect(Object.keys((answer.json as { error: object }).error)).toEqual(
      expect.arrayContaining(['message', 'remedy']),
    );
    expect(running.server.manager.snapshot().messages.published).toBe(0);
  });

  it('refuses a message that no topic can keep, by its size', async () => {
    await using running = await startServer();
    const answer = await running.publish({ topic: 't', payload: 'x'.repeat(1024 * 1024 + 1) });
    expect(answer).toMatchObject({ status: 413, json: { error: { code: 'ERR_TOO_LARGE', field: 'payload' } } });
  });

  it('asks everyone for the token where one is set', async () => {
    await using running = await startServer({ server: { apiToken: '0123456789abcdef' } });
    const body = { topic: 't', payload: 1 };
    const without = await running.publish(body);
    expect(without).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
    expect((await running.publish(body, { authorization: 'Bearer 0123456789abcdeX' })).status).toBe(401);
    const forwarded = { authorization: 'Bearer 0123456789abcdef', 'x-forwarded-for': '10.1.1.1' };
    expect((await running.publish(body, forwarded)).status).toBe(200);
  });

  it('takes nothing more while it drains, and says so', async () => {
    await using running = await startServer();
    const drained = running.server.manager.shutdown();
    const answer = await running.publish({ topic: 't', payload: 1 });
    expect(answer).toMatchObject({ status: 503, json: { error: { code: 'ERR_DRAINING' } } });
    expect((await running.ask('GET', '/readyz')).status).toBe(503);
    expect((await running.ask('GET', '/healthz')).status).toBe(200);
    await drained;
  });
});

describe('health', () => {
  it('is well without anyone connected', async () => {
    await using running = await startServer();
    expect((await running.ask('GET', '/healthz')).json).toEqual({ status: 'ok' });
    expect(await running.ask('GET', '/readyz')).toMatchObject({ status: 200, json: { status: 'ready' } });
  });

  it('counts in the groups and names of the original', async () => {
    await using running = await startServer();
    const client = await running.connect('/ws?topic=t');
    await running.publish({ topic: 't', payload: 'x' });
    await expect.poll(() => client.messages).toEqual(['x']);
    const { json: report } = await running.ask('GET', '/health/websocket');
    expect(report).toMatchObject({
      status: 'accepting',
      connections: { total: 1, active: 1, failed: 0, reconnections: 0, timeouts: 0 },
      messages: { sent: 1, published: 1, expired: 0, deduplicated: 0 },
      log: { topics: 1 },
    });
    expect(report).toMatchObject({ uptime_seconds: expect.any(Number), last_update: expect.any(Number) });
  });

  it('tells probes by any Host, and counts only by ours', async () => {
    await using running = await startServer();
    const headers = { host: '10.0.0.7:8080' };
    expect((await running.ask('GET', '/readyz', { headers })).status).toBe(200);
    expect((await running.ask('GET', '/health/websocket', { headers })).status).toBe(421);
  });
});

describe('paths', () => {
  it('that there are not are refused in JSON, as are methods', async () => {
    await using running = await startServer();
    expect(await running.ask('GET', '/nope')).toMatchObject({
      status: 404,
      json: { error: { code: 'ERR_NOT_FOUND' } },
    });
    expect(await running.ask('GET', '/%')).toMatchObject({ status: 400, json: { error: { code: 'ERR_HTTP' } } });
    expect(await running.ask('DELETE', '/api/publish')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(await running.ask('GET', '/ws')).toMatchObject({ status: 426, json: { error: { code: 'ERR_UPGRADE' } } });
  });

  it('lead to nothing outside the playground', async () => {
    await using running = await startServer();
    for (const path of ['/../package.json', '/assets/../../main.js', '/%2e%2e/main.js', '/assets/%2e%2e%2fmain.js']) {
      expect([path, (await running.ask('GET', path)).status]).toEqual([path, 404]);
    }
  });

  it('have no playground in production', async () => {
    await using running = await startServer({ env: 'production' });
    expect((await running.ask('GET', '/')).status).toBe(404);
  });
});

describe('the playground', () => {
  it('is served with a policy that lets nothing in from elsewhere', async () => {
    const { playgroundFolder, readPlaygroundFiles } = await import('./http/playground-files.ts');
    const built = readPlaygroundFiles(playgroundFolder()).length > 0;
    await using running = await startServer();
    const page = await running.ask('GET', '/');
    if (built) {
      expect(page.headers).toMatchObject({
        'content-security-policy': PLAYGROUND_CSP,
        'x-content-type-options': 'nosniff',
      });
      expect(page.text).toContain('<!doctype html>');
    } else {
      expect(page.status).toBe(404);
    }
  });
});

describe('createServer', () => {
  it('says what to do when the port is taken', async () => {
    await using running = await startServer();
    await expect(startServer({ server: { port: running.port } })).rejects.toMatchObject({
      code: 'ERR_LISTEN',
      message: expect.stringContaining('--port'),
    });
  });

  it('refuses wrong settings all at once', () => {
    const start = startServer({ server: { host: '0.0.0.0' }, manager: { pingMs: 1 } });
    return expect(start).rejects.toThrow(/manager\.pingMs(.|\n)*server\.host/);
  });

  it('does not listen once it was shut down', async () => {
    const server = createServer({ server: { port: 0, logLevel: 'silent' } });
    await server.close();
    await expect(server.listen()).rejects.toMatchObject({ code: 'ERR_LISTEN' });
    expect(server.address).toBeUndefined();
  });

  it('shuts down once, however often it is asked', async () => {
    const running = await startServer();
    const [first, second] = await Promise.all([running.server.shutdown(), running.server.shutdown()]);
    expect(first).toBe(second);
    expect(running.server.address).toBeUndefined();
    await running.server.close();
  });
});
