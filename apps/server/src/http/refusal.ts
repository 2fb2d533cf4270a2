// A request that is not served: a status, and a JSON body that says what was wrong and what to do about it.

export interface Refusal {
  readonly status: number;
  readonly code: `ERR_${string}`;
  readonly message: string;
  /** Which parameter, header or member of the body. */
  readonly field?: string;
  /** What it was; never a payload or a token. */
  readonly value?: string;
  readonly remedy: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const LONGEST_VALUE = 100;

/** The JSON body. */
export function refusalBody({ code, message, field, value, remedy }: Refusal): string {
  return JSON.stringify({ error: { code, message, field, value: value?.slice(0, LONGEST_VALUE), remedy } });
}

/** A parameter, or a member of a body, that is not what it should be. */
export function badField(field: string, value: unknown, message: string, remedy: string): Refusal {
  const shown = value === undefined ? {} : { value: typeof value === 'string' ? value : asText(value) };
  return { status: 400, code: 'ERR_FIELD', message, field, ...shown, remedy };
}

// Nothing that came as JSON nests too deep to be read, but it may to be written again.
function asText(value: unknown): string {
  try {
    return String(JSON.stringify(value));
  } catch {
    return 'nested too deeply';
  }
}

export const NOT_FOUND: Refusal = {
  status: 404,
  code: 'ERR_NOT_FOUND',
  message: 'There is nothing at this path.',
  remedy: 'Use /ws, /api/publish, /metrics, /health/websocket, /healthz or /readyz.',
};

export const DRAINING: Refusal = {
  status: 503,
  code: 'ERR_DRAINING',
  message: 'The server is about to stop and accepts nothing new.',
  remedy: 'Try again after the restart.',
  headers: { 'retry-after': '5' },
};

export const INTERNAL: Refusal = {
  status: 500,
  code: 'ERR_INTERNAL',
  message: 'The server failed at this request.',
  remedy: 'Try again; if it stays, look for `request failed` in the log of the server.',
};
