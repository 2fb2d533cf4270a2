// When to acknowledge: after 32 messages or 64 KiB, 250 ms after the first, or at once when asked.
//
// | state | note(urgent, or limits reached) | note(else)                          | sent  |
// |-------|---------------------------------|-------------------------------------|-------|
// | none  | owed, due now                   | owed, due ackDelayMs later          | none  |
// | owed  | owed, due now                   | owed, due as before                 | none  |
import { NEVER } from './never.ts';

export interface AcknowledgementPolicy {
  readonly ackMessages: number;
  readonly ackBytes: number;
  readonly ackDelayMs: number;
}

export class Acknowledgements {
  readonly #policy: AcknowledgementPolicy;
  #messages = 0;
  #bytes = 0;
  /** When an acknowledgement is due, in monotonic milliseconds; infinity: nothing is owed. */
  due = NEVER;

  constructor(policy: AcknowledgementPolicy) {
    this.#policy = policy;
  }

  /** Something settled, a result arrived, or what was said before may not have. */
  note(bytes: number, now: number, urgent = false): void {
    this.#messages++;
    this.#bytes += bytes;
    const { ackMessages, ackBytes, ackDelayMs } = this.#policy;
    const full = urgent || this.#messages >= ackMessages || this.#bytes >= ackBytes;
    this.due = Math.min(this.due, full ? now : now + ackDelayMs);
  }

  /** All that was owed is on its way. */
  sent(): void {
    this.#messages = this.#bytes = 0;
    this.due = NEVER;
  }
}
