// What a topic may be called.
import { StabilityError } from '@ws-stability/core';

export const MAX_TOPIC_LENGTH = 128;
/** A session's own log, as its client sees it. */
export const INBOX = '@';
/** The log of a session's principal, as its client sees it. */
export const PRINCIPAL_TOPIC = '@u';

const TOPIC_NAME = /^[A-Za-z0-9._:/~-]{1,128}$/;

/** Whether clients may subscribe and publish to a topic of this name. */
export function isTopicName(name: string): boolean {
  return TOPIC_NAME.test(name);
}

/** Whether a name can stand in a frame: a topic name or one of the two private ones. */
export function isWireTopic(name: string): boolean {
  return name === INBOX || name === PRINCIPAL_TOPIC || TOPIC_NAME.test(name);
}

/** @throws StabilityError `ERR_TOPIC` when the name cannot be a topic's. */
export function assertTopicName(name: string): void {
  if (isTopicName(name)) return;
  throw new StabilityError(
    'ERR_TOPIC',
    `${JSON.stringify(name.slice(0, 100))} cannot name a topic; use 1 to ${MAX_TOPIC_LENGTH} of A-Za-z0-9._:/~-`,
    { details: { topic: name.slice(0, 100) } },
  );
}
