// The connection's life: when to dial, what an end of it means, how long to wait. Decides only: `now` and `random` come in.
//
// | state      | event               | next                                                                                  |
// |------------|---------------------|---------------------------------------------------------------------------------------|
// | idle       | connect             | connecting: dial                                                                      |
// | connecting | opened              | greeting: hello · plain dial: online · other subprotocol: as refused                  |
// | connecting | closed              | a first dial with `fallback`: connecting, plain · else as an end                      |
// | greeting   | welcome             | online: ready                                                                         |
// | greeting   | refused (not a welcome, or closed 1002, 1003, 1008, 4005) | `fallback`: connecting, plain · else closed     |
// | connecting, greeting | timer     | waiting (silence: slow; every third in a row is reported)                             |
// | online     | timer               | online (stable for 5 s: failures are forgotten) · the slot of a goaway: connecting    |
// | online     | goaway              | online, remembering the slot · `end`: the next end is the last                        |
// | online     | awake               | online: probe                                                                         |
// | any of the three | closed, fault | by close code: closed, or waiting with backoff, slot or 0–500 ms                      |
// | waiting    | timer · awake       | connecting: dial (awake: only where nobody asked for patience)                        |
// | all others | close               | closed: bye when online                                                               |
// | idle, closed | anything else     | unchanged                                                                             |
import { type BackoffPolicy, backoffDelay } from '@ws-stability/core';
import { CLOSE, closeAction, type Goaway, SUBPROTOCOL } from '@ws-stability/protocol';

interface Trail {
  /** Ends in a row without five stable seconds between them. */
  readonly failures: number;
  /** Silences in a row. */
  readonly silent: number;
  /** Whether this server has ever welcomed us; it is then not taken for a plain one because a dial failed. */
  readonly proven: boolean;
}

interface Dialing extends Trail {
  /** When patience ends, in monotonic milliseconds. */
  readonly until: number;
}

/** Leaving on the server's request: at `at`, or up to `by` while something is unsettled. */
interface Leave {
  readonly why: Goaway['why'];
  readonly at: number;
  readonly by: number;
}

export type ConnectionState =
  | { readonly name: 'idle' }
  | ({ readonly name: 'connecting' /** Without subprotocols. */; readonly plain: boolean } & Dialing)
  | ({ readonly name: 'greeting' } & Dialing)
  | ({
      readonly name: 'online';
      readonly plain: boolean;
      readonly leave: Leave | undefined;
      /** When to look again: stability, or the slot to leave in. */
      readonly until: number;
    } & Trail)
  | ({
      readonly name: 'waiting' /** Whether a sign of life of the network may cut it short. */;
      readonly eager: boolean;
    } & Dialing)
  | {
      readonly name: 'closed' /** `ERR_…`; none when the application closed. */;
      readonly code: `ERR_${string}` | undefined;
    };

export type ConnectionEvent =
  | { readonly type: 'connect' | 'welcome' | 'refused' | 'awake' | 'close' }
  | { readonly type: 'opened'; readonly protocol: string }
  /** The socket has ended. `resume`: what the application decides about its own codes, 4300–4999. */
  | { readonly type: 'closed'; readonly code: number; readonly reason: string; readonly resume?: boolean }
  /** We end the socket ourselves and resume. */
  | { readonly type: 'fault'; readonly code: number; readonly reason: string }
  | ({ readonly type: 'goaway' } & Pick<Goaway, 'why' | 'afterMs' | 'deadlineMs'>)
  /** `until` has come. `busy`: something received or sent is not settled. */
  | { readonly type: 'timer'; readonly busy: boolean };

export type ConnectionEffect =
  | { readonly do: 'dial'; readonly plain: boolean }
  | { readonly do: 'hello' | 'ready' | 'probe' | 'bye' }
  /** The next hello asks for a fresh session. */
  | { readonly do: 'forget' }
  | { readonly do: 'drop'; readonly code: number; readonly reason: string }
  | { readonly do: 'report'; readonly code: `ERR_${string}`; readonly message: string };

export interface ConnectionPolicy extends BackoffPolicy {
  /** Ends in a row after which we stop; 0: never. */
  readonly maxAttempts: number;
  readonly welcomeTimeoutMs: number;
  readonly fallback: boolean;
  readonly onReplaced: 'stop' | 'newSession';
}

