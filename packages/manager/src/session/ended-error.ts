// What is told to whoever waits for a session that is over.
import { StabilityError } from '@ws-stability/core';

export function endedError(): StabilityError {
  return new StabilityError(
    'ERR_SESSION_ENDED',
    'The session is over; the client starts a new one when it comes back.',
  );
}
