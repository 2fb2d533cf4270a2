// Whatever a client sends: a clear answer for it, and nothing at all for the others on the same server.
import type { IncomingMessage } from 'node:http';
import type { StabilityClient } from '@ws-stability/client';
import type { UpgradeDecision } from '@ws-stability/manager';
import { topic } from '@ws-stability/protocol';
import { eventually } from '@ws-stability/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Frame, type HandshakeOptions, OPCODE, RawWebSocket } from '../harness/raw-websocket.ts';
import { connectClient, type StabilityServer, startServer } from '../harness/stability-server.ts';

const MAX_BYTES = 4096;
const FRAGMENTS = 8;
const HELLO = '{"t":"hello","v":1,"instance":"raw"}';
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const anyJson = topic<'any-json', unknown>('any-json');

let server: StabilityServer<unknown>;
let healthy: StabilityClient;
const heard: string[] = [];
let published = 0;
const raws: RawWebSocket[] = [];

beforeAll(async () => {
  server = await startServer(
    {
      maxBytes: MAX_BYTES,
      maxFragments: FRAGMENTS,
      helloTimeoutMs: 300,
      upgradeTimeoutMs: 200,
      origins: ['https://good.example'],
    },
    {
      onUpgrade: admit,
      onHello: (auth) => (auth === 'wrong' ? { accept: false, message: 'no such token' } : { accept: true }),
      authorize: (_action, name) => (name === 'secret' ? 'not for you' : true),
    },
  );
  server.manager.handle(anyJson, (value) => value);
  server.manager.handle('fail', () => {
    throw new Error('a secret of the server');
  });
  // Ends of connections and refused input are no failures of the server: nothing may be reported but what a handler threw.
  server.manager.on('error', (error) => {
    if (!(error instanceof Error) || !/a secret of the server|onUpgrade/.test(error.message)) throw error;
  });
  healthy = connectClient(server.port);
  await healthy.subscribe('news', (text) => void heard.push(String(text))).ready;
});

afterEach(async () => {
  for (const raw of raws) raw.destroy();
  raws.length = 0;
  // Whatever the test did: the healthy client hears the next message as ever, on its first connection.
  server.manager.publish('news', `m${++published}`);
  await eventually(() => expect(heard).toEqual(Array.from({ length: published }, (_, index) => `m${index + 1}`)));
  expect(healthy.snapshot().counters).toMatchObject({ reconnects: 0, duplicatesDropped: 0, gaps: 0 });
  expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted');
});

afterAll(async () => {
  await healthy.close();
  await server.close();
});

function admit(request: IncomingMessage): UpgradeDecision<unknown> | Promise<UpgradeDecision<unknown>> {
  switch (request.url) {
    case '/closed':
      return { accept: false, status: 401, message: 'Log in first.' };
    case '/hangs':
      return new Promise(() => {});
    case '/throws':
      throw new Error('onUpgrade broke');
    default:
      return { accept: true };
  }
}

function open(options?: HandshakeOptions): RawWebSocket {
  const raw = new RawWebSocket(server.port, options);
  raws.push(raw);
  return raw;
}

/** A connection that has its session. */
async function welcomed(): Promise<RawWebSocket> {
  const raw = open();
  raw.text(HELLO);
  await eventually(() => expect(raw.control('welcome')).toMatchObject({ resumed: false }));
  return raw;
}

async function expectClose(raw: RawWebSocket, code: number): Promise<void> {
  await eventually(() => expect([raw.closeCode, raw.closeReason]).toEqual([code, expect.any(String)]), {
    timeoutMs: 2000,
  });
  // It ends although this client answers no close frame.
  expect(raw.closeReason.length).toBeLessThanOrEqual(123);
}

