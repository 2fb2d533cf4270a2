// The application's decision on a client's credential, with its time limit and its breaker.
import type { IncomingMessage } from 'node:http';
import type { Guard } from '../breakers/guard.ts';
import type { HelloDecision, ManagerDependencies } from '../dependencies.ts';
import { deadline } from './deadline.ts';
import { decided } from './decided.ts';

/** Who shows a credential. */
export interface Applicant {
  readonly request: IncomingMessage;
  readonly phase: string;
}

export class Credentials<Data> {
  readonly #dependencies: Pick<ManagerDependencies<Data>, 'onHello'>;
  readonly #guard: Guard;
  readonly #timeoutMs: number;

  /** @param timeoutMs how long a decision may take, in milliseconds */
  constructor(dependencies: Pick<ManagerDependencies<Data>, 'onHello'>, guard: Guard, timeoutMs: number) {
    this.#dependencies = dependencies;
    this.#guard = guard;
    this.#timeoutMs = timeoutMs;
  }

  /** Whether the application decides at all. */
  get decides(): boolean {
    return this.#dependencies.onHello !== undefined;
  }

  /** @returns the decision, or rejects when none comes: `ERR_HOOK`, `ERR_HOOK_TIMEOUT`, `ERR_CIRCUIT_OPEN`, or what the hook throws */
  async judge(auth: string | undefined, applicant: Applicant): Promise<HelloDecision<Data>> {
    if (!this.decides) return { accept: true };
    const decision = await this.#guard.run(
      () => deadline(this.#dependencies.onHello?.(auth, applicant.request), this.#timeoutMs, 'onHello'),
      { isCancelled: () => applicant.phase === 'closed' },
    );
    return decided(decision, 'onHello');
  }
}
