import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConnectionEvent, type ConnectionPolicy, type ConnectionState, transition } from './connection.machine.ts';
import { plainFallback } from './fallback.ts';

const policy: ConnectionPolicy = {
  baseMs: 500,
  capMs: 30_000,
  floorMs: 250,
  maxAttempts: 0,
  welcomeTimeoutMs: 10_000,
  onReplaced: 'stop',
};
const NOW = 1_000_000;

const trail = { failures: 0, silent: 0, proven: false, plain: false };
const fallback = plainFallback.step;
const connecting = { name: 'connecting', ...trail, until: NOW + 10_000 } as const;
const greeting = { name: 'greeting', ...trail, until: NOW + 10_000 } as const;
const online = {
  name: 'online',
  ...trail,
  proven: true,
  leave: undefined,
  until: NOW + 5000,
} as const;
const waiting = { name: 'waiting', ...trail, failures: 1, eager: true, until: NOW + 500 } as const;

const idle = (): ConnectionState => ({ name: 'idle' });
const step = (
  state: ConnectionState,
  event: ConnectionEvent,
  change: Partial<ConnectionPolicy> = {},
  now = NOW,
  random = 0.5,
) => transition(state, event, now, random, { ...policy, ...change });
const closed = (code: number, reason = '', resume = false): ConnectionEvent => ({
  type: 'closed',
  code,
  reason,
  resume,
});
const delayOf = (state: ConnectionState, now = NOW) => (state.name === 'waiting' ? state.until - now : undefined);

describe('dialing', () => {
  it('begins by connect, once', () => {
    const state = step({ name: 'idle' }, { type: 'connect' });
    expect(state).toEqual(connecting);
    expect(step(state, { type: 'connect' })).toBe(state);
  });

  it('greets when the dial opens with our subprotocol', () => {
    expect(step(connecting, { type: 'opened', protocol: 'ws-stability.v1' })).toEqual(greeting);
  });

  it('is online after a welcome, and forgets failures when it was stable for five seconds', () => {
    const state = step({ ...greeting, failures: 3, silent: 2 }, { type: 'welcome' });
    expect(state).toEqual({ ...online, failures: 3 });
    expect(step(state, { type: 'timer', busy: false }, {}, NOW + 4999)).toBe(state);
    expect(step(state, { type: 'timer', busy: false }, {}, NOW + 5000)).toMatchObject({
      failures: 0,
      until: Number.POSITIVE_INFINITY,
    });
  });

  it('takes silence for slowness and counts it until there is an answer', () => {
    for (const from of [connecting, greeting]) {
      let state: ConnectionState = from;
      for (let silent = 1; silent <= 6; silent++) {
        state = step(state, { type: 'timer', busy: false }, {}, 'until' in state ? state.until : 0);
        expect(state).toMatchObject({ name: 'waiting', silent });
        state = step(state, { type: 'timer', busy: false }, {}, 'until' in state ? state.until : 0);
        expect(state.name).toBe('connecting');
      }
      expect(step(state, closed(1006))).toMatchObject({ name: 'waiting', silent: 0 });
    }
  });

  it('does nothing when the timer rings early', () => {
    for (const state of [connecting, greeting, waiting, online])
      expect(step(state, { type: 'timer', busy: false })).toBe(state);
  });
});

describe('a server that does not speak it', () => {
  const signs: [string, ConnectionState, ConnectionEvent][] = [
    ['another subprotocol', connecting, { type: 'opened', protocol: 'chat' }],
    ['a wrong first message', greeting, { type: 'refused' }],
    ...[1002, 1003, 1008, 4005].map((code): [string, ConnectionState, ConnectionEvent] => [
      `close ${code}`,
      greeting,
      closed(code),
    ]),
  ];
  for (const [name, state, event] of signs) {
    it(`is known by ${name}: stop, or dial plain`, () => {
      expect(step(state, event)).toEqual({ name: 'closed', code: 'ERR_UNSUPPORTED' });
      expect(step(state, event, { fallback })).toMatchObject({ name: 'connecting', plain: true });
    });
  }

  it('may fail a browser’s dial, so a first failure is tried plain; never once it has welcomed us', () => {
    const plain = step(connecting, closed(1006), { fallback });
    expect(plain).toMatchObject({ name: 'connecting', plain: true });
    expect(step(plain, closed(1006), { fallback })).toMatchObject({ name: 'waiting', plain: false });
    expect(step({ ...connecting, proven: true }, closed(1006), { fallback }).name).toBe('waiting');
    expect(step(connecting, closed(1006)).name).toBe('waiting');
  });

  it('serves a plain connection that needs no welcome', () => {
    const state = step({ ...connecting, plain: true }, { type: 'opened', protocol: '' }, { fallback });
    expect(state).toMatchObject({ name: 'online', plain: true });
    expect(step(state, closed(1006), { fallback })).toMatchObject({ name: 'waiting', plain: false });
    expect(step(connecting, { type: 'opened', protocol: 'ws-stability.v1' }, { fallback })).toEqual(greeting);
    expect(step(greeting, { type: 'welcome' }, { fallback })).toEqual(online);
  });
});

