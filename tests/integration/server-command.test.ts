// The command line of the reference server: help, settings and their problems, and what its log never says.
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ServerCommand } from '../harness/server-command.ts';

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  await using server = new ServerCommand(args, env);
  return await server.ended;
}

describe('the command', () => {
  it('helps, tells its version, and prints its settings', async () => {
    const [help, version, config] = await Promise.all([
      run(['--help']),
      run(['--version']),
      run(['--print-config', '--env', 'production', '--port', '81'], {
        WS_STABILITY_MANAGER_PING_MS: '9000',
        WS_STABILITY_MANAGER_PONG_MS: '9000',
      }),
    ]);
    expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('--print-config') });
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    expect(config.stdout).toContain('WS_STABILITY_SERVER_PORT=81  # argument --port\n');
    expect(config.stdout).toContain('WS_STABILITY_MANAGER_PING_MS=9000  # environment WS_STABILITY_MANAGER_PING_MS\n');
    expect(config.stdout).toContain('WS_STABILITY_MANAGER_SESSION_TTL_MS=120000  # preset production\n');
  });

  it('lists everything wrong with its environment and does not start', async () => {
    const { code, stdout, stderr } = await run([], {
      PORT: 'http',
      HOST: '0.0.0.0',
      WS_STABILITY_MANAGER_PING_MS: 'soon',
      WS_STABILITY_LOG_BUDGET_BYTS: '1',
      WS_STABILITY_API_TOKEN: 'swordfish',
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const expected = [
      'ERR_CONFIG: Correct these 5 settings:',
      'server.port is "http"; allowed is a whole number from 0 to 65535 (count). It comes from environment PORT.',
      'server.host is "0.0.0.0"',
      'It comes from environment WS_STABILITY_MANAGER_PING_MS.',
      'did you mean WS_STABILITY_LOG_BUDGET_BYTES',
      'server.apiToken',
    ];
    for (const part of expected) expect(stderr).toContain(part);
    expect(stderr).not.toContain('swordfish');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('says which port is taken and what to do, and exits with 1', async () => {
    await using first = new ServerCommand();
    const port = await first.port();
    const { code, stderr } = await run(['--port', String(port)]);
    expect(code).toBe(1);
    expect(stderr).toContain(`ERR_LISTEN: Cannot listen on 127.0.0.1, port ${port}`);
    expect(stderr).toContain('--port');
  });

  it('refuses a flag there is not', async () => {
    expect(await run(['--prot', '1'])).toMatchObject({ code: 1, stderr: expect.stringContaining('--help') });
  });
});

describe('the log', () => {
  it('has neither payloads nor tokens in it, at its chattiest', async () => {
    const token = 'swordfish-swordfish';
    await using server = new ServerCommand([], {
      WS_STABILITY_API_TOKEN: token,
      WS_STABILITY_SERVER_LOG_LEVEL: 'debug',
    });
    const port = await server.port();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?topic=t`);
    const got: string[] = [];
    socket.on('message', (message: Buffer) => got.push(message.toString()));
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send('marlin by socket');
    const publish = (authorization: string) =>
      fetch(`http://127.0.0.1:${port}/api/publish`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: '{"topic":"t","payload":"marlin by http"}',
      });
    expect((await publish(`Bearer ${token}`)).status).toBe(200);
    expect((await publish('Bearer haddock-haddock-haddock')).status).toBe(401);
    expect((await fetch(`http://127.0.0.1:${port}/ws?token=haddock`)).status).toBe(426);
    await expect.poll(() => got.length).toBe(2);
    socket.terminate();
    await server.line('disconnected');
    server.kill('SIGTERM');
    const { code, stdout, stderr } = await server.ended;
    expect(code).toBe(0);
    expect(stdout).toContain('"event":"connection"');
    expect(stdout + stderr).not.toMatch(/marlin|swordfish|haddock/);
  });
});
