// Control messages to and from JSON text; whatever comes in is checked field by field.
import { StabilityError } from '@ws-stability/core';
import type { ClientControl, ServerControl } from './control-messages.ts';
import { VERSION } from './control-messages.ts';
import type { FrameProblem } from './data-frames.ts';
import { problem } from './frame-problem.ts';
import { isTooDeep, MAX_DEPTH } from './json-depth.ts';
import { MAX_OFFSET, MAX_POSITIONS, type Position } from './position.ts';
import { anything, type Fault, flag, list, literal, mapOf, object, oneOf, type Reader, text, where } from './reader.ts';
import { isTopicName, isWireTopic } from './topic-name.ts';

type WithoutTag<Message> = Message extends unknown ? Omit<Message, 't'> : never;
type Readers<Message extends { readonly t: string }> = {
  readonly [Tag in Message['t']]: Reader<WithoutTag<Extract<Message, { readonly t: Tag }>>>;
};

const isIndex = (raw: unknown): raw is number => Number.isInteger(raw) && isMs(raw);
// A fraction is welcome: monotonic clocks have one.
const isMs = (raw: unknown): raw is number => typeof raw === 'number' && raw >= 0 && raw <= MAX_OFFSET;
// Marked as pure, so that a client's bundle leaves them out: it reads without them.
const index = /* @__PURE__ */ where(isIndex);
const fromOne = /* @__PURE__ */ where((raw): raw is number => isIndex(raw) && raw > 0);
const ms = /* @__PURE__ */ where(isMs);
const short = /* @__PURE__ */ text((value) => value.length <= 256);
const anyText = /* @__PURE__ */ text();
const topic = /* @__PURE__ */ text(isWireTopic);
const position = /* @__PURE__ */ where(
  (raw): raw is Position => Array.isArray(raw) && raw.length === 2 && raw.every(isIndex),
);
const gap = {
  was: position,
  now: position,
  why: /* @__PURE__ */ literal('retention', 'budget', 'lag', 'epoch', 'session', 'ahead'),
} as const;
const error = { code: anyText, message: anyText } as const;
const pulse = /* @__PURE__ */ object({ ts: ms });

// Built by functions on first use, so that a client's bundle holds no reader of the other direction.
function fromClient(): Readers<ClientControl> {
  const positions = mapOf(isWireTopic, position, MAX_POSITIONS);
  const clientTopic = text(isTopicName);
  return {
    hello: oneOf(
      object({
        v: index,
        'session?': short,
        'token?': short,
        instance: text((value) => value !== '' && value.length <= 256),
        'takeover?': flag,
        'positions?': positions,
        'auth?': anyText,
        'caps?': list(
          text((name) => name.length <= 64),
          64,
        ),
      }),
      // Another version may look different in all but its number, and is to be told so instead of being called malformed.
      (raw, fault) => {
        const other = object({ v: index })(raw, fault);
        return other && other.v !== VERSION ? { v: other.v, instance: '' } : undefined;
      },
    ),
    ready: object({ generation: index }),
    ack: object({ 'p?': positions, 'r?': index }),
    sub: object({
      topic: clientTopic,
      id: index,
      from: oneOf(literal('now', 'start'), object({ last: index }), position),
    }),
    unsub: object({ topic: clientTopic, id: index }),
    ping: pulse,
    pong: pulse,
    auth: object({ id: index, token: anyText }),
    bye: object({}),
  };
}

function fromServer(): Readers<ServerControl> {
  return {
    welcome: object({
      v: index,
      session: short,
      'token?': short,
      generation: index,
      resumed: flag,
      'why?': literal('unknown', 'expired', 'token', 'principal', 'version', 'store', 'inUse'),
      topics: mapOf(
        isWireTopic,
        oneOf(object({ at: position }), object({ gap: object(gap) }), object({ denied: anyText })),
        MAX_POSITIONS,
      ),
      handled: index,
      window: object({ messages: index, bytes: index }),
      pingMs: ms,
      pongMs: ms,
      sessionTtlMs: ms,
      maxBytes: index,
      durability: literal('process', 'disk', 'replicated'),
    }),
    res: oneOf(
      object({ n: fromOne, ok: literal(true), 'value?': anything }),
      object({ n: fromOne, err: object({ ...error, 'path?': anyText }) }),
      ascending(object({ from: fromOne, to: fromOne, ok: literal(true) })),
    ),
    skip: ascending(object({ topic, from: fromOne, to: fromOne, why: literal('ttl', 'filtered') })),
    gap: object({ topic, ...gap }),
    sub: object({ topic, at: position }),
    unsub: object({ topic, why: anyText }),
    ok: object({ id: index, 'at?': position, 'gap?': object(gap) }),
    err: object({ id: index, ...error }),
    goaway: object({ why: literal('restart', 'rebalance', 'end'), afterMs: ms, deadlineMs: ms }),
    ping: pulse,
    pong: pulse,
    authreq: object({ inMs: ms }),
  };
}

let clientReaders: Readers<ClientControl> | undefined;
let serverReaders: Readers<ServerControl> | undefined;

/**
 * A control message as text, its tag first; fields that are `undefined` are left out.
 *
 * @throws StabilityError `ERR_RESULT` when the `value` of a result nests deeper than its receiver would read, and what
 * `JSON.stringify` throws for a value that it cannot write (a cycle, a bigint).
 */
export function encodeControl(message: ClientControl | ServerControl): string {
  const plain: Record<string, unknown> = { t: message.t };
  for (const [name, value] of Object.entries(message)) {
    plain[name] = value instanceof Map ? Object.fromEntries(value) : value;
  }
  const json = JSON.stringify(plain);
  if (typeof plain.value === 'object' && isTooDeep(json)) {
    throw new StabilityError('ERR_RESULT', `Return a value that nests at most ${MAX_DEPTH - 1} levels deep.`);
  }
  return json;
}

/** What a client said. A `hello` of another version has its number and an empty `instance`, when nothing else can be read. */
export function decodeClientControl(json: string): ClientControl | FrameProblem {
  clientReaders ??= fromClient();
  return decode<ClientControl>(json, clientReaders);
}

/** What a server said. */
export function decodeServerControl(json: string): ServerControl | FrameProblem {
  serverReaders ??= fromServer();
  return decode<ServerControl>(json, serverReaders);
}

function decode<Message extends { readonly t: string }>(
  json: string,
  readers: Readers<Message>,
): Message | FrameProblem {
  if (isTooDeep(json)) return problem('a control message nests too deep');
  const raw = parse(json);
  const t = tagOf(raw);
  if (t === undefined || !Object.hasOwn(readers, t)) return problem('a control message has no known tag');
  const tag = t as Message['t'];
  const fault: Fault = {};
  const body = readers[tag](raw, fault);
  return body === undefined
    ? problem(`${tag} has a wrong field: ${fault.at ?? 'to'}`)
    : ({ t: tag, ...body } as unknown as Message);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function tagOf(raw: unknown): string | undefined {
  return typeof raw === 'object' && raw !== null && 't' in raw && typeof raw.t === 'string' ? raw.t : undefined;
}

function ascending<Range extends { readonly from: number; readonly to: number }>(read: Reader<Range>): Reader<Range> {
  return (raw, fault) => {
    const range = read(raw, fault);
    return range && range.from <= range.to ? range : undefined;
  };
}
