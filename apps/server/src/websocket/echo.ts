// The topic `echo`: what a client sends to it comes back to that client and nobody else.
import type { ConnectionManager } from '@ws-stability/manager';

export const ECHO_TOPIC = 'echo';

/**
 * A plain connection to `echo` gets back what it sends. A resumable client asks with `request('echo', value)`; publishing or
 * subscribing is refused, because a topic is shared by all and this one must not be.
 */
export function serveEcho(manager: ConnectionManager): () => void {
  const forgetRequests = manager.handle(ECHO_TOPIC, (payload) => answer(payload));
  const forgetMessages = manager.onMessage((payload, { session }) => {
    if (session.mode !== 'plain') return answer(payload);
    // Settles when the client has it; until then it waits in the session's inbox.
    manager.send(session, payload).catch(() => {});
    return undefined;
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
