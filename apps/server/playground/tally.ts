// Counts what reached the page: received, in order, twice, missing. Trusts nobody: offsets and the numbers in the
// messages are enough, the client's own counters are not asked.
//
// | what comes                        | counted as                                                      |
// |-----------------------------------|-----------------------------------------------------------------|
// | the next offset                   | received, in order                                              |
// | an offset beyond the next         | received, in order; what was jumped over is missing             |
// | an offset that was jumped over    | received, late (not in order); no longer missing                |
// | an offset had before              | twice                                                           |
// | a number of a run had before      | twice (it was appended twice)                                   |
// | a number beyond the run's next    | what was jumped over is missing, unless offsets showed it first |
// | a gap                             | announced: lost, and the page was told                          |
// | a skip                            | nothing: these offsets were never to come                       |

/** As the server gives it: `[epoch, offset]`, the last message had. */
type Position = readonly [epoch: number, offset: number];

/** A message that says which one of how many it is. */
export interface RunNumber {
  readonly run: string;
  /** 1 … `of`. */
  readonly n: number;
  readonly of: number;
}

export interface TallyCount {
  /** Different messages that arrived. */
  readonly received: number;
  /** Of these, how many came after everything before them. */
  readonly inOrder: number;
  /** Repeats. */
  readonly twice: number;
  /** Jumped over without a word. */
  readonly missing: number;
  /** Lost, and named by a gap. */
  readonly announced: number;
  /** Still to come of the runs that were started. */
  readonly pending: number;
  /** All that should have arrived by the end. */
  readonly expected: number;
}

export type Verdict = 'empty' | 'running' | 'whole' | 'announced' | 'broken';

interface Run {
  readonly of: number;
  readonly had: Set<number>;
  /** The highest number had. */
  last: number;
  /** How many losses offsets had shown when `last` came. */
  explainedAtLast: number;
}

interface Hole {
  from: number;
  to: number;
}

const MAX_RUNS = 50;
const MAX_HOLES = 1_000;
const MAX_RUN_LENGTH = 1_000_000;

export class Tally {
  readonly #runs = new Map<string, Run>();
  #epoch: number | undefined;
  #next = 1;
  /** The first offset had, while nobody has said where the subscription starts. */
  #first: number | undefined;
  #holes: Hole[] = [];
  #received = 0;
  #late = 0;
  #twice = 0;
  #jumped = 0;
  #numbersMissing = 0;
  #announced = 0;
  #explained = 0;

