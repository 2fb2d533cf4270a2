import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { turn } from './testing/fake-server.ts';
import { errorCodes, online, setUp } from './testing/set-up.ts';

const parts = fc.oneof(
  fc.constantFrom<unknown>('chat', '@', 'x', 1, 0, -1, null, [1, 2], [], {}, [1], 'start', true),
  fc.jsonValue(),
);
const tags = ['welcome', 'res', 'skip', 'gap', 'sub', 'unsub', 'ok', 'err', 'goaway', 'ping', 'authreq', 'what'];
const fields = [
  'topic',
  'at',
  'gap',
  'was',
  'now',
  'n',
  'from',
  'to',
  'err',
  'id',
  'why',
  'afterMs',
  'topics',
  'message',
];
const control = fc
  .tuple(fc.constantFrom(...tags), fc.dictionary(fc.constantFrom(...fields), parts))
  .map(([t, rest]) => JSON.stringify({ t, ...rest }));
const frames = fc.array(
  fc.oneof(
    control,
    fc.string(),
    fc.uint8Array(),
    fc.string().map((text) => `chat ${text}\n`),
    fc.constant('{'),
  ),
  { maxLength: 10 },
);

describe('frames that do not fit', () => {
  it('never throw out of the client: it goes on, or resumes and says so', async () => {
    await fc.assert(
      fc.asyncProperty(frames, async (script) => {
        const all = await online();
        const { client, socket } = all;
        client.subscribe('chat', () => {});
        client.send('open').catch(() => {});
        socket.say({ t: 'ok', id: 1, at: [1, 0] });
        for (const frame of script) expect(() => socket.deliver(frame)).not.toThrow();
        if (client.state.name !== 'online') expect(client.state.name).toBe('waiting');
        else expect(errorCodes(all)).not.toContain('ERR_FRAME');
        // Its handshake would never end here.
        void client.close();
      }),
      { numRuns: 200 },
    );
  });

  it('mean, instead of a welcome, that the server is of another kind', async () => {
    for (const frame of ['{"t":"welcome"}', '{"t":"welcome","topics":{"chat":1}}', '{', 'text', '{"t":"ok"}']) {
      const all = setUp();
      await turn();
      all.server.socket.open();
      expect(() => all.server.socket.deliver(frame)).not.toThrow();
      expect(all.client.state).toEqual({ name: 'closed', code: 'ERR_UNSUPPORTED' });
    }
  });
});