describe('handshakes that are refused', () => {
  test.each<[string, HandshakeOptions, number]>([
    ['a foreign origin', { headers: { Origin: 'https://evil.example' } }, 403],
    ['an origin that only begins like ours', { headers: { Origin: 'https://good.example.evil.io' } }, 403],
    ['an origin that only ends like ours', { headers: { Origin: 'https://notgood.example' } }, 403],
    ['our origin with another scheme', { headers: { Origin: 'http://good.example' } }, 403],
    ['our origin with another port', { headers: { Origin: 'https://good.example:8443' } }, 403],
    ['the origin null', { headers: { Origin: 'null' } }, 403],
    ['an origin with a path', { headers: { Origin: 'https://good.example/' } }, 403],
    ['a request that the application refuses', { path: '/closed' }, 401],
    ['a decision that throws', { path: '/throws' }, 503],
    ['a decision that never comes', { path: '/hangs' }, 503],
    ['no key', { headers: { 'Sec-WebSocket-Key': '' } }, 400],
    ['a key that is none', { headers: { 'Sec-WebSocket-Key': 'short' } }, 400],
    ['another version of WebSocket', { headers: { 'Sec-WebSocket-Version': '99' } }, 400],
    ['a subprotocol that is no token', { subprotocol: 'a b,,' }, 400],
    ['headers beyond every measure', { headers: { 'X-Long': 'x'.repeat(40_000) } }, 431],
  ])('%s', async (_, options, status) => {
    const raw = open(options);
    await eventually(() => expect([raw.status, raw.over]).toEqual([status, true]), { timeoutMs: 2000 });
    if (status === 503) expect(raw.head).toMatch(/Retry-After: \d+/);
    expect(raw.body + raw.head).not.toMatch(/broke|node_modules|\.ts/);
  });

  test('the answer of the application says why, as JSON', async () => {
    const raw = open({ path: '/closed' });
    await eventually(() => expect(raw.over).toBe(true));
    expect(JSON.parse(raw.body)).toEqual({ error: { message: 'Log in first.' } });
  });

  test('our origin is let in, in upper case too', async () => {
    for (const Origin of ['https://good.example', 'HTTPS://GOOD.EXAMPLE', 'https://good.example:443']) {
      const raw = open({ headers: { Origin } });
      await eventually(() => expect(raw.status).toBe(101));
    }
  });
});

describe('frames that no WebSocket may send', () => {
  const text = (payload: string): Frame => ({ opcode: OPCODE.text, payload });
  test.each<[string, readonly Frame[], number]>([
    ['unmasked', [{ ...text('1\n'), masked: false }], 1002],
    ['with an unknown opcode', [{ opcode: 3, payload: '' }], 1002],
    ['with an unknown control opcode', [{ opcode: 11, payload: '' }], 1002],
    ['compressed though nobody agreed to', [{ ...text('1\n'), rsv: 4 }], 1002],
    ['with a reserved bit', [{ ...text('1\n'), rsv: 1 }], 1002],
    ['a continuation of nothing', [{ opcode: OPCODE.continuation, payload: 'x' }], 1002],
    ['a message inside a message', [{ ...text('1'), fin: false }, text('2')], 1002],
    ['a ping in pieces', [{ opcode: OPCODE.ping, payload: '', fin: false }], 1002],
    ['a ping that is too long', [{ opcode: OPCODE.ping, payload: 'x'.repeat(126) }], 1002],
    ['a close with one byte', [{ opcode: OPCODE.close, payload: 'x' }], 1002],
    ['a close with a code that none may send', [{ opcode: OPCODE.close, payload: Buffer.from([3, 238]) }], 1002],
    ['text that is not UTF-8', [{ opcode: OPCODE.text, payload: Buffer.from([0xc3, 0x28]) }], 1007],
    ['larger than the limit', [text(`1\n${'x'.repeat(80_000)}`)], 1009],
    ['that declares a monstrous length', [{ ...text(''), declaredLength: 2n ** 62n }], 1009],
    [
      'in too many pieces',
      [
        { ...text('1\n'), fin: false },
        ...Array.from({ length: FRAGMENTS + 2 }, () => ({ opcode: 0, payload: 'x', fin: false })),
      ],
      1008,
    ],
  ])('%s', async (_, frames, code) => {
    const raw = await welcomed();
    raw.send(...frames);
    await expectClose(raw, code);
  });
});

