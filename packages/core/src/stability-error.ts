// The one error class of the project: recognised by `code`, with the remedy in its message.

export interface StabilityErrorDetails {
  /** Whether the same call may succeed later. @default false */
  readonly retryable?: boolean;
  readonly cause?: unknown;
  /** Plain facts for whoever handles the error: a field's path, a limit, a delay. Never payloads or tokens. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Every error that these packages throw, reject with or emit; see `docs/errors.md` for each `code`. */
export class StabilityError extends Error {
  override readonly name = 'StabilityError';
  readonly code: `ERR_${string}`;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  /**
   * @param code stable across releases, e.g. `ERR_OPTION`.
   * @param message what happened and what to do about it.
   */
  constructor(
    code: `ERR_${string}`,
    message: string,
    { retryable = false, cause, details = {} }: StabilityErrorDetails = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable;
    this.details = details;
  }
}

/** Whether a caught value is a {@link StabilityError}, also one from another copy of this package. */
export function isStabilityError(value: unknown): value is StabilityError {
  return value instanceof Error && value.name === 'StabilityError' && 'code' in value && typeof value.code === 'string';
}
