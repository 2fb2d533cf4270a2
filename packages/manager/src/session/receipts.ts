// Calls of send() that wait until the client has acknowledged its inbox up to their message.
import { StabilityError, type TimerWheel, WheelEntry } from '@ws-stability/core';
import { comparePositions, type Position } from '@ws-stability/protocol';

interface Receipt {
  readonly position: Position;
  readonly settle: (error: StabilityError | undefined) => void;
}

export class Receipts {
  /** In order of their positions. */
  #waiting: Receipt[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  /**
   * @param acked what is acknowledged already: the client may be quicker than the log's answer.
   * @param timeoutMs milliseconds
   * @returns when acknowledged; rejects `ERR_SEND_TIMEOUT` or what `fail` says
   */
  async wait(
    position: Position,
    acked: Position | undefined,
    timeoutMs: number | undefined,
    wheel: TimerWheel,
  ): Promise<{ position: Position }> {
    if (acked !== undefined && comparePositions(acked, position) >= 0) {
      if (acked[0] > position[0]) throw lostError();
      return { position };
    }
    return new Promise((resolve, reject) => {
      const timeout = new WheelEntry(() => {
        this.#waiting = this.#waiting.filter((other) => other !== receipt);
        receipt.settle(
          new StabilityError(
            'ERR_SEND_TIMEOUT',
            `No acknowledgement within ${timeoutMs} ms. The message stays in the inbox and is delivered when the client is back; do not send it again without an id.`,
            { retryable: true, details: { timeoutMs } },
          ),
        );
      });
      const receipt: Receipt = {
        position,
        settle: (error) => {
          wheel.cancel(timeout);
          if (error === undefined) resolve({ position });
          else reject(error);
        },
      };
      // First, for it throws at what is no time; then nobody waits.
      if (timeoutMs !== undefined && timeoutMs !== Number.POSITIVE_INFINITY) wheel.schedule(timeout, timeoutMs);
      this.#waiting.push(receipt);
    });
  }

  /** The inbox is acknowledged up to a position. */
  acknowledged([epoch, offset]: Position): void {
    let count = 0;
    for (const { position } of this.#waiting) {
      if (position[0] > epoch || (position[0] === epoch && position[1] > offset)) break;
      count++;
    }
    for (const receipt of this.#waiting.splice(0, count)) {
      const lost = receipt.position[0] < epoch;
      receipt.settle(lost ? lostError() : undefined);
    }
  }

  /** Entries up to a position were lost before they were delivered. */
  lost([epoch, offset]: Position): void {
    const kept: Receipt[] = [];
    for (const receipt of this.#waiting.splice(0)) {
      const [atEpoch, atOffset] = receipt.position;
      if (atEpoch < epoch || (atEpoch === epoch && atOffset <= offset)) receipt.settle(lostError());
      else kept.push(receipt);
    }
    this.#waiting = kept;
  }

  fail(error: StabilityError): void {
    for (const receipt of this.#waiting.splice(0)) receipt.settle(error);
  }
}

function lostError(): StabilityError {
  return new StabilityError(
    'ERR_SEND_LOST',
    'The message left the inbox before the client took it; the client was told the gap. Raise the retention of inboxes or send less.',
  );
}
