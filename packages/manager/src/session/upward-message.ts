// A client's message on its way to a handler or a log.

/** A message taken in, with its payload copied out of the socket's read buffer. */
export interface UpwardMessage {
  readonly seq: number;
  readonly topic: string | undefined;
  readonly op: 'pub' | 'req';
  readonly id: string | undefined;
  readonly echo: boolean;
  readonly ttlMs: number | undefined;
  readonly traceparent: string | undefined;
  readonly binary: boolean;
  readonly payload: Uint8Array;
}
