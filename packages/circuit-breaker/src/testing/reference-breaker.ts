// The rules of a breaker once more, plain and slow: it keeps every result and works each answer out from the beginning.
// Written from the documentation, sharing no code with the breaker.
import type { BreakerNumbers } from '../breaker-limits.ts';

export type ReferenceOutcome = 'success' | 'failure' | 'ignored';

interface Result {
  readonly failed: boolean;
  readonly durationMs: number;
  readonly at: number;
}

interface Trial {
  readonly id: number;
  readonly begunAt: number;
  end: 'none' | ReferenceOutcome;
}

export class ReferenceBreaker {
  state: 'closed' | 'open' | 'halfOpen' = 'closed';
  reason = 'started';
  since = 0;
  openForMs = 0;
  rounds = 0;
  generation = 0;
  isolations = 0;
  successes = 0;
  failures = 0;
  ignored = 0;
  rejected = 0;
  lateResults = 0;
  opened = 0;
  /** The random number that the breaker would draw now. */
  chance = 0;
  readonly #numbers: BreakerNumbers;
  #results: Result[] = [];
  #trials: Trial[] = [];
  #nextTrial = 1;

  constructor(numbers: BreakerNumbers) {
    this.#numbers = numbers;
  }

  /** @returns 0 for a permit of the closed state, the number of a trial, or why not and for how long. */
  acquire(now: number): number | readonly [reason: string, retryAfterMs: number] {
    const n = this.#numbers;
    if (this.isolations > 0) {
      this.rejected++;
      return ['isolated', n.openMs];
    }
    this.#passTime(now);
    if (this.state === 'closed') return 0;
    if (this.state === 'open') {
      this.rejected++;
      return ['open', this.since + this.openForMs - now];
    }
    const running = this.#trials.filter(({ end }) => end === 'none');
    const begun = this.#trials.filter(({ end }) => end !== 'ignored').length;
    if (begun >= n.trials || running.length >= n.concurrentTrials) {
      this.rejected++;
      const oldest = Math.min(...running.map(({ begunAt }) => begunAt));
      return ['trialsBusy', oldest + n.trialLeaseMs - now];
    }
    const id = this.#nextTrial++;
    this.#trials.push({ id, begunAt: now, end: 'none' });
    return id;
  }

  /** A call that was let through in the closed state of a generation has ended. */
  settleClosed(generation: number, outcome: ReferenceOutcome, durationMs: number, now: number): void {
    if (outcome === 'ignored') {
      this.ignored++;
      return;
    }
    if (generation !== this.generation) {
      this.lateResults++;
      return;
    }
    const failed = outcome === 'failure';
    if (failed) this.failures++;
    else this.successes++;
    this.#results.push({ failed, durationMs, at: now });
    const reason = this.#tripReason(now);
    if (reason === undefined) return;
    const healthy = now - this.since >= this.#numbers.healthyMs;
    this.#open(reason, healthy ? 0 : this.rounds, now);
  }

  settleTrial(id: number, outcome: ReferenceOutcome, durationMs: number, now: number): void {
    this.#passTime(now);
    const trial = this.#trials.find((each) => each.id === id);
    if (this.state !== 'halfOpen' || trial === undefined || trial.end !== 'none') {
      this.lateResults++;
      return;
    }
    const n = this.#numbers;
    const tookMs = durationMs > 0 ? durationMs : now - trial.begunAt;
    const tooSlow = n.slowCallRate > 0 && tookMs >= n.slowCallMs;
    trial.end = outcome === 'success' && tooSlow ? 'failure' : outcome;
    if (trial.end === 'success') this.successes++;
    else if (trial.end === 'failure') this.failures++;
    else this.ignored++;
    this.#decide('trialFailed', now);
  }

  #passTime(now: number): void {
    if (this.state === 'open' && now >= this.since + this.openForMs) {
      this.#become('halfOpen', 'openTimeOver', now);
      this.#trials = [];
      return;
    }
    while (this.state === 'halfOpen') {
      const hung = this.#trials.find(
        ({ end, begunAt }) => end === 'none' && now - begunAt >= this.#numbers.trialLeaseMs,
      );
      if (hung === undefined) return;
      hung.end = 'failure';
      this.#decide('trialHung', now);
    }
  }

  #decide(whyFailed: string, now: number): void {
    const n = this.#numbers;
    const good = this.#trials.filter(({ end }) => end === 'success').length;
    const bad = this.#trials.filter(({ end }) => end === 'failure').length;
    if (good >= n.trialSuccesses) {
      this.#become('closed', 'trialsSucceeded', now);
      this.#results = [];
    } else if (bad >= n.trialFailures || n.trials - bad < n.trialSuccesses) this.#open(whyFailed, this.rounds, now);
  }

  #tripReason(now: number): string | undefined {
    const n = this.#numbers;
    const last = this.#results.at(-1);
    if (last === undefined) return undefined;
    let reason: string | undefined;
    const lastGood = this.#results.findLastIndex(({ failed }) => !failed);
    const streak = this.#results.length - 1 - lastGood;
    if (n.consecutiveFailures > 0 && streak >= n.consecutiveFailures) reason = 'consecutiveFailures';
    const slice = (at: number): number => Math.floor((at / n.windowMs) * 10);
    const window =
      n.windowMs > 0
        ? this.#results.filter(({ at }) => slice(at) > slice(now) - 10)
        : this.#results.slice(-n.windowCalls);
    const fewest = n.windowMs > 0 ? n.minimumCalls : Math.min(n.minimumCalls, n.windowCalls);
    if (window.length < fewest) return reason;
    const failed = window.filter((result) => result.failed).length / window.length;
    if (n.failureRate > 0 && last.failed && failed >= n.failureRate) reason = 'failureRate';
    const slow = window.filter(({ durationMs }) => durationMs >= n.slowCallMs).length / window.length;
    if (n.slowCallRate > 0 && last.durationMs >= n.slowCallMs && slow >= n.slowCallRate) reason = 'slowCallRate';
    return reason;
  }

  #open(reason: string, rounds: number, now: number): void {
    const { openMs, maxOpenMs } = this.#numbers;
    this.#become('open', reason, now);
    this.opened++;
    this.rounds = rounds + 1;
    this.openForMs = maxOpenMs > openMs ? this.chance * Math.min(maxOpenMs, openMs * 2 ** rounds) : openMs;
  }

  #become(state: 'closed' | 'open' | 'halfOpen', reason: string, now: number): void {
    this.state = state;
    this.reason = reason;
    this.since = now;
    this.generation++;
  }

  /** Goes on in another process: ages count, the time away too if the wall clock did not go back, the rest is forgotten. */
  restart(now: number, ageMs: number, awayMs: number): void {
    const longest = Math.max(this.#numbers.openMs, this.#numbers.maxOpenMs);
    if (this.state === 'closed') this.since = now - ageMs;
    else {
      const leftMs = this.state === 'open' ? this.openForMs - ageMs - Math.max(0, awayMs) : 0;
      this.state = 'open';
      this.since = now;
      this.openForMs = Math.min(Math.max(leftMs, 0), longest);
    }
    this.generation = 0;
    this.isolations = 0;
    this.successes = this.failures = this.ignored = this.rejected = this.lateResults = this.opened = 0;
    this.#results = [];
    this.#trials = [];
  }
}
