// Keys of logs: a topic's is its name; private logs start with `@`, which no topic name can.
import { INBOX, PRINCIPAL_TOPIC } from '@ws-stability/protocol';

const INBOX_PREFIX = '@s:';
const PRINCIPAL_PREFIX = '@u:';

/** The key of a session's inbox. */
export function inboxKey(session: string): string {
  return INBOX_PREFIX + session;
}

/** The key of a principal's topic, which each of their sessions holds. */
export function principalKey(principal: string): string {
  return PRINCIPAL_PREFIX + principal;
}

/** Whether a log is one session's inbox; inboxes have a byte budget of their own. */
export function isInbox(key: string): boolean {
  return key.startsWith(INBOX_PREFIX);
}

/** The name of a log on the wire: clients see their own private logs only, as `@` and `@u`. */
export function wireTopic(key: string): string {
  if (key.charCodeAt(0) !== 64) return key;
  return isInbox(key) ? INBOX : PRINCIPAL_TOPIC;
}
