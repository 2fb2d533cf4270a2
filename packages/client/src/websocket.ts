// What the client needs of a WebSocket: browsers' own and the one of `ws` both fit.

export interface WebSocketLike {
  readonly protocol: string;
  readonly readyState: number;
  binaryType: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  /** Ends it without a handshake; `ws` has it, browsers do not. */
  terminate?(): void;
}

export type WebSocketConstructor = new (url: string | URL, protocols?: string[]) => WebSocketLike;