type Step = readonly [state: ConnectionState, effects: readonly ConnectionEffect[]];
type Alive = Exclude<ConnectionState, { name: 'idle' | 'closed' }>;

const STABLE_MS = 5000;
const NOW_SPREAD_MS = 500;
const SLOT_FROM_MS = 5000;
const SLOT_SPREAD_MS = 25_000;
const BUSY_MS = 250;
const UNSUPPORTED: readonly number[] = [1002, 1003, 1008, CLOSE.version];

const drop = (code: number, reason = ''): ConnectionEffect => ({ do: 'drop', code, reason });

/** The next state and what to do. */
export function transition(
  state: ConnectionState,
  event: ConnectionEvent,
  now: number,
  random: number,
  policy: ConnectionPolicy,
): Step {
  const { type } = event;
  const same: Step = [state, []];
  if (state.name === 'closed') return same;
  if (type === 'close') {
    const bye: readonly ConnectionEffect[] = state.name === 'online' && !state.plain ? [{ do: 'bye' }] : [];
    return [{ name: 'closed', code: undefined }, [...bye, drop(1000)]];
  }
  if (state.name === 'idle') {
    return type === 'connect' ? dial({ failures: 0, silent: 0, proven: false }, false, now, policy) : same;
  }

  if (state.name === 'waiting') {
    const due = now >= state.until;
    return (type === 'timer' && due) || (type === 'awake' && (due || state.eager))
      ? dial(state, false, now, policy)
      : same;
  }

  if (type === 'closed') {
    if (state.name === 'online') return ended(state, event.code, event.reason, event.resume, now, random, policy);
    if (UNSUPPORTED.includes(event.code)) return unsupported(state, now, policy);
    // A browser cannot tell a server that selects no subprotocol from one that is away.
    if (state.name === 'connecting' && policy.fallback && !state.plain && !state.proven)
      return dial(state, true, now, policy);
    return ended({ ...state, silent: 0 }, event.code, event.reason, event.resume, now, random, policy);
  }
  if (type === 'fault') {
    const [next, effects] = wait(state, backoffOr(state, 'now', now, random, policy), policy, now);
    return [next, [drop(event.code, event.reason), ...effects]];
  }

  if (state.name === 'online') return onlineStep(state, event, now, policy);
  if (type === 'timer' && now >= state.until) return silence(state, now, random, policy);
  if (state.name === 'connecting') {
    if (type !== 'opened') return same;
    if (state.plain) return [online(state, true, now), []];
    if (event.protocol !== SUBPROTOCOL) return unsupported(state, now, policy);
    const { plain: _, ...trail } = state;
    return [{ ...trail, name: 'greeting' }, [{ do: 'hello' }]];
  }
  if (type === 'welcome') return [online({ ...state, proven: true }, false, now), [{ do: 'ready' }]];
  return type === 'refused' ? unsupported(state, now, policy) : same;
}

function onlineStep(
  state: Extract<ConnectionState, { name: 'online' }>,
  event: ConnectionEvent,
  now: number,
  policy: ConnectionPolicy,
): Step {
  if (event.type === 'awake') return [state, [{ do: 'probe' }]];
  if (event.type === 'goaway') {
    const leave = { why: event.why, at: now + event.afterMs, by: now + Math.max(event.afterMs, event.deadlineMs) };
    return [{ ...state, leave, until: event.why === 'end' ? state.until : Math.min(state.until, leave.at) }, []];
  }
  if (event.type !== 'timer' || now < state.until) return [state, []];
  const { leave } = state;
  if (leave === undefined || leave.why === 'end')
    return [{ ...state, failures: 0, until: Number.POSITIVE_INFINITY }, []];
  if (now < leave.at) return [{ ...state, failures: 0, until: leave.at }, []];
  // Leaving in the middle would cost a drain its acknowledgements, so unsettled work may use the time up to the deadline.
  if (event.busy && now < leave.by) return [{ ...state, until: Math.min(now + BUSY_MS, leave.by) }, []];
  const [next, effects] = dial(state, false, now, policy);
  return [next, [drop(CLOSE.resumeNow, leave.why), ...effects]];
}

