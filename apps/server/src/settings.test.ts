import { describe, expect, it } from 'vitest';
import { loadServerConfig } from './settings.ts';

describe('the settings of the server', () => {
  it('come from the short variables too', () => {
    const env = { PORT: '9000', HOST: 'localhost', WS_STABILITY_API_TOKEN: '0123456789abcdef' };
    const { values } = loadServerConfig({ env });
    expect(values.server).toMatchObject({ port: 9_000, host: 'localhost', apiToken: '0123456789abcdef' });
  });

  it('listen on this machine at 8080 when nothing is said', () => {
    expect(loadServerConfig({}).values.server).toMatchObject({ port: 8_080, host: '127.0.0.1', apiToken: '' });
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'example.com'])('do not let development listen on %s', (host) => {
    expect(() => loadServerConfig({ env: { HOST: host } })).toThrow(
      /server\.host is .*set WS_STABILITY_ENV=production/,
    );
    expect(loadServerConfig({ env: { HOST: host, WS_STABILITY_ENV: 'production' } }).values.server.host).toBe(host);
  });

  it('refuse a short token without repeating it', () => {
    const load = () => loadServerConfig({ env: { WS_STABILITY_API_TOKEN: 'swordfish' } });
    expect(load).toThrow('16 to 512 printable');
    expect(load).not.toThrow('swordfish');
  });

  it('name the flag that a value came from', () => {
    const flags = [{ name: '--port', group: 'server', option: 'port', text: '99999' }];
    expect(() => loadServerConfig({ flags, env: { PORT: '1' } })).toThrow('It comes from argument --port.');
  });
});
