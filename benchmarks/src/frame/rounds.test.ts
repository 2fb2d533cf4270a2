import { describe, expect, it } from 'vitest';
import { type Comparison, type Figure, quickSettings } from './area.ts';
import type { Lane, LaneMeasurement } from './lane.ts';
import { runRounds } from './rounds.ts';

const figures: readonly Figure[] = [
  { name: 'call', unit: 'ns/op', better: 'less' },
  { name: 'rate', unit: '1/s', better: 'more', derived: { from: 'call', value: (value) => 1 / value } },
];

function comparison(changes: Partial<Comparison> = {}): Comparison {
  const contenders = ['a', 'b', 'c'].map((name) => ({ name, start: () => ({}) }));
  return { id: 'one', title: 'one', figures, contenders, findings: [], ...changes };
}

interface Recorded {
  /** Contenders in the order in which they measured. */
  readonly measured: string[];
  readonly started: string[][];
  closed: number;
}

interface Run {
  readonly comparison?: Comparison;
  readonly answer?: (contender: string, times: number) => Partial<LaneMeasurement> | Error;
  readonly abortAfter?: number;
  readonly rounds?: number;
  readonly seed?: number;
}

async function run({ answer = () => ({}), abortAfter, rounds = 4, seed = 1, ...given }: Run) {
  const recorded: Recorded = { measured: [], started: [], closed: 0 };
  const aborting = new AbortController();
  const lane = (contender: string): Lane => ({
    contender,
    figures: new Set(['call']),
    async measure() {
      recorded.measured.push(contender);
      if (recorded.measured.length === abortAfter) aborting.abort();
      if (aborting.signal.aborted) throw new Error('its process ended');
      const answered = answer(contender, recorded.measured.filter((name) => name === contender).length);
      if (answered instanceof Error) throw answered;
      return { value: 2, wallMs: 100, processorMs: 100, ...answered };
    },
    close: () => {
      recorded.closed++;
    },
  });
  const done = await runRounds({
    comparison: given.comparison ?? comparison(),
    settings: { ...quickSettings, rounds, fewRounds: 2, roundsPerProcess: 2, repeats: 2, seed },
    startLanes: async (contenders) => {
      recorded.started.push(contenders.map(({ name }) => name));
      return contenders.map(({ name }) => lane(name));
    },
    signal: aborting.signal,
    onRound: () => undefined,
  });
  return { ...recorded, rounds: done };
}

describe('interleaved rounds', () => {
  it('let every contender measure once in each round, in an order that changes', async () => {
    const { measured, rounds } = await run({ rounds: 6 });
    expect(rounds).toHaveLength(6);
    const orders = Array.from({ length: 6 }, (_, index) => measured.slice(index * 3, index * 3 + 3));
    for (const order of orders) expect([...order].sort()).toEqual(['a', 'b', 'c']);
    expect(new Set(orders.map(String)).size).toBeGreaterThan(1);
  });

  it('have the same order again for the same seed', async () => {
    const [first, again, other] = [await run({ seed: 5 }), await run({ seed: 5 }), await run({ seed: 6 })];
    expect(again.measured).toEqual(first.measured);
    expect(other.measured).not.toEqual(first.measured);
  });

  it('compute derived figures from those of the same round', async () => {
    const { rounds } = await run({ rounds: 1 });
    expect(rounds[0]?.value('a', 'rate')).toBe(0.5);
  });

  it('give contenders new processes now and then, and close the old ones', async () => {
    const { started, closed } = await run({ rounds: 4 });
    expect(started).toHaveLength(2);
    expect(closed).toBe(6);
  });

  it('start each contender alone in every round where the comparison is fresh', async () => {
    const { started, closed, rounds } = await run({ comparison: comparison({ fresh: true }) });
    expect(rounds).toHaveLength(2);
    expect(started.map(({ length }) => length)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(closed).toBe(6);
    expect(rounds[1]?.value('c', 'call')).toBe(2);
  });

  it('are fewer where one takes long', async () => {
    expect((await run({ comparison: comparison({ few: true }) })).rounds).toHaveLength(2);
  });
});

describe('a disturbed measurement', () => {
  it('is repeated at once, within its round', async () => {
    const { measured, rounds } = await run({
      rounds: 1,
      answer: (contender, times) => (contender === 'b' && times === 1 ? { processorMs: 50, value: 9 } : {}),
    });
    expect(measured).toHaveLength(4);
    expect(measured.lastIndexOf('b') - measured.indexOf('b')).toBe(1);
    expect(rounds[0]?.disturbed('b', 'call')).toBe(false);
    expect(rounds[0]?.value('b', 'call')).toBe(2);
  });

  it('is repeated a bounded number of times; the least disturbed one counts and is marked', async () => {
    const shares = [40, 80, 60];
    const { measured, rounds } = await run({
      rounds: 1,
      answer: (contender, times) => (contender === 'a' ? { processorMs: shares[times - 1] ?? 0, value: times } : {}),
    });
    expect(measured).toHaveLength(5);
    expect(rounds[0]?.disturbed('a', 'call')).toBe(true);
    expect(rounds[0]?.disturbed('a', 'rate')).toBe(true);
    expect(rounds[0]?.disturbed('b', 'call')).toBe(false);
    expect(rounds[0]?.value('a', 'call')).toBe(2);
  });

  it('does not exist for what is no time, nor for what took too short a time to tell', async () => {
    const idle = () => ({ processorMs: 0 });
    const timeless = comparison({ figures: [{ name: 'call', unit: 'B', better: 'less', timeless: true }] });
    expect((await run({ rounds: 1, comparison: timeless, answer: idle })).measured).toHaveLength(3);
    expect((await run({ rounds: 1, answer: () => ({ wallMs: 1, processorMs: 0 }) })).measured).toHaveLength(3);
  });
});

describe('what ends early', () => {
  it('keeps the rounds that were complete when it was interrupted', async () => {
    const { rounds, closed } = await run({ abortAfter: 5 });
    expect(rounds).toHaveLength(1);
    expect(closed).toBe(3);
  });

  it('closes every process when a contender fails', async () => {
    await expect(run({ answer: () => new Error('out of order') })).rejects.toThrow('out of order');
  });
});