describe('an end', () => {
  it('stops where the code says so', () => {
    for (const code of [1002, 1003, 1007, 1008, 1009, 1010, 4000, 4001, 4003, 4004, 4005, 4006]) {
      expect(step(online, closed(code, 'because'))).toEqual({ name: 'closed', code: 'ERR_STOPPED' });
    }
  });

  it('backs off with full jitter where it says lost', () => {
    for (const code of [1000, 1001, 1005, 1006, 1011, 1014, 1015, 4100, 4101, 4102, 4108]) {
      expect(delayOf(step(online, closed(code)))).toBe(375);
      expect(delayOf(step({ ...online, failures: 3 }, closed(code)))).toBe(250 + 0.5 * 3750);
    }
    const state = step({ ...greeting, failures: 2, silent: 2 }, closed(1006));
    expect(state).toMatchObject({ name: 'waiting', failures: 3, silent: 0, eager: true });
  });

  it('waits for a random slot after a restart, or for the one it was given', () => {
    expect(delayOf(step(online, closed(1012)))).toBe(17_500);
    expect(delayOf(step(online, closed(1012, 'after=1234')))).toBe(1234);
    const leaving = step(online, { type: 'goaway', why: 'restart', afterMs: 8000, deadlineMs: 20_000 });
    expect(delayOf(step(leaving, closed(1012, 'after=1'), {}, NOW + 3000), NOW + 3000)).toBe(5000);
    expect(delayOf(step(leaving, closed(1006), {}, NOW + 9000), NOW + 9000)).toBe(0);
    expect(step(online, closed(1012))).toMatchObject({ eager: false });
  });

  it('waits at least as long as an overloaded server asks', () => {
    expect(delayOf(step(online, closed(1013, 'after=9000')))).toBe(9000);
    expect(delayOf(step(online, closed(1013, 'after=1')))).toBe(375);
    expect(step(online, closed(1013, 'after=9000'))).toMatchObject({ eager: false });
  });

  it('resumes within half a second after 42xx, and backs off if that repeats', () => {
    expect(delayOf(step(online, closed(4200), {}, NOW, 0.999))).toBeLessThan(500);
    expect(delayOf(step(online, closed(4201), {}, NOW, 0))).toBe(0);
    expect(delayOf(step({ ...online, failures: 1 }, closed(4201), {}, NOW, 0))).toBe(250);
  });

  it('leaves the application’s codes to the application', () => {
    expect(step(online, closed(4300)).name).toBe('closed');
    expect(step(online, closed(4999, '', true)).name).toBe('waiting');
    expect(step(online, { type: 'closed', code: 3001, reason: '' }).name).toBe('closed');
  });

  it('is followed by a fresh session when another took ours and the policy says so', () => {
    expect(step(online, closed(4000), { onReplaced: 'newSession' }).name).toBe('waiting');
    expect(step(online, closed(4001), { onReplaced: 'newSession' }).name).toBe('closed');
  });

  it('is the last one after a goaway with end, and after as many failures as are allowed', () => {
    const leaving = step(online, { type: 'goaway', why: 'end', afterMs: 0, deadlineMs: 1000 });
    expect(leaving).toMatchObject({ name: 'online', until: online.until });
    expect(step(leaving, { type: 'timer', busy: false }, {}, NOW + 5000).name).toBe('online');
    expect(step(leaving, closed(1000))).toEqual({ name: 'closed', code: 'ERR_ENDED' });
    expect(step({ ...online, failures: 2 }, closed(1006), { maxAttempts: 3 }).name).toBe('waiting');
    expect(step({ ...online, failures: 3 }, closed(1006), { maxAttempts: 3 })).toEqual({
      name: 'closed',
      code: 'ERR_ATTEMPTS',
    });
  });

  it('can be our own doing', () => {
    expect(delayOf(step(online, { type: 'fault', code: 4201, reason: 'chat' }))).toBe(250);
    expect(step({ ...greeting, silent: 2 }, { type: 'fault', code: 4200, reason: '' })).toMatchObject({ silent: 0 });
  });
});

describe('going away', () => {
  const goaway = { type: 'goaway', why: 'rebalance', afterMs: 8000, deadlineMs: 20_000 } as const;

  it('waits for the slot, then for what is unsettled, at most to the deadline', () => {
    let state = step(online, goaway);
    state = step(state, { type: 'timer', busy: true }, {}, NOW + 5000);
    expect(state).toMatchObject({ name: 'online', failures: 0, until: NOW + 8000 });
    state = step(state, { type: 'timer', busy: true }, {}, NOW + 8000);
    expect(state).toMatchObject({ name: 'online', until: NOW + 8250 });
    expect(step(state, { type: 'timer', busy: false }, {}, NOW + 8250).name).toBe('connecting');
    expect(step(state, { type: 'timer', busy: true }, {}, NOW + 20_000).name).toBe('connecting');
  });
});

