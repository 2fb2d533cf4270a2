// Hands what comes down to the listeners of its topic, and says what has settled.
import { isPromise, StabilityError } from '@ws-stability/core';
import type { DownwardData, Payload } from '@ws-stability/protocol';
import type { ClientCounters } from './client-events.ts';
import type { Handler, MessageMeta } from './listener.ts';
import type { Held } from './subscriptions.machine.ts';

export interface DeliveryParts {
  readonly counters: ClientCounters;
  /** A logged message has settled. */
  settled(bytes: number, ackNow: boolean | undefined): void;
  /** Something between is missing without a word about it: resume from what we have. */
  hole(topic: string): void;
  report(error: unknown): void;
}

export class Delivery {
  readonly #parts: DeliveryParts;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** @param topic undefined when we hold none of that name */
  take(topic: Held<Handler> | undefined, { topic: name, offset, payload, id, ackNow }: DownwardData): void {
    const { counters, settled, hole, report } = this.#parts;
    const verdict = topic?.position.take(offset);
    if (topic === undefined || verdict === 'stray') counters.strays++;
    else if (verdict === 'duplicate') counters.duplicatesDropped++;
    else if (verdict === 'hole') hole(name);
    else if (verdict === 'full') {
      report(
        new StabilityError('ERR_LISTENER_LAG', 'Too much of a topic is unsettled; let its listeners return sooner', {
          details: { topic: name },
          retryable: true,
        }),
      );
      hole(name);
    } else {
      const volatile = verdict === 'volatile';
      const epoch = topic.position.received?.[0] ?? 0;
      const slot = volatile ? undefined : topic.position.open();
      const meta = { topic: name, epoch, offset, volatile, ...(id !== undefined && { id }) };
      const settle = (): void => {
        if (slot === undefined) return;
        topic.position.settle(slot);
        settled(payload.length, ackNow);
      };
      const waiting = this.hand(topic, payload, meta);
      if (waiting) waiting.then(settle, report);
      else settle();
    }
  }

  /** @returns what to wait for, if any listener takes its time */
  hand(topic: Held<Handler>, payload: Payload, meta: MessageMeta): Promise<unknown> | undefined {
    const { counters, report } = this.#parts;
    counters.received++;
    if (topic.listeners.size === 0 && !topic.unheard) {
      topic.unheard = true;
      const message = `Messages of ${topic.name} come but nobody listens; subscribe before connecting`;
      report(new StabilityError('ERR_NO_LISTENER', message, { details: { topic: topic.name } }));
    }
    let waiting: Promise<unknown> | undefined;
    for (const listener of topic.listeners) {
      const settled = listener(payload, meta);
      if (isPromise(settled)) waiting = waiting ? Promise.all([waiting, settled]) : settled;
    }
    return waiting;
  }
}
