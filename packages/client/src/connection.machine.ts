// The connection's life: when to dial, what an end of it means, how long to wait. Decides only: `now` and `random` come in.
//
// | state      | event             | next                                                                                    |
// |------------|-------------------|-----------------------------------------------------------------------------------------|
// | idle       | connect           | connecting                                                                              |
// | connecting | opened            | greeting · another subprotocol: as refused                                              |
// | greeting   | welcome           | online                                                                                  |
// | greeting   | refused           | closed (unsupported): the first message was no welcome                                  |
// | connecting, greeting | closed  | closed (unsupported) for 1002, 1003, 1008, 4005 · else as from online                   |
// | connecting, greeting | timer   | waiting (silence: slow)                                                                 |
// | online     | timer             | online (stable for 5 s: failures are forgotten) · the slot of a goaway: connecting      |
// | online     | goaway            | online, leaving in the slot; `end`: the close that follows is the last                  |
// | online     | closed            | by its code: closed, or waiting for the slot, 0–500 ms, or backoff                      |
// | connecting, greeting, online | fault | waiting as after a 42xx                                                           |
// | waiting    | timer, awake      | connecting (awake does not shorten what the server asked for)                           |
// | any        | close             | closed                                                                                  |
//
// A fallback is asked first about each event, and may take a connection that the server does not serve.
import { type BackoffPolicy, backoffDelay } from '@ws-stability/core';
import { closeAction, type Goaway, SUBPROTOCOL } from '@ws-stability/protocol';
import { NEVER } from './never.ts';

export interface Trail {
  /** Ends in a row without five stable seconds between them. */
  readonly failures: number;
  /** Silences in a row. */
  readonly silent: number;
  /** Whether this server has ever welcomed us. */
  readonly proven: boolean;
  /** When to look again, in monotonic milliseconds. */
  readonly until: number;
  /** Whether this is a fallback's connection, without our protocol. */
  readonly plain: boolean;
}

/** Leaving on the server's request: at `at`, or up to `by` while something is unsettled; `end` waits for the server. */
interface Leave {
  readonly why: Goaway['why'];
  readonly at: number;
  readonly by: number;
}

export type ConnectionState =
  | { readonly name: 'idle' }
  | ({ readonly name: 'connecting' | 'greeting' } & Trail)
  | ({ readonly name: 'online'; readonly leave: Leave | undefined } & Trail)
  /** `eager`: a sign of life of the network may cut it short. */
  | ({ readonly name: 'waiting'; readonly eager: boolean } & Trail)
  /** `code`: why; none when the application closed. */
  | { readonly name: 'closed'; readonly code: `ERR_${string}` | undefined };

export type ConnectionEvent =
  | { readonly type: 'connect' | 'welcome' | 'refused' | 'awake' | 'close' }
  | { readonly type: 'opened'; readonly protocol: string }
  /** The socket has ended. `resume`: what the application decides about its own codes, 4300–4999. */
  | { readonly type: 'closed'; readonly code: number; readonly reason: string; readonly resume?: boolean }
  /** We end the socket ourselves and resume. */
  | { readonly type: 'fault'; readonly code: number; readonly reason: string }
  | ({ readonly type: 'goaway' } & Pick<Goaway, 'why' | 'afterMs' | 'deadlineMs'>)
  /** `until` may have come. `busy`: something received or sent is not settled. */
  | { readonly type: 'timer'; readonly busy: boolean };

/** Takes connections that the server does not serve; `undefined` leaves an event to the machine. */
export type FallbackStep = (
  state: Exclude<ConnectionState, { name: 'idle' | 'closed' }>,
  event: ConnectionEvent,
  now: number,
  policy: ConnectionPolicy,
) => ConnectionState | undefined;

export interface ConnectionPolicy extends BackoffPolicy {
  /** Ends in a row after which we stop; 0: never. */
  readonly maxAttempts: number;
  readonly welcomeTimeoutMs: number;
  readonly fallback?: FallbackStep | undefined;
  readonly onReplaced: 'stop' | 'newSession';
}

type Alive = Exclude<ConnectionState, { name: 'idle' | 'closed' }>;

/** What a connection begins with. */
const FRESH: Trail = { failures: 0, silent: 0, proven: false, until: 0, plain: false };
/** Closes before the welcome that mean that the server does not know the protocol. */
export const UNSUPPORTED: readonly number[] = [1002, 1003, 1008, 4005];

const REPLACED = 4000;
const STABLE_MS = 5000;
const NOW_SPREAD_MS = 500;
const SLOT_FROM_MS = 5000;
const SLOT_SPREAD_MS = 25_000;
const BUSY_MS = 250;