describe('signs of life', () => {
  it('cut a wait short, unless the server asked for patience', () => {
    expect(step(waiting, { type: 'awake' }).name).toBe('connecting');
    const patient = { ...waiting, eager: false };
    expect(step(patient, { type: 'awake' })).toBe(patient);
    expect(step(patient, { type: 'awake' }, {}, NOW + 500).name).toBe('connecting');
    expect(step(waiting, { type: 'timer', busy: false }, {}, NOW + 500).name).toBe('connecting');
  });

  it('mean nothing elsewhere', () => {
    for (const state of [online, connecting, greeting, { name: 'idle' } as const])
      expect(step(state, { type: 'awake' })).toBe(state);
  });
});

it('closes from everywhere, and stays closed', () => {
  for (const state of [{ name: 'idle' } as const, connecting, greeting, waiting, online]) {
    const end = step(state, { type: 'close' });
    expect(end).toEqual({ name: 'closed', code: undefined });
    for (const event of everyEvent) expect(step(end, event)).toBe(end);
  }
});

it('ignores events that have no meaning where they come', () => {
  for (const event of [
    { type: 'welcome' },
    { type: 'refused' },
    { type: 'opened', protocol: '' },
    { type: 'connect' },
  ] as const) {
    expect(step(waiting, event)).toBe(waiting);
    expect(step(online, event)).toBe(online);
    expect(step({ name: 'idle' }, event).name).toBe(event.type === 'connect' ? 'connecting' : 'idle');
  }
  expect(step(waiting, closed(1006))).toBe(waiting);
  expect(step(greeting, { type: 'opened', protocol: '' })).toBe(greeting);
  expect(step(greeting, { type: 'goaway', why: 'end', afterMs: 0, deadlineMs: 0 })).toBe(greeting);
});

const everyEvent: readonly ConnectionEvent[] = [
  { type: 'connect' },
  { type: 'opened', protocol: 'ws-stability.v1' },
  { type: 'welcome' },
  { type: 'refused' },
  { type: 'awake' },
  { type: 'timer', busy: false },
  { type: 'fault', code: 4201, reason: '' },
  { type: 'goaway', why: 'restart', afterMs: 1, deadlineMs: 2 },
  closed(1006),
  { type: 'close' },
];

describe('whatever happens, in any order, with clocks that jump', () => {
  const event: fc.Arbitrary<ConnectionEvent> = fc.oneof(
    fc.constantFrom<ConnectionEvent>(...everyEvent),
    fc.record({ type: fc.constant('timer' as const), busy: fc.boolean() }),
    fc.record({ type: fc.constant('opened' as const), protocol: fc.constantFrom('ws-stability.v1', '', 'chat') }),
    fc.record({
      type: fc.constant('closed' as const),
      code: fc.integer({ min: 1000, max: 4999 }),
      reason: fc.constantFrom('', 'after=700'),
      resume: fc.boolean(),
    }),
    fc.record({
      type: fc.constant('goaway' as const),
      why: fc.constantFrom('restart' as const, 'rebalance' as const, 'end' as const),
      afterMs: fc.nat(60_000),
      deadlineMs: fc.nat(60_000),
    }),
  );
  const steps = fc.array(fc.tuple(event, fc.nat(100_000), fc.double({ min: 0, max: 0.999, noNaN: true })), {
    maxLength: 60,
  });
  const policies = fc.record({
    fallback: fc.constantFrom(undefined, fallback),
    maxAttempts: fc.nat(4),
    onReplaced: fc.constantFrom('stop' as const, 'newSession' as const),
  });

  it('always has a deadline while alive, bounded waits, and one end', () => {
    fc.assert(
      fc.property(steps, policies, (script, change) => {
        let state = idle();
        let now = 0;
        for (const [next, passed, random] of script) {
          now += passed;
          const before: ConnectionState = state;
          state = step(before, next, change, now, random);
          if ('until' in state) expect(state.until).not.toBeNaN();
          if (state.name === 'waiting' && before !== state) {
            expect(state.until - now).toBeGreaterThanOrEqual(0);
            expect(state.until - now).toBeLessThanOrEqual(60_000);
            expect(state.failures).toBe('failures' in before ? before.failures + 1 : 1);
            if (change.maxAttempts > 0) expect(state.failures).toBeLessThanOrEqual(change.maxAttempts);
          }
          if (before.name === 'closed') expect(state).toBe(before);
          // One step at a time: online only after the greeting or as a fallback, greeting only after a dial.
          if (state.name === 'online' && before.name !== 'online')
            expect(before).toMatchObject(state.plain ? { name: 'connecting', plain: true } : { name: 'greeting' });
          if (state.name === 'greeting' && before.name !== 'greeting') expect(before.name).toBe('connecting');
        }
      }),
    );
  });

  it('always comes back by time alone once it waits', () => {
    fc.assert(
      fc.property(steps, (script) => {
        let state = idle();
        let now = 0;
        for (const [next, passed, random] of script) {
          now += passed;
          state = step(state, next, {}, now, random);
        }
        if (state.name !== 'waiting') return;
        state = step(state, { type: 'timer', busy: false }, {}, state.until);
        expect(state.name).toBe('connecting');
      }),
    );
  });
});
