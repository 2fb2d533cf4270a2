// The results of one turn: runs of plain successes leave as one frame.
import type { Result } from '@ws-stability/protocol';
import type { StoredResult } from '@ws-stability/store';

export class ResultBatch {
  readonly #messages: Result[] = [];
  #highest = 0;

  /** Adds a result, once: a client that asks for one again and again in one turn gets it once. */
  add(result: StoredResult): void {
    if (result.n <= this.#highest && this.#messages.some((message) => tells(message, result.n))) return;
    this.#highest = Math.max(this.#highest, result.n);
    if ('err' in result) this.#messages.push({ t: 'res', n: result.n, err: result.err });
    else if (result.value !== undefined) this.#messages.push({ t: 'res', n: result.n, ok: true, value: result.value });
    else this.#addSuccess(result.n);
  }

  messages(): readonly Result[] {
    return this.#messages;
  }

  #addSuccess(n: number): void {
    const last = this.#messages.at(-1);
    if (last !== undefined && 'from' in last && last.to === n - 1) {
      this.#messages[this.#messages.length - 1] = { t: 'res', from: last.from, to: n, ok: true };
    } else this.#messages.push({ t: 'res', from: n, to: n, ok: true });
  }
}

function tells(message: Result, n: number): boolean {
  return 'from' in message ? message.from <= n && n <= message.to : message.n === n;
}