/** The next state; the same object when nothing has happened. */
export function transition(
  state: ConnectionState,
  event: ConnectionEvent,
  now: number,
  random: number,
  policy: ConnectionPolicy,
): ConnectionState {
  const { name } = state;
  const { type } = event;
  if (name === 'closed') return state;
  if (type === 'close') return stop();
  if (name === 'idle') return type === 'connect' ? dial(FRESH, now, policy) : state;

  const taken = policy.fallback?.(state, event, now, policy);
  if (taken) return taken;
  const due = now >= state.until;
  if (name === 'waiting') {
    const again = type === 'awake' ? due || state.eager : type === 'timer' && due;
    return again ? dial(state, now, policy) : state;
  }
  if (type === 'fault') return wait({ ...state, silent: 0 }, 'now', now, random, policy);
  if (type === 'closed') return ended(state, event, now, random, policy);

  if (name === 'online') {
    const { leave } = state;
    if (type === 'goaway') {
      const at = event.why === 'end' ? NEVER : now + event.afterMs;
      const next = { why: event.why, at, by: Math.max(at, now + event.deadlineMs) };
      return { ...state, leave: next, until: Math.min(state.until, at) };
    }
    if (type !== 'timer' || !due) return state;
    const at = leave?.at ?? NEVER;
    if (leave === undefined || now < at) return { ...state, failures: 0, until: at };
    // Leaving in the middle would cost a drain its acknowledgements, so unsettled work may use the time up to the deadline.
    if (event.busy && now < leave.by) return { ...state, until: Math.min(now + BUSY_MS, leave.by) };
    return dial(state, now, policy);
  }
  if (type === 'timer' && due) return wait({ ...state, silent: state.silent + 1 }, 'backoff', now, random, policy);
  if (name === 'greeting') {
    if (type === 'refused') return stop('ERR_UNSUPPORTED');
    return type === 'welcome' ? online({ ...state, proven: true }, now) : state;
  }
  if (type !== 'opened') return state;
  return event.protocol === SUBPROTOCOL ? { ...state, name: 'greeting' } : stop('ERR_UNSUPPORTED');
}

/** A connection that can be used; also a fallback's. */
export function online({ failures, proven, plain }: Trail, now: number): ConnectionState {
  return { name: 'online', failures, silent: 0, proven, plain, leave: undefined, until: now + STABLE_MS };
}

/** A new dial; also a fallback's. */
export function dial(
  { failures, silent, proven }: Trail,
  now: number,
  { welcomeTimeoutMs }: ConnectionPolicy,
  plain = false,
): ConnectionState {
  return { name: 'connecting', failures, silent, proven, plain, until: now + welcomeTimeoutMs };
}

const stop = (code?: `ERR_${string}`): ConnectionState => ({ name: 'closed', code });

function ended(
  state: Alive,
  { code, reason, resume }: Extract<ConnectionEvent, { type: 'closed' }>,
  now: number,
  random: number,
  policy: ConnectionPolicy,
): ConnectionState {
  if (state.name !== 'online' ? UNSUPPORTED.includes(code) : state.leave?.why === 'end')
    return stop(state.name === 'online' ? 'ERR_ENDED' : 'ERR_UNSUPPORTED');
  const action = closeAction(code, reason);
  const again = { ...state, silent: 0 };
  if (action.do === 'resume') return wait(again, action.pace, now, random, policy, action.afterMs);
  const goOn = action.do === 'application' ? resume : code === REPLACED && policy.onReplaced === 'newSession';
  return goOn ? wait(again, 'backoff', now, random, policy) : stop('ERR_STOPPED');
}

/** Waits for the slot that a goaway gave, else as long as the pace says; at least what the server asks for. */
function wait(
  state: Alive,
  pace: 'backoff' | 'slot' | 'now',
  now: number,
  random: number,
  policy: ConnectionPolicy,
  afterMs?: number,
): ConnectionState {
  const { silent, proven } = state;
  const failures = state.failures + 1;
  if (policy.maxAttempts > 0 && failures > policy.maxAttempts) return stop('ERR_ATTEMPTS');
  let delayMs = backoffDelay(policy, state.failures, random);
  if (pace === 'now' && state.failures === 0) delayMs = random * NOW_SPREAD_MS;
  if (pace === 'slot') delayMs = afterMs ?? SLOT_FROM_MS + random * SLOT_SPREAD_MS;
  if (state.name === 'online' && state.leave) delayMs = Math.max(0, state.leave.at - now);
  else delayMs = Math.max(delayMs, afterMs ?? 0);
  const eager = pace !== 'slot' && afterMs === undefined;
  return { name: 'waiting', failures, silent, proven, plain: false, eager, until: now + delayMs };
}
