// What happened in a run, as publishers and subscribers saw it, for `checkDelivery` to judge afterwards.
import type { Gap, Position } from '@ws-stability/protocol';

/** How a publish ended for its publisher. */
export type PublishOutcome =
  | { readonly status: 'acknowledged'; readonly position: Position }
  /** It may have been appended or not: both are right. */
  | { readonly status: 'unknown' }
  /** It was certainly not appended, and must not appear. */
  | { readonly status: 'refused' };

export interface PublishedEvent {
  readonly type: 'published';
  readonly topic: string;
  /** Names the content, unlike any other content of the topic. */
  readonly content: string;
  readonly outcome: PublishOutcome;
}

interface OfSubscriber {
  readonly subscriber: string;
  readonly topic: string;
}

export type SubscriberEvent =
  | (OfSubscriber & { readonly type: 'subscribed'; readonly at: Position; readonly atLeastOnce: boolean })
  | (OfSubscriber & { readonly type: 'delivered'; readonly position: Position; readonly content: string })
  | (OfSubscriber & { readonly type: 'gap'; readonly gap: Gap })
  | (OfSubscriber & { readonly type: 'skip'; readonly from: number; readonly to: number })
  | (OfSubscriber & { readonly type: 'ended' });

/** In the order in which each subscriber saw it; the order between subscribers means nothing. */
export interface RecordedHistory {
  readonly published: readonly PublishedEvent[];
  readonly seen: readonly SubscriberEvent[];
}

/** Records a run; every method may be called from anywhere in it. */
export class History implements RecordedHistory {
  readonly #published: PublishedEvent[] = [];
  readonly #seen: SubscriberEvent[] = [];

  get published(): readonly PublishedEvent[] {
    return this.#published;
  }

  get seen(): readonly SubscriberEvent[] {
    return this.#seen;
  }

  /**
   * A publish was settled for its publisher.
   *
   * @param outcome the position that was acknowledged, `unknown`, or `refused`.
   */
  publish(topic: string, content: string, outcome: Position | 'unknown' | 'refused'): void {
    this.#published.push({
      type: 'published',
      topic,
      content,
      outcome: typeof outcome === 'string' ? { status: outcome } : { status: 'acknowledged', position: outcome },
    });
  }

  /**
   * A subscriber starts after this position; from here on everything is owed to it.
   *
   * @param atLeastOnce whether it may be given again what it had, from any position after its start. @default false
   */
  subscribe(subscriber: string, topic: string, at: Position, { atLeastOnce = false } = {}): void {
    this.#seen.push({ type: 'subscribed', subscriber, topic, at, atLeastOnce });
  }

  /** A message came. Volatile ones (offset 0) are not judged. */
  deliver(subscriber: string, topic: string, position: Position, content: string): void {
    this.#seen.push({ type: 'delivered', subscriber, topic, position, content });
  }

  /** The subscriber was told of a loss. */
  gap(subscriber: string, topic: string, gap: Gap): void {
    this.#seen.push({ type: 'gap', subscriber, topic, gap });
  }

  /** The subscriber was told that these offsets of the epoch it is in will not come, both inclusive. */
  skip(subscriber: string, topic: string, from: number, to: number): void {
    this.#seen.push({ type: 'skip', subscriber, topic, from, to });
  }

  /** The subscriber left: nothing after this is owed to it. */
  end(subscriber: string, topic: string): void {
    this.#seen.push({ type: 'ended', subscriber, topic });
  }
}