  /** Where the subscription starts; may come after its first messages. */
  startAt([epoch, offset]: Position): void {
    if (this.#epoch === undefined) this.#open(epoch, offset);
    else if (this.#epoch === epoch && this.#first !== undefined && this.#first > offset + 1) {
      this.#jump(offset + 1, this.#first - 1);
    }
    this.#first = undefined;
  }

  /** A run of `of` messages was asked for: they are expected from now on. */
  announceRun(run: string, of: number): void {
    this.#run({ run, n: 1, of });
  }

  message(epoch: number, offset: number, number?: RunNumber): void {
    if (this.#epoch === undefined) {
      this.#open(epoch, offset - 1);
      this.#first = offset;
    }
    if (this.#epoch === undefined || epoch > this.#epoch) this.#open(epoch, 0);
    const run = number === undefined ? undefined : this.#run(number);
    if (this.#epoch !== undefined && epoch < this.#epoch) {
      this.#twice += 1;
      return;
    }
    if (offset < this.#next && !this.#fill(offset)) {
      this.#twice += 1;
      return;
    }
    if (number !== undefined && run?.had.has(number.n)) {
      this.#twice += 1;
      this.#next = Math.max(this.#next, offset + 1);
      return;
    }
    this.#received += 1;
    if (offset >= this.#next) {
      if (offset > this.#next) this.#jump(this.#next, offset - 1);
      this.#next = offset + 1;
      if (number !== undefined && run !== undefined) this.#number(run, number.n);
    } else {
      this.#late += 1;
      run?.had.add(number?.n ?? 0);
    }
  }

  /** Lost, and named: all after `was` up to and including `now`. */
  gap(now: Position): void {
    const [epoch, offset] = now;
    this.#epoch ??= epoch;
    const lost = epoch === this.#epoch ? Math.max(0, offset + 1 - this.#next) : offset;
    this.#announced += lost;
    this.#explained += lost;
    this.#open(epoch, offset);
  }

  /** These offsets were never to come: expired, or the page's own. */
  skip(from: number, to: number): void {
    if (to < this.#next) return;
    if (from > this.#next) this.#jump(this.#next, from - 1);
    this.#explained += to + 1 - Math.max(from, this.#next);
    this.#next = to + 1;
  }

  /** The last message had, or undefined when nothing is known yet: where a new count goes on. */
  get position(): Position | undefined {
    return this.#epoch === undefined ? undefined : [this.#epoch, this.#next - 1];
  }

  count(): TallyCount {
    let pending = 0;
    for (const run of this.#runs.values()) {
      pending += Math.max(0, run.of - run.last - (this.#explained - run.explainedAtLast));
    }
    const missing = this.#jumped + this.#numbersMissing;
    return {
      received: this.#received,
      inOrder: this.#received - this.#late,
      twice: this.#twice,
      missing,
      announced: this.#announced,
      pending,
      expected: this.#received + missing + this.#announced + pending,
    };
  }

  #open(epoch: number, offset: number): void {
    this.#epoch = epoch;
    this.#next = offset + 1;
    this.#holes = [];
  }

  #jump(from: number, to: number): void {
    this.#jumped += to + 1 - from;
    this.#explained += to + 1 - from;
    this.#holes.push({ from, to });
    if (this.#holes.length > MAX_HOLES) this.#holes.shift();
  }

  /** Whether a late offset closes (part of) a hole. */
  #fill(offset: number): boolean {
    const index = this.#holes.findIndex((hole) => hole.from <= offset && offset <= hole.to);
    const hole = this.#holes[index];
    if (hole === undefined) return false;
    const rest = [
      { from: hole.from, to: offset - 1 },
      { from: offset + 1, to: hole.to },
    ];
    this.#holes.splice(index, 1, ...rest.filter(({ from, to }) => from <= to));
    this.#jumped -= 1;
    return true;
  }

  /** A run that nobody announced is counted from the first of it that was seen. */
  #run({ run: name, n, of }: RunNumber): Run {
    const known = this.#runs.get(name);
    if (known !== undefined) return known;
    const run = {
      of: Math.min(of, MAX_RUN_LENGTH),
      had: new Set<number>(),
      last: n - 1,
      explainedAtLast: this.#explained,
    };
    this.#runs.set(name, run);
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > MAX_RUNS && oldest !== undefined) this.#runs.delete(oldest);
    return run;
  }

  #number(run: Run, n: number): void {
    run.had.add(n);
    if (n < run.last) {
      this.#late += 1;
      this.#numbersMissing = Math.max(0, this.#numbersMissing - 1);
      return;
    }
    const jumpedOver = n - run.last - 1;
    const shownByOffsets = this.#explained - run.explainedAtLast;
    this.#numbersMissing += Math.max(0, jumpedOver - shownByOffsets);
    run.last = n;
    run.explainedAtLast = this.#explained;
  }
}

/** What to say of a count; `broken` wins over everything. */
export function verdictOf(count: TallyCount): Verdict {
  if (count.missing > 0 || count.twice > 0 || count.inOrder < count.received) return 'broken';
  if (count.pending > 0) return 'running';
  if (count.announced > 0) return 'announced';
  return count.received > 0 ? 'whole' : 'empty';
}

/** The number a message carries: JSON `{run, n, of}`, or undefined for any other payload. */
export function readRunNumber(payload: string | Uint8Array): RunNumber | undefined {
  if (typeof payload !== 'string' || !payload.startsWith('{') || payload.length > 1_000) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('run' in value) || !('n' in value) || !('of' in value))
    return undefined;
  const { run, n, of } = value;
  if (typeof run !== 'string' || typeof n !== 'number' || typeof of !== 'number') return undefined;
  if (!Number.isSafeInteger(n) || !Number.isSafeInteger(of) || n < 1 || n > of || of > MAX_RUN_LENGTH) return undefined;
  return { run, n, of };
}
