// What a plain client asks for in the query of /ws, e.g. `/ws?topic=news&from=last:10`.
import type { PlainRequest } from '@ws-stability/manager';
import { isTopicName, MAX_TOPIC_LENGTH, type StartAt } from '@ws-stability/protocol';
import { badField, type Refusal } from '../http/refusal.ts';
import { ECHO_TOPIC } from './echo.ts';

export type PlainReading =
  | { readonly ok: true; readonly request: PlainRequest }
  | { readonly ok: false; readonly refusal: Refusal };

export interface PlainLimits {
  readonly maxTopics: number;
  /** Whether `client=` may name an identity that nobody has verified. */
  readonly clientNames: boolean;
}

const PARAMETERS = ['topic', 'from', 'envelope', 'client'];
const CLIENT_NAME = /^[A-Za-z0-9._-]{1,64}$/;
const MOST_LAST = 1_000_000;

/** Reads the query of a request's URL. */
export function readPlainRequest(query: URLSearchParams, limits: PlainLimits): PlainReading {
  const refusal = checkNames(query) ?? checkTopics(query, limits.maxTopics) ?? checkClient(query, limits);
  if (refusal !== undefined) return { ok: false, refusal };
  const start = readStart(query);
  if (start === undefined) {
    return refuse(
      'from',
      query.get('from'),
      'This is not a place to start.',
      'Use from=start, from=now or from=last:N.',
    );
  }
  const envelope = query.get('envelope') ?? 'raw';
  if (envelope !== 'raw' && envelope !== 'json') {
    return refuse(
      'envelope',
      envelope,
      'There is no such envelope.',
      'Use envelope=raw (the default) or envelope=json.',
    );
  }
  const topics = topicsOf(query);
  if (topics.length > 1 && envelope === 'raw') {
    const remedy = 'Add envelope=json, which names the topic of each message, or open a connection for each topic.';
    return refuse('topic', topics.join(','), 'Raw payloads of several topics cannot be told apart.', remedy);
  }
  const [first = ''] = topics;
  const client = query.get('client');
  const identity = client === null ? {} : { identity: client };
  if (first === ECHO_TOPIC) return { ok: true, request: { subscribe: [], envelope, ...identity } };
  const subscribe = topics.map((topic) => ({ topic, from: start }));
  return { ok: true, request: { subscribe, publishTo: first, envelope, ...identity } };
}

function topicsOf(query: URLSearchParams): readonly string[] {
  return [...new Set(query.getAll('topic'))];
}

function checkNames(query: URLSearchParams): Refusal | undefined {
  for (const name of query.keys()) {
    if (!PARAMETERS.includes(name)) {
      return badField(name.slice(0, 100), undefined, 'There is no such parameter.', `Use ${PARAMETERS.join(', ')}.`);
    }
    if (name !== 'topic' && query.getAll(name).length > 1) {
      return badField(name, undefined, 'This parameter is given more than once.', 'Give it once.');
    }
  }
  return undefined;
}

function checkTopics(query: URLSearchParams, maxTopics: number): Refusal | undefined {
  const topics = topicsOf(query);
  if (topics.length === 0) {
    const remedy = 'Add ?topic=NAME, or offer the subprotocol ws-stability.v1.';
    return badField('topic', undefined, 'A plain connection needs a topic.', remedy);
  }
  if (topics.length > maxTopics) {
    const remedy = `Use at most ${maxTopics} for each connection.`;
    return badField('topic', String(topics.length), 'These are too many topics.', remedy);
  }
  const wrong = topics.find((topic) => !isTopicName(topic));
  if (wrong !== undefined) {
    const remedy = `Use 1 to ${MAX_TOPIC_LENGTH} of the characters A-Z a-z 0-9 . _ : / ~ -`;
    return badField('topic', wrong, 'This cannot name a topic.', remedy);
  }
  if (topics.length > 1 && topics.includes(ECHO_TOPIC)) {
    const remedy = 'Open a connection of its own for echo.';
    return badField('topic', ECHO_TOPIC, 'This topic cannot be combined with others.', remedy);
  }
  return undefined;
}

function checkClient(query: URLSearchParams, { clientNames }: PlainLimits): Refusal | undefined {
  const client = query.get('client');
  if (client === null) return undefined;
  if (!clientNames) {
    const remedy = 'Leave it out, or run the server with WS_STABILITY_ENV=development.';
    return badField('client', client, 'Nobody has verified this name.', remedy);
  }
  if (CLIENT_NAME.test(client)) return undefined;
  return badField('client', client, 'This cannot name a client.', 'Use 1 to 64 of A-Z a-z 0-9 . _ -');
}

/** Without `from`, who has a name goes on where it was. */
function readStart(query: URLSearchParams): StartAt | 'resume' | undefined {
  const from = query.get('from');
  if (from === null) return query.has('client') ? 'resume' : 'now';
  if (from === 'start' || from === 'now') return from;
  const last = /^last:(\d{1,7})$/.exec(from)?.[1];
  if (last === undefined || Number(last) < 1 || Number(last) > MOST_LAST) return undefined;
  return { last: Number(last) };
}

function refuse(field: string, value: string | null, message: string, remedy: string): PlainReading {
  return { ok: false, refusal: badField(field, value ?? undefined, message, remedy) };
}