const online = ({ failures, proven }: Trail, plain: boolean, now: number): ConnectionState => ({
  name: 'online',
  failures,
  silent: 0,
  proven,
  plain,
  leave: undefined,
  until: now + STABLE_MS,
});

function dial({ failures, silent, proven }: Trail, plain: boolean, now: number, policy: ConnectionPolicy): Step {
  const until = now + policy.welcomeTimeoutMs;
  return [{ name: 'connecting', failures, silent, proven, plain, until }, [{ do: 'dial', plain }]];
}

const stop = (code: `ERR_${string}`, message: string): Step => [
  { name: 'closed', code },
  [drop(1000), { do: 'report', code, message }],
];

function unsupported(state: Alive, now: number, policy: ConnectionPolicy): Step {
  if (!policy.fallback) {
    return stop(
      'ERR_UNSUPPORTED',
      `The server does not speak ${SUBPROTOCOL}; attach a manager there, or set fallback: 'plain'`,
    );
  }
  const [next, effects] = dial(state, true, now, policy);
  return [next, [drop(1000), ...effects]];
}

function silence(state: Alive, now: number, random: number, policy: ConnectionPolicy): Step {
  const silent = state.silent + 1;
  const [next, effects] = wait({ ...state, silent }, backoffOr(state, 'backoff', now, random, policy), policy, now);
  const report: readonly ConnectionEffect[] =
    silent % 3 === 0
      ? [
          {
            do: 'report',
            code: 'ERR_SLOW',
            message: `No welcome after ${silent} dials in a row; is the server overloaded or the URL wrong?`,
          },
        ]
      : [];
  return [next, [drop(CLOSE.resumeNow), ...report, ...effects]];
}

function ended(
  state: Alive,
  code: number,
  reason: string,
  resume: boolean | undefined,
  now: number,
  random: number,
  policy: ConnectionPolicy,
): Step {
  if (state.name === 'online' && state.leave?.why === 'end') return stop('ERR_ENDED', 'The server ended the session');
  const action = closeAction(code, reason);
  if (action.do === 'stop' && code === CLOSE.replaced && policy.onReplaced === 'newSession') {
    const [next, effects] = wait(state, backoffOr(state, 'backoff', now, random, policy), policy, now);
    return [next, [{ do: 'forget' }, ...effects]];
  }
  if (action.do === 'stop' || (action.do === 'application' && resume !== true)) {
    return stop(
      'ERR_STOPPED',
      `The server closed with ${code}${reason && ` (${reason})`}; this code means not to come back`,
    );
  }
  const pace = action.do === 'resume' ? action.pace : 'backoff';
  const hint = action.do === 'resume' ? action.afterMs : undefined;
  let delay = backoffOr(state, pace, now, random, policy);
  if (pace === 'slot' && !(state.name === 'online' && state.leave))
    delay = hint ?? SLOT_FROM_MS + random * SLOT_SPREAD_MS;
  else if (hint !== undefined && pace === 'backoff') delay = Math.max(delay, hint);
  return wait(state, delay, policy, now, pace !== 'slot' && hint === undefined);
}

/** The slot that a goaway gave, the spread of "now" the first time, else backoff. */
function backoffOr(
  state: Alive,
  pace: 'backoff' | 'slot' | 'now',
  now: number,
  random: number,
  policy: ConnectionPolicy,
): number {
  if (state.name === 'online' && state.leave) return Math.max(0, state.leave.at - now);
  if (pace === 'now' && state.failures === 0) return random * NOW_SPREAD_MS;
  return backoffDelay(policy, state.failures, random);
}

function wait(state: Trail, delayMs: number, policy: ConnectionPolicy, now: number, eager = true): Step {
  const failures = state.failures + 1;
  if (policy.maxAttempts > 0 && failures > policy.maxAttempts) {
    return stop(
      'ERR_ATTEMPTS',
      `Gave up after ${policy.maxAttempts} attempts; raise maxAttempts or call connect() on a new client`,
    );
  }
  const { silent, proven } = state;
  return [{ name: 'waiting', failures, silent, proven, eager, until: now + delayMs }, []];
}
