import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { loadServerConfig } from './settings.ts';

describe('the log', () => {
  const lines: string[] = [];
  const logger = createLogger(loadServerConfig({}), { write: (line) => void lines.push(line) });

  it('is a line of JSON for each event', () => {
    logger.info({ event: 'gap', topic: 't' }, 'gap');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', event: 'gap', topic: 't', msg: 'gap' });
  });

  it('leaves out tokens, credentials and payloads, should anyone log them', () => {
    const secret = 'swordfish';
    logger.info(
      {
        token: secret,
        hello: { auth: secret },
        request: { headers: { authorization: secret } },
        entry: { payload: secret },
      },
      'x',
    );
    expect(lines.at(-1)).not.toContain(secret);
    expect(lines.at(-1)).toContain('(hidden)');
  });
});
