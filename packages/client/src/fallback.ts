// For servers that do not know us: plain WebSocket messages, for `send` and `onInbox` only. Pass it as the option `fallback`.
import { StabilityError } from '@ws-stability/core';
import { INBOX, type Payload, SUBPROTOCOL, type Welcome } from '@ws-stability/protocol';
import { dial, type FallbackStep, online, UNSUPPORTED } from './connection.machine.ts';
import type { Delivery } from './delivery.ts';
import type { Handler } from './listener.ts';
import type { Outbox } from './outbox.machine.ts';
import type { Subscriptions } from './subscriptions.machine.ts';
import type { Upward } from './upward.ts';

/** What a fallback needs of the conversation that it goes on with. */
export interface FallbackHost {
  readonly outbox: Outbox<Upward>;
  readonly subscriptions: Subscriptions<Handler>;
  readonly delivery: Delivery;
  welcomed: Welcome | undefined;
  forget(): void;
  giveUp(messages: readonly Upward[]): void;
  next(): Upward | undefined;
  send(message: Payload): void;
}

export interface Fallback {
  readonly step: FallbackStep;
  opened(host: FallbackHost): void;
  received(host: FallbackHost, message: Payload): void;
  flush(host: FallbackHost): void;
}

export const plainFallback: Fallback = {
  step(state, event, now, policy) {
    const { name, plain } = state;
    if (name !== 'connecting' && name !== 'greeting') return undefined;
    if (plain) return event.type === 'opened' ? online(state, now) : undefined;
    let unserved = event.type === 'refused';
    if (event.type === 'opened') unserved = event.protocol !== SUBPROTOCOL;
    // A browser cannot tell a server that selects no subprotocol from one that is away.
    if (event.type === 'closed')
      unserved = UNSUPPORTED.includes(event.code) || (name === 'connecting' && !state.proven);
    return unserved ? dial(state, now, policy, true) : undefined;
  },

  opened(host) {
    // There is no session any more: what was sent in one is given up, and no topic can be held.
    host.forget();
    host.welcomed = undefined;
    host.giveUp(host.outbox.lost());
    host.subscriptions.clear('The server speaks no ws-stability');
  },

  received(host, message) {
    const inbox = host.subscriptions.topics.get(INBOX);
    if (inbox) host.delivery.hand(inbox, message, { topic: INBOX, epoch: 0, offset: 0, volatile: true });
  },

  flush(host) {
    for (let message = host.next(); message; message = host.next()) {
      host.outbox.result(message.seq, message.seq);
      if (message.fields.topic === undefined) {
        host.send(message.fields.payload);
        message.resolve(undefined);
      } else
        message.reject(new StabilityError('ERR_PLAIN', 'The server speaks no ws-stability; only send() reaches it.'));
    }
  },
};
