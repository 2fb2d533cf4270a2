// A claim as its holder has it: which slot, and which claim of that slot.
import type { Claim } from './dedup-outcome.ts';
import { NONE } from './entry-columns.ts';
import type { Ledger } from './ledger.ts';

export class HeldClaim<Result> implements Claim<Result> {
  readonly outcome = 'new';
  readonly #ledger: Ledger<Result>;
  readonly #number: number;
  readonly #ttlMs: number;
  #slot: number;

  constructor(ledger: Ledger<Result>, slot: number, ttlMs: number) {
    this.#ledger = ledger;
    this.#number = ledger.numberOf(slot);
    this.#ttlMs = ttlMs;
    this.#slot = slot;
  }

  commit(result?: Result): boolean {
    const slot = this.#settle();
    return slot !== NONE && this.#ledger.commit(slot, this.#number, this.#ttlMs, result);
  }

  abort(): boolean {
    const slot = this.#settle();
    return slot !== NONE && this.#ledger.abort(slot, this.#number);
  }

  /** Once: what comes after the first answer has no effect. */
  #settle(): number {
    const slot = this.#slot;
    this.#slot = NONE;
    return slot;
  }
}
