// A call under a breaker: made if it may be, its end judged.
import type { MaybePromise } from '@ws-stability/core';
import type { BreakerPolicy } from './breaker-policy.ts';
import { circuitOpenError } from './circuit-open-error.ts';
import type { Outcome, Permit, Rejection } from './permit.ts';

/** What is done at the end of a call. */
export interface Ends {
  readonly onValue: (value: unknown) => void;
  readonly onError: (error: unknown) => void;
}

interface Guarded {
  readonly name: string;
  /** A permit keeps its ends, because in the closed state it is the same one for all calls. */
  tryAcquire(): (Permit & { ends?: Ends | undefined }) | Rejection;
}

const settled = Promise.resolve();

export function guard<Value>(
  breaker: Guarded,
  policy: BreakerPolicy,
  call: (signal?: AbortSignal) => MaybePromise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  const permit = breaker.tryAcquire();
  if (!permit.acquired) {
    // Rejected a moment later, when its caller has attached what handles it: engines do extra work for promises that reject
    // before (on Node 20 such a rejection costs a quarter of `Promise.reject`).
    return new Promise((_, reject) => void settled.then(() => reject(circuitOpenError(breaker.name, permit))));
  }
  let { ends } = permit;
  if (ends === undefined || policy.timed || signal !== undefined) ends = makeEnds(policy, permit, signal);
  if (signal === undefined) permit.ends = ends;
  let promise: Promise<Value>;
  try {
    // Adopts what merely has a `then`, once, since its `then` may do the work each time; a promise stays itself.
    promise = Promise.resolve(call(signal));
  } catch (error) {
    promise = Promise.reject(error);
  }
  // Before anyone else can, so that whoever waits for the call finds it counted.
  void promise.then(ends.onValue, ends.onError);
  return promise;
}

function makeEnds(policy: BreakerPolicy, permit: Permit, signal?: AbortSignal): Ends {
  const { timed, clock } = policy;
  const startedAt = timed ? clock.now() : 0;
  const end = (judge: (what: unknown) => Outcome, what: unknown): void => {
    let outcome: Outcome = 'failure';
    try {
      outcome = judge(what);
    } catch (thrown) {
      policy.onError(thrown);
    }
    const durationMs = timed ? clock.now() - startedAt : 0;
    if (outcome === 'success') permit.success(durationMs);
    else if (outcome === 'failure') permit.failure(what, durationMs);
    else permit.ignore();
  };
  return {
    onValue: (value) => end(policy.judgeValue, value),
    onError: (error) => (signal?.aborted ? permit.ignore() : end(policy.judgeError, error)),
  };
}