describe('what is no hello', () => {
  const hello = (fields: string): string => `{"t":"hello","v":1,"instance":"raw",${fields}}`;
  test.each<[string, string, number]>([
    ['nothing', '', 4004],
    ['JSON that breaks off', '{"t":"hello"', 4004],
    ['JSON that is a list', '["hello"]', 4004],
    ['a tag that is unknown', '{"t":"HELLO","v":1,"instance":"raw"}', 4004],
    ['a tag of Object.prototype', '{"t":"constructor"}', 4004],
    ['a tag that is __proto__', '{"t":"__proto__"}', 4004],
    ['no instance', '{"t":"hello","v":1}', 4004],
    ['an instance that is an object', '{"t":"hello","v":1,"instance":{}}', 4004],
    ['an instance that is too long', `{"t":"hello","v":1,"instance":"${'x'.repeat(300)}"}`, 4004],
    ['another version', '{"t":"hello","v":2,"instance":"raw"}', 4005],
    ['another version that looks quite different', '{"t":"hello","v":99,"who":1}', 4005],
    ['a version that is no number', '{"t":"hello","v":"1","instance":"raw"}', 4004],
    ['a token that is wrong', hello('"auth":"wrong"'), 4001],
    ['a token that is a number', hello('"auth":1'), 4004],
    ['positions that are a list', hello('"positions":[]'), 4004],
    ['a position beyond 2^48', hello('"positions":{"news":[1,281474976710656]}'), 4004],
    ['a negative position', hello('"positions":{"news":[1,-1]}'), 4004],
    ['a position that is a fraction', hello('"positions":{"news":[1,1.5]}'), 4004],
    ['a position beyond every number', hello('"positions":{"news":[1,1e999]}'), 4004],
    ['a position of three', hello('"positions":{"news":[1,1,1]}'), 4004],
    ['a topic with a space', hello('"positions":{"a b":[1,1]}'), 4004],
    ['a topic that is too long', hello(`"positions":{"${'x'.repeat(129)}":[1,1]}`), 4004],
    ['a private topic of someone else', hello('"positions":{"@s:other":[1,1]}'), 4004],
    [
      'too many positions',
      hello(`"positions":{${Array.from({ length: 1100 }, (_, n) => `"t${n}":[1,1]`).join()}}`),
      4004,
    ],
    ['JSON that nests too deep', hello(`"caps":${deep(1000)}`), 4004],
    ['JSON that nests deeper than a stack', hello(`"x":${deep(20_000)}`), 4004],
    ['a message with data', '1\nhello', 4004],
    ['an acknowledgement', '{"t":"ack"}', 4004],
  ])('%s', async (_, message, code) => {
    const raw = open();
    raw.text(message);
    await expectClose(raw, code);
    expect(raw.closeReason).not.toContain('hello"');
  });

  test('a control message that is too long', async () => {
    const raw = open();
    raw.text(hello(`"auth":"${'x'.repeat(65_500)}"`));
    // Already larger than any message that this server takes.
    await expectClose(raw, 1009);
  });

  test('binary', async () => {
    const raw = open();
    raw.send({ opcode: OPCODE.binary, payload: HELLO });
    await expectClose(raw, 4004);
  });

  test('silence', async () => {
    await expectClose(open(), 4108);
  });

  test('a session that does not exist, and one with the wrong token: a fresh session that says why', async () => {
    const first = await welcomed();
    const session = String(first.control('welcome')?.session);
    for (const [claim, why] of [
      ['"session":"nobody","token":"x"', 'unknown'],
      [`"session":"${session}","token":"${'0'.repeat(64)}"`, 'token'],
      [`"session":"${session}"`, 'token'],
    ]) {
      const raw = open();
      raw.text(hello(claim ?? ''));
      await eventually(() => expect(raw.control('welcome')).toMatchObject({ resumed: false, why }));
      expect(raw.control('welcome')?.session).not.toBe(session);
    }
    expect(first.closeCode).toBeUndefined();
  });
});

