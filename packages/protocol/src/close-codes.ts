// Close codes: the range says what a client does next.

/** The codes that this protocol uses. */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  policy: 1008,
  tooLarge: 1009,
  internalError: 1011,
  restart: 1012,
  overloaded: 1013,
  replaced: 4000,
  unauthenticated: 4001,
  forbidden: 4003,
  badFrame: 4004,
  version: 4005,
  tooSlow: 4006,
  rate: 4100,
  limit: 4101,
  slowConsumer: 4102,
  helloTimeout: 4108,
  resumeNow: 4200,
  gap: 4201,
} as const;

/** What a client does after a close. */
export type CloseAction =
  /** Over, or our own mistake: report it. */
  | { readonly do: 'stop' }
  /**
   * Come back. `backoff`: after a delay that grows, at least `afterMs`; `slot`: at the moment the server gave (`goaway`,
   * or `afterMs`), else a random one within 5–30 s; `now`: within 0–500 ms, then as `backoff`.
   */
  | { readonly do: 'resume'; readonly pace: 'backoff' | 'slot' | 'now'; readonly afterMs?: number }
  /** A code of the application's own (or of a framework around it: 3000–3999); its policy decides. */
  | { readonly do: 'application' };

/** Codes of RFC 6455 that say that the same again would end the same. */
const FATAL: readonly number[] = [1002, 1003, 1007, 1008, 1009, 1010];
const RESTART = 1012;
const OVERLOADED = 1013;

/**
 * What the code of a close asks of the client. Whether it follows the client's own `bye` or a `goaway why: end` is for the
 * client to know: then it stops whatever the code.
 */
export function closeAction(code: number, reason: string): CloseAction {
  if (FATAL.includes(code) || (code >= 4000 && code < 4100)) return { do: 'stop' };
  if (code >= 4300 || (code >= 3000 && code < 4000)) return { do: 'application' };
  if (code >= 4200) return { do: 'resume', pace: 'now' };
  // Numbers and not `CLOSE`: a browser bundle then leaves that table out.
  const pace = code === RESTART ? 'slot' : 'backoff';
  const after = (code === RESTART || code === OVERLOADED) && /\bafter=(\d{1,9})(?![\w.])/.exec(reason);
  return { do: 'resume', pace, ...(after && { afterMs: Number(after[1]) }) };
}

/** The reason of a 4201 to a plain client: the offsets it will not get, both inclusive. */
export function gapReason(epoch: number, first: number, last: number): string {
  return `gap ${epoch}:${first}-${last}`;
}

/** Reads the reason of a 4201, or answers `undefined` for any other text. */
export function parseGapReason(
  reason: string,
): { readonly epoch: number; readonly first: number; readonly last: number } | undefined {
  const [, epoch, first, last] = /^gap (\d{1,15}):(\d{1,15})-(\d{1,15})$/.exec(reason) ?? [];
  return last === undefined ? undefined : { epoch: Number(epoch), first: Number(first), last: Number(last) };
}
