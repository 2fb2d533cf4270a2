// A random history of calls, told to a breaker and to the reference: after each operation both must say the same.
import { ManualClock, seededRandom } from '@ws-stability/core/testing';
import { type BreakerNumbers, breakerLimits, checkNumbers } from '../breaker-limits.ts';
import { CircuitBreaker } from '../circuit-breaker.ts';
import type { Permit } from '../permit.ts';
import { ReferenceBreaker, type ReferenceOutcome } from './reference-breaker.ts';

export interface HistoryReport {
  readonly operations: number;
  /** How often each thing happened, so that a test can see that the history had it. */
  readonly seen: Readonly<Record<string, number>>;
}

interface Call {
  readonly permit: Permit;
  /** Of a trial, in the reference; 0: let through in the closed state. */
  readonly trial: number;
}

/** Operations between one set of settings and the next. */
const LIFE = 2_000;
const CALLS_AT_ONCE = 30;

/**
 * @param seed the same seed gives the same history.
 * @param onDifference told of each difference, with seed and operation.
 */
export function compareHistory(
  seed: number,
  operations: number,
  onDifference: (message: string) => void,
): HistoryReport {
  const random = seededRandom(seed);
  const seen: Record<string, number> = {};
  for (let done = 0; done < operations; done += LIFE) {
    const life = new Life(random.next);
    const most = Math.min(LIFE, operations - done);
    for (let step = 0; step < most; step++) {
      const name = life.step();
      for (const what of [name, life.reason]) seen[what] = (seen[what] ?? 0) + 1;
      const difference = life.difference();
      if (difference === undefined) continue;
      onDifference(`Seed ${seed}, operation ${done + step} (${name}): ${difference}. Settings: ${life.settings}.`);
      break;
    }
  }
  return { operations, seen };
}

class Life {
  readonly #next: () => number;
  readonly #clock = new ManualClock();
  readonly #numbers: BreakerNumbers;
  readonly #reference: ReferenceBreaker;
  #chance = 0;
  #breaker: CircuitBreaker;
  #calls: Call[] = [];
  #releases: (() => void)[] = [];
  #answers: readonly [ours: unknown, reference: unknown] = [0, 0];

  constructor(next: () => number) {
    this.#next = next;
    this.#numbers = drawNumbers(next);
    this.#reference = new ReferenceBreaker(this.#numbers);
    this.#breaker = this.#make();
  }

  /** Why it is in the state it is in. */
  get reason(): string {
    return `in ${this.#reference.reason}`;
  }

