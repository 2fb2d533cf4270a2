// Errors as this client makes them; `docs/errors.md` says more about each.
import { StabilityError } from '@ws-stability/core';
import type { WireError } from '@ws-stability/protocol';

/** What a server's refusal becomes. */
export function refusal({ code, message, path }: WireError): StabilityError {
  return new StabilityError(
    `ERR_${code.replace(/^ERR_/, '')}`,
    message,
    path === undefined ? {} : { details: { path } },
  );
}

/** The error of a message that cannot be delivered any more. @param sent whether the server may have seen it */
export function undelivered(sent: boolean): StabilityError {
  return sent
    ? new StabilityError('ERR_OUTCOME_UNKNOWN', 'The session ended before the result came.')
    : new StabilityError('ERR_CLOSED', 'The client is closed.');
}

export function tooLarge(maxBytes: number): StabilityError {
  return new StabilityError('ERR_TOO_LARGE', `The server takes ${maxBytes} bytes at most.`);
}
