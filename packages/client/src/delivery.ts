// Hands what comes down to the listeners of its topic, and acknowledges what has settled.
import { type Clock, StabilityError } from '@ws-stability/core';
import type { ClientControl, DownwardData, Payload } from '@ws-stability/protocol';
import { type AcknowledgementPolicy, Acknowledgements } from './acknowledgements.machine.ts';
import type { Alarm } from './alarm.ts';
import type { ClientCounters } from './client-events.ts';
import type { Handler, MessageMeta } from './listener.ts';
import type { Held, Subscriptions } from './subscriptions.machine.ts';

export interface DeliveryHost {
  readonly subscriptions: Subscriptions<Handler>;
  readonly outbox: { readonly confirmed: number };
  readonly counters: ClientCounters;
  /** Whether the server listens. */
  readonly online: boolean;
  tell(message: ClientControl): void;
  /** What has settled is about to be acknowledged. */
  save(): void;
  /** Something between is missing without a word about it: resume from what we have. */
  hole(topic: string): void;
  report(error: StabilityError): void;
}

export class Delivery {
  /** The results up to here were acknowledged. */
  confirmed = 0;
  readonly #host: DeliveryHost;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #acks: Acknowledgements;

  constructor(host: DeliveryHost, policy: AcknowledgementPolicy, clock: Clock, alarm: Alarm) {
    this.#host = host;
    this.#clock = clock;
    this.#alarm = alarm;
    this.#acks = new Acknowledgements(policy);
  }

  take({ topic: name, offset, payload, id, ackNow }: DownwardData): void {
    const host = this.#host;
    const topic = host.subscriptions.topics.get(name);
    const verdict = topic?.position.take(offset);
    if (verdict === 'duplicate') host.counters.duplicatesDropped++;
    if (verdict === 'full') {
      const details = { topic: name };
      host.report(new StabilityError('ERR_LISTENER_LAG', 'Listeners are too slow.', { details }));
    }
    if (verdict === 'full' || verdict === 'hole') host.hole(name);
    const volatile = verdict === 'volatile';
    if (!topic || (!volatile && verdict !== 'deliver')) return;
    const slot = volatile ? undefined : topic.position.open();
    const epoch = topic.position.received?.[0] ?? 0;
    const settle = (): void => {
      if (!slot) return;
      topic.position.settle(slot);
      this.note(payload.length, ackNow);
    };
    const waiting = this.hand(topic, payload, { topic: name, epoch, offset, volatile, ...(id && { id }) });
    if (waiting) waiting.then(settle);
    else settle();
  }

  /** @returns what to wait for, if any listener takes its time */
  hand(topic: Held<Handler>, payload: Payload, meta: MessageMeta): Promise<unknown> | undefined {
    this.#host.counters.received++;
    let waiting: Promise<unknown> | undefined;
    for (const listener of topic.listeners) {
      const settled = listener(payload, meta);
      if (settled) waiting = waiting ? Promise.all([waiting, settled]) : settled;
    }
    return waiting;
  }

  /** Something settled, or a result arrived. */
  note(bytes: number, now?: boolean): void {
    this.#acks.note(bytes, this.#clock.now(), now);
    this.acknowledge();
  }

  /** A connection begins: goes on with what is owed. @param resumed whether the session does */
  begin(resumed: boolean): void {
    if (resumed) {
      // The last acknowledgement may have been cut off, and nothing may ever follow it: say it again.
      for (const topic of this.#host.subscriptions.topics.values()) topic.acked = undefined;
      this.confirmed = 0;
      this.#acks.note(0, this.#clock.now());
    }
    this.#alarm.set(this.#acks.due);
  }

  /** @param last whether nothing can follow: says it now, whenever it is due */
  acknowledge(last = false): void {
    const { subscriptions, outbox, online } = this.#host;
    const { due } = this.#acks;
    if (!last) {
      if (!online) return;
      if (due > this.#clock.now()) return this.#alarm.set(due);
    }
    const p = new Map();
    for (const topic of subscriptions.topics.values()) {
      const { settled } = topic.position;
      if (settled && settled !== topic.acked) p.set(topic.name, settled);
      topic.acked = settled;
    }
    const { confirmed } = outbox;
    const r = confirmed > this.confirmed && confirmed;
    this.confirmed = confirmed;
    this.#acks.sent();
    this.#host.save();
    if (p.size > 0 || r) this.#host.tell({ t: 'ack', ...(p.size > 0 && { p }), ...(r && { r }) });
  }
}