describe('what a client may not say after its welcome', () => {
  const binary = (...bytes: readonly number[]): Frame => ({ opcode: OPCODE.binary, payload: Uint8Array.from(bytes) });
  const text = (payload: string): Frame => ({ opcode: OPCODE.text, payload });
  test.each<[string, Frame, number]>([
    ['a second hello', text(HELLO), 4004],
    ['an empty text', text(''), 4004],
    ['an empty binary message', binary(), 4004],
    ['a binary message of another kind', binary(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), 4004],
    ['flags', binary(2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1), 4004],
    ['a binary header that breaks off', binary(2, 0, 0, 0, 0), 4004],
    ['a topic that is longer than the message', binary(2, 0, 200, 0, 0, 0, 0, 0, 0, 0, 1), 4004],
    ['fields that are longer than the message', binary(2, 0, 0, 255, 255, 0, 0, 0, 0, 0, 1), 4004],
    ['a binary message numbered 0', binary(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 4004],
    ['a text numbered 0', text('0\nx'), 4004],
    ['a number that is none', text('one\nx'), 4004],
    ['a negative number', text('-1\nx'), 4004],
    ['a number beyond 2^48', text('281474976710656\nx'), 4004],
    ['a number of a hundred digits', text(`${'9'.repeat(100)}\nx`), 4004],
    ['a number that leaves a hole', text('7\nx'), 4004],
    ['a header without an end', text('1 t=news'), 4004],
    ['a private topic', text('1 t=@\nx'), 4004],
    ['the inbox of someone else', text('1 t=@s:other\nx'), 4004],
    ['a topic with %0A in it', text('1 t=a%0Ab\nx'), 4004],
    ['a topic that is too long', text(`1 t=${'x'.repeat(129)}\nx`), 4004],
    ['an id that is too long', text(`1 t=news i=${'x'.repeat(129)}\nx`), 4004],
    ['an operation that is unknown', text('1 t=news op=drop\nx'), 4004],
    ['an operation without a topic', text('1 op=req\nx'), 4004],
    ['a time to live that is none', text('1 t=news x=soon\nx'), 4004],
    ['an escape that is none', text('1 t=news i=%ZZ\nx'), 4004],
    ['a subscription without a number', text('{"t":"sub","topic":"news","from":"now"}'), 4004],
    ['a subscription to a private topic', text('{"t":"sub","id":1,"topic":"@u","from":"now"}'), 4004],
    ['a subscription from nowhere', text('{"t":"sub","id":1,"topic":"news","from":"yesterday"}'), 4004],
    ['a subscription from a negative count', text('{"t":"sub","id":1,"topic":"news","from":{"last":-1}}'), 4004],
    ['an acknowledgement of a bad position', text('{"t":"ack","p":{"news":[1]}}'), 4004],
    ['a ping without a time', text('{"t":"ping"}'), 4004],
    ['what only servers say', text('{"t":"welcome"}'), 4004],
    ['JSON that nests too deep', text(`{"t":"bye","x":${deep(2000)}}`), 4004],
    ['more than maxBytes', text(`1 t=news\n${'x'.repeat(MAX_BYTES + 1)}`), 1009],
  ])('%s', async (_, bad, code) => {
    const raw = await welcomed();
    raw.send(bad);
    await expectClose(raw, code);
  });

  test.each<[string, string, string]>([
    ['a topic that nobody handles', '1 t=nobody op=req\nx', 'ERR_NO_HANDLER'],
    ['JSON that is none, for a typed topic', '1 t=any-json op=req\n{"broken', 'ERR_PAYLOAD'],
    ['a topic that is denied', '1 t=secret\nx', 'ERR_DENIED'],
    ['a request that is denied', '1 t=secret op=req\nx', 'ERR_DENIED'],
    ['a handler that throws', '1 t=fail op=req\nx', 'ERR_HANDLER'],
  ])('%s is a result, not a close', async (_, message, code) => {
    const raw = await welcomed();
    raw.text(message);
    await eventually(() => expect(raw.control('res')).toMatchObject({ n: 1, err: { code } }));
    expect(JSON.stringify(raw.control('res'))).not.toContain('secret of the server');
    raw.text('2 t=any-json op=req\n{"still":"served"}');
    await eventually(() =>
      expect(raw.controls.at(-1)).toMatchObject({ t: 'res', n: 2, ok: true, value: { still: 'served' } }),
    );
    expect(raw.closeCode).toBeUndefined();
  });

  test('a subscription that is denied is answered', async () => {
    const raw = await welcomed();
    raw.text('{"t":"sub","id":5,"topic":"secret","from":"now"}');
    await eventually(() =>
      expect(raw.control('err')).toMatchObject({ id: 5, code: 'ERR_DENIED', message: 'not for you' }),
    );
  });

  test('a payload that nests deep is refused or answered, and nothing falls over', async () => {
    const raw = await welcomed();
    raw.text(`1 t=any-json op=req\n${deep(2000)}`);
    await eventually(() =>
      expect(raw.control('res')).toMatchObject({ n: 1, err: { code: expect.stringMatching(/^ERR_/) } }),
    );
  });

  test('keys of Object.prototype are keys like any other', async () => {
    const raw = open();
    raw.text('{"t":"hello","v":1,"instance":"raw","positions":{"__proto__":[1,0],"constructor":[1,0]}}');
    await eventually(() => expect(raw.control('welcome')).toBeDefined());
    expect(Object.keys(raw.control('welcome')?.topics as object).sort()).toEqual(
      expect.arrayContaining(['__proto__', 'constructor']),
    );
    raw.text('1 t=any-json op=req\n{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
    await eventually(() => expect(raw.control('res')).toMatchObject({ n: 1, ok: true }));
    expect(raw.texts.at(-1)).toContain('"__proto__":{"polluted":true}');
    raw.text('2 t=__proto__\nin a topic of that name');
    await eventually(() =>
      expect(raw.texts.some((text) => /^__proto__ 1\b[^\n]*\nin a topic of that name$/.test(text))).toBe(true),
    );
  });

  test('acknowledgements of what was never sent are ignored', async () => {
    const raw = await welcomed();
    raw.text(
      '{"t":"ack","p":{"news":[9,9],"unknown":[1,1],"@":[281474976710655,281474976710655]},"r":281474976710655}',
    );
    raw.text('1 t=any-json op=req\n1');
    await eventually(() => expect(raw.control('res')).toMatchObject({ n: 1, ok: true, value: 1 }));
  });

  test('a position far beyond the head is told as a gap', async () => {
    const raw = open();
    raw.text('{"t":"hello","v":1,"instance":"raw","positions":{"news":[281474976710655,281474976710655]}}');
    await eventually(() =>
      expect(raw.control('welcome')).toMatchObject({ topics: { news: { gap: { why: 'ahead' } } } }),
    );
  });
});

test('limits of connections: one too many is refused with 503, and let in when there is room', async () => {
  await using small = await startServer({ maxConnections: 2 });
  const first = new RawWebSocket(small.port);
  const second = new RawWebSocket(small.port);
  await eventually(() => expect([first.status, second.status]).toEqual([101, 101]));
  const third = new RawWebSocket(small.port);
  await eventually(() => expect([third.status, third.over]).toEqual([503, true]));
  expect(third.head).toMatch(/Retry-After/);
  first.destroy();
  await eventually(async () => {
    const next = new RawWebSocket(small.port);
    await eventually(() => expect(next.status).toBeGreaterThan(0));
    expect(next.status).toBe(101);
    next.destroy();
  });
  second.destroy();
});
