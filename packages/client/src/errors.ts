// Errors as this client makes them.
import { StabilityError } from '@ws-stability/core';
import type { WireError } from '@ws-stability/protocol';

/** What a server's refusal becomes. */
export function refusal({ code, message, path }: WireError): StabilityError {
  const known = code.startsWith('ERR_') ? code.slice(4) : code;
  return new StabilityError(`ERR_${known}`, message, path === undefined ? {} : { details: { path } });
}

/** The error of a message that cannot be delivered any more. @param sent whether the server may have seen it */
export function undelivered(sent: boolean): StabilityError {
  return sent
    ? new StabilityError(
        'ERR_OUTCOME_UNKNOWN',
        'The session ended before the result came; look whether it took effect, or publish with an id',
      )
    : new StabilityError('ERR_CLOSED', 'The client is closed; make a new one');
}

export function tooLarge(maxBytes: number): StabilityError {
  return new StabilityError(
    'ERR_TOO_LARGE',
    `The server takes at most ${maxBytes} bytes a message; send less at a time`,
  );
}
