// Counts what happens to each client, where somebody wants to know.
import type { Session } from '../session/session.ts';
import type { ClientColumn, ClientLedger } from './observer.ts';

/** The slot of a session whose client was never counted. */
const NONE = -1;

export class ClientCounts {
  readonly #ledger: ClientLedger | undefined;

  constructor(ledger: ClientLedger | undefined) {
    this.#ledger = ledger;
  }

  connected(session: Session, resumed: boolean): void {
    if (this.#ledger === undefined) return;
    const { slot, id } = session;
    session.slot = slot === NONE ? this.#ledger.open(id) : this.#ledger.reopen(slot, id);
    this.add(session, 'connections', 1);
    if (!resumed) return;
    this.add(session, 'reconnections', 1);
    this.add(session, 'retry_attempts', 1);
    this.add(session, 'retry_successes', 1);
  }

  disconnected(session: Session): void {
    this.add(session, 'disconnections', 1);
    if (session.slot !== NONE) this.#ledger?.close(session.slot);
  }

  /** One write. */
  sent(session: Session, messages: number, bytes: number): void {
    if (this.#ledger === undefined || session.slot === NONE) return;
    this.#ledger.add(session.slot, this.#ledger.columns.messages_sent, messages);
    this.#ledger.add(session.slot, this.#ledger.columns.sent_bytes, bytes);
  }

  add(session: Session, column: ClientColumn, amount: number): void {
    if (this.#ledger === undefined || session.slot === NONE || amount === 0) return;
    this.#ledger.add(session.slot, this.#ledger.columns[column], amount);
  }
}