  get settings(): string {
    return JSON.stringify(this.#numbers);
  }

  /** One operation. @returns its name. */
  step(): string {
    this.#chance = this.#reference.chance = this.#next();
    this.#answers = [0, 0];
    const dice = this.#next();
    if (dice < 0.48) return this.#acquire();
    if (dice < 0.82) return this.#settle();
    if (dice < 0.94) return this.#advance();
    if (dice < 0.945) return this.#isolate();
    if (dice < 0.98) return this.#release();
    return this.#next() < 0.1 ? this.#restart() : this.#lose();
  }

  /** What the breaker says otherwise than the reference. */
  difference(): string | undefined {
    const ours = this.#breaker.snapshot();
    const reference = this.#reference;
    const pairs: readonly (readonly [string, unknown, unknown])[] = [
      ['answer', ...this.#answers],
      ['state', ours.state, reference.state],
      ['reason', ours.reason, reference.reason],
      ['ageMs', ours.ageMs, this.#clock.now() - reference.since],
      ['openMs', ours.openMs, reference.state === 'open' ? reference.openForMs : 0],
      ['rounds', ours.rounds, reference.rounds],
      ['generation', ours.generation, reference.generation],
      ['isolated', ours.isolated.length, reference.isolations],
      ['successes', ours.successes, reference.successes],
      ['failures', ours.failures, reference.failures],
      ['ignored', ours.ignored, reference.ignored],
      ['rejected', ours.rejected, reference.rejected],
      ['lateResults', ours.lateResults, reference.lateResults],
      ['opened', ours.opened, reference.opened],
    ];
    const wrong = pairs.find(([, our, other]) => our !== other);
    return wrong && `${wrong[0]} is ${wrong[1]}, the reference says ${wrong[2]}`;
  }

  #make(restore?: object): CircuitBreaker {
    const random = { next: () => this.#chance };
    return new CircuitBreaker({ ...this.#numbers, ...(restore && { restore }) }, { clock: this.#clock, random });
  }

  #acquire(): string {
    const answer = this.#breaker.tryAcquire();
    const other = this.#reference.acquire(this.#clock.now());
    if (typeof other === 'number') {
      this.#answers = [answer.acquired, true];
      if (answer.acquired && this.#calls.length < CALLS_AT_ONCE) this.#calls.push({ permit: answer, trial: other });
      return other === 0 ? 'permit' : 'trial';
    }
    this.#answers = [answer.acquired ? 'a permit' : `${answer.reason} ${answer.retryAfterMs}`, other.join(' ')];
    return other[0];
  }

  #settle(): string {
    const at = Math.floor(this.#next() * this.#calls.length);
    const call = this.#calls[at];
    if (call === undefined) return this.#acquire();
    this.#calls.splice(at, 1);
    const late = this.#reference.lateResults;
    const dice = this.#next();
    const outcome: ReferenceOutcome = dice < 0.45 ? 'success' : dice < 0.9 ? 'failure' : 'ignored';
    const durationMs = this.#next() < 0.5 ? 0 : Math.floor(this.#next() * 2 * this.#numbers.slowCallMs);
    const now = this.#clock.now();
    if (outcome === 'success') call.permit.success(durationMs);
    else if (outcome === 'failure') call.permit.failure(undefined, durationMs);
    else call.permit.ignore();
    const tookMs = outcome === 'ignored' ? 0 : durationMs;
    if (call.trial > 0) {
      this.#reference.settleTrial(call.trial, outcome, tookMs, now);
      // A second time changes nothing, not even a count.
      call.permit.failure();
    } else this.#reference.settleClosed(call.permit.generation, outcome, tookMs, now);
    return this.#reference.lateResults > late ? 'late result' : outcome;
  }

  #advance(): string {
    const { openMs, maxOpenMs, trialLeaseMs, windowMs, healthyMs } = this.#numbers;
    if (this.#next() < 0.05) {
      this.#clock.jumpWall((this.#next() - 0.5) * 1e9);
      return 'wall clock jump';
    }
    const spans = [
      3,
      openMs,
      openMs / 2,
      Math.max(openMs, maxOpenMs),
      trialLeaseMs,
      windowMs / 3,
      windowMs,
      healthyMs,
      1e7,
    ];
    const longest = this.#next() < 0.5 ? 3 : (spans[Math.floor(this.#next() * spans.length)] ?? 0);
    this.#clock.advance(Math.floor(this.#next() * (longest + 2)));
    return 'time passes';
  }

  #isolate(): string {
    this.#releases.push(this.#breaker.isolate('test'));
    this.#reference.isolations++;
    return 'isolation';
  }

  #release(): string {
    const release = this.#releases.shift();
    if (release === undefined) return this.#advance();
    release();
    release();
    this.#reference.isolations--;
    return 'release';
  }

  /** A call whose end nobody ever tells. */
  #lose(): string {
    this.#calls.shift();
    return 'lost call';
  }

  #restart(): string {
    const saved = JSON.parse(JSON.stringify(this.#breaker.snapshot()));
    const savedAt = this.#clock.wall();
    const gone = this.#calls;
    this.#calls = [];
    this.#releases = [];
    this.#clock.advance(Math.floor(this.#next() * 2 * this.#numbers.openMs));
    if (this.#next() < 0.5) this.#clock.jumpWall((this.#next() - 0.5) * 1e9);
    this.#breaker = this.#make(saved);
    this.#reference.restart(this.#clock.now(), saved.ageMs, this.#clock.wall() - savedAt);
    // Those of the process before are nothing to this one.
    for (const { permit } of gone) permit.failure();
    return 'restart';
  }
}

function drawNumbers(next: () => number): BreakerNumbers {
  const from = (...values: readonly number[]): number => values[Math.floor(next() * values.length)] ?? 0;
  const trials = from(1, 2, 3, 5);
  const openMs = from(1, 100, 1_000);
  return checkNumbers(breakerLimits, {
    consecutiveFailures: from(0, 1, 3, 5),
    failureRate: from(0, 0.2, 0.5, 1),
    slowCallRate: from(0, 0, 0.5, 1),
    slowCallMs: from(1, 50),
    minimumCalls: from(1, 4, 10),
    windowCalls: from(1, 3, 8, 40),
    windowMs: from(0, 0, 7, 100, 1_000),
    openMs,
    maxOpenMs: from(0, openMs, 10 * openMs),
    healthyMs: from(0, 500, 5_000),
    trials,
    concurrentTrials: from(1, 2, 5),
    trialSuccesses: 1 + Math.floor(next() * trials),
    trialFailures: from(1, 2, 4),
    trialLeaseMs: from(1, 200, 2_000),
  });
}
