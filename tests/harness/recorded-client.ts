// Ties a client to a history: what it publishes and is given is recorded for the checker.
import type { StabilityClient } from '@ws-stability/client';
import { isStabilityError } from '@ws-stability/core';
import type { ConnectionManager } from '@ws-stability/manager';
import type { Payload, Position, StartAt } from '@ws-stability/protocol';
import type { History } from '@ws-stability/testing';

/** Subscribes and records start, messages, gaps and skips. Resolves when the subscription stands. */
export async function subscribeRecorded(
  history: History,
  client: StabilityClient,
  name: string,
  topic: string,
  from: StartAt = 'now',
): Promise<void> {
  const early: (() => void)[] = [];
  let recording = false;
  // Messages may come in the same read as the answer, before the promise of it resolves.
  const record = (write: () => void): void => void (recording ? write() : early.push(write));
  client.on('gap', (gap) => {
    if (gap.topic === topic) record(() => history.gap(name, topic, gap));
  });
  client.on('skip', (skip) => {
    if (skip.topic === topic) record(() => history.skip(name, topic, skip.from, skip.to));
  });
  const subscription = client.subscribe(
    topic,
    (payload, meta) => {
      record(() => history.deliver(name, topic, [meta.epoch, meta.offset], contentOf(payload)));
    },
    { from },
  );
  const outcome = await subscription.ready;
  if ('denied' in outcome) throw new Error(`${name} was denied ${topic}: ${outcome.denied}`);
  history.subscribe(name, topic, 'at' in outcome ? outcome.at : outcome.gap.now);
  recording = true;
  for (const write of early) write();
}

/** Publishes and records how it ended. @returns the position, or nothing when the outcome is unknown. */
export async function publishRecorded(
  history: History,
  client: StabilityClient,
  topic: string,
  content: string,
  options: { readonly id?: string } = {},
): Promise<Position | undefined> {
  try {
    const { position } = await client.publish(topic, content, options);
    history.publish(topic, contentOf(content), position);
    return position;
  } catch (error) {
    if (!isStabilityError(error) || error.code !== 'ERR_OUTCOME_UNKNOWN') throw error;
    history.publish(topic, contentOf(content), 'unknown');
    return undefined;
  }
}

/** As {@link publishRecorded}, by the server. */
export async function publishFromServer(
  history: History,
  manager: ConnectionManager<unknown>,
  topic: string,
  content: string,
): Promise<void> {
  try {
    const outcome = await manager.publish(topic, content);
    history.publish(topic, contentOf(content), outcome.status === 'refused' ? 'refused' : outcome.position);
  } catch (error) {
    if (!isStabilityError(error) || error.code !== 'ERR_OUTCOME_UNKNOWN') throw error;
    history.publish(topic, contentOf(content), 'unknown');
  }
}

/** The part of a payload that names it: up to the first space. */
export function contentOf(payload: Payload): string {
  const text = typeof payload === 'string' ? payload : new TextDecoder().decode(payload);
  const end = text.indexOf(' ');
  return end < 0 ? text : text.slice(0, end);
}
