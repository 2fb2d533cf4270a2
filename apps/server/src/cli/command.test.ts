import { describe, expect, it } from 'vitest';
import { loadServerConfig } from '../settings.ts';
import { readCommand } from './command.ts';
import { helpText } from './help.ts';
import { configText } from './print-config.ts';

describe('readCommand', () => {
  it('serves with the flags as they were typed', () => {
    expect(readCommand(['--port', '0', '--host=::1', '--env', 'testing'])).toEqual({
      name: 'serve',
      preset: { name: 'testing', flag: '--env' },
      flags: [
        { name: '--port', group: 'server', option: 'port', text: '0' },
        { name: '--host', group: 'server', option: 'host', text: '::1' },
      ],
    });
  });

  it('helps rather than do anything else', () => {
    expect(readCommand(['--port', '1', '-h'])).toEqual({ name: 'help' });
    expect(readCommand(['-v'])).toEqual({ name: 'version' });
    expect(readCommand(['--print-config'])).toEqual({ name: 'printConfig', flags: [] });
  });

  it.each([['--prot'], ['--port'], ['start'], ['--help=1']])('refuses %s and points to the help', (argument) => {
    expect(() => readCommand([argument])).toThrow(/See ws-stability-server --help/);
  });
});

describe('helpText', () => {
  it('names every flag and fits a terminal', () => {
    const text = helpText();
    for (const flag of ['--port', '--host', '--env', '--print-config', '--version', '--help'])
      expect(text).toContain(flag);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});

describe('configText', () => {
  it('shows every setting with its origin, and no token', () => {
    const text = configText(loadServerConfig({ env: { PORT: '9', WS_STABILITY_API_TOKEN: '0123456789abcdef' } }));
    expect(text).toContain('WS_STABILITY_ENV=development\n');
    expect(text).toContain('WS_STABILITY_SERVER_PORT=9  # environment PORT\n');
    expect(text).toContain('WS_STABILITY_MANAGER_SESSION_TTL_MS=60000  # preset development\n');
    expect(text).toContain('WS_STABILITY_SERVER_API_TOKEN=(hidden)  # environment WS_STABILITY_API_TOKEN\n');
    expect(text).not.toContain('0123456789abcdef');
  });
});
