// The topic `echo`: what a client sends to it comes back to that client and nobody else.
import type { ConnectionManager } from '@ws-stability/manager';
import { inboxKey, type LogStore } from '@ws-stability/store';

export const ECHO_TOPIC = 'echo';

/**
 * A plain connection to `echo` gets back what it sends. A resumable client asks with `request('echo', value)`; publishing or
 * subscribing is refused, because a topic is shared by all and this one must not be.
 */
export function serveEcho(manager: ConnectionManager, log: LogStore): () => void {
  const forgetRequests = manager.handle(ECHO_TOPIC, (payload) => answer(payload));
  const forgetMessages = manager.onMessage((payload, { session }) => {
    if (session.mode !== 'plain') return answer(payload);
    // Into its inbox, which is ordered and bounded like every log. Not by `send`: that waits for an acknowledgement,
    // and a plain client without a name never gives one.
    const topic = inboxKey(session.id);
    return log.append({ topic, payload, binary: typeof payload !== 'string' });
  });
  return () => {
    forgetRequests();
    forgetMessages();
  };
}

/** Why a session may not do this with a topic; true for all but `echo`. */
export function authorizeEcho(action: 'subscribe' | 'publish' | 'request', topic: string): true | string {
  if (topic !== ECHO_TOPIC || action === 'request') return true;
  return 'echo answers its sender only: use request, or a plain connection to /ws?topic=echo';
}

// JSON comes back as the value it stands for, other text as it is, bytes as base64 (a result is JSON).
function answer(payload: string | Uint8Array): unknown {
  if (typeof payload !== 'string') return { payloadBase64: Buffer.from(payload).toString('base64') };
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}
