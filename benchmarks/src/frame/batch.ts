// Times a batch in the contender's own process: calibrated so that the timer's resolution does not matter, sampled by tinybench.
//
// tinybench times single calls of a task. An operation of 3 ns is far below what any timer sees, so that a task here is a whole
// batch; and tinybench runs its tasks one after the other, so that the interleaving of contenders is done by `rounds.ts`
// around it: each round is a short tinybench run of one task.
import { Bench } from 'tinybench';
import type { Batch } from './area.ts';

/** A batch lasts at least this long: some thousand times the resolution of `performance.now`. */
const BATCH_MS = 0.2;
const LARGEST_BATCH = 2 ** 24;

/** What the batches returned: read by {@link consumed}, so that no engine may leave the work out. */
let sink: unknown;

/** The last result of any batch. */
export function consumed(): unknown {
  return sink;
}

/** How one batch is timed from now on. */
export interface TimedBatch {
  /** @returns nanoseconds per operation over `milliseconds`, the mean, so that the garbage collected meanwhile counts. */
  sample(milliseconds: number): Promise<number>;
}

/**
 * Runs the batch until it is warm, finds its size, and makes sure that the work is done at all.
 *
 * @throws {Error} when four times as many operations take hardly longer: then they were optimised away.
 */
export async function timeBatch(batch: Batch, warmUpMs: number): Promise<TimedBatch> {
  const { times: fixed } = batch;
  let times = fixed ?? 1;
  const until = performance.now() + warmUpMs;
  while (performance.now() < until || fixed === undefined) {
    const lasted = await once(batch, times);
    if (fixed !== undefined) continue;
    if (lasted >= BATCH_MS && performance.now() >= until) break;
    if (lasted >= BATCH_MS) continue;
    if (times >= LARGEST_BATCH) throw new Error(`${times} operations take ${lasted} ms: they were optimised away.`);
    times *= 2;
  }
  if (fixed === undefined) await mustBeDone(batch, times);
  return { sample: async (milliseconds) => ((await meanMs(batch, times, milliseconds)) * 1e6) / times };
}

async function once(batch: Batch, times: number): Promise<number> {
  batch.prepare?.(times);
  const startedAt = performance.now();
  const result = batch.run(times);
  sink = isThenable(result) ? await result : result;
  return performance.now() - startedAt;
}

async function mustBeDone(batch: Batch, times: number): Promise<void> {
  const [single, fourfold] = [[], []] as [number[], number[]];
  for (let attempt = 0; attempt < 5; attempt++) {
    single.push(await once(batch, times));
    fourfold.push(await once(batch, times * 4));
  }
  if (Math.min(...fourfold) < 2 * Math.min(...single)) {
    throw new Error(`Four times ${times} operations take hardly longer than ${times}: they were optimised away.`);
  }
}

async function meanMs({ run, prepare }: Batch, times: number, milliseconds: number): Promise<number> {
  const bench = new Bench({ time: milliseconds, iterations: 1, warmup: false, throws: true });
  const task = async (): Promise<void> => {
    sink = await run(times);
  };
  const syncTask = (): void => {
    sink = run(times);
  };
  const asynchronous = isThenable(sink) || isAsync(run);
  bench.add('batch', asynchronous ? task : syncTask, { async: asynchronous, beforeEach: () => prepare?.(times) });
  const [ran] = asynchronous ? await bench.run() : bench.runSync();
  const result = ran?.result;
  if (result?.state !== 'completed') throw new Error(`tinybench did not complete: ${result?.state}.`);
  return result.latency.mean;
}

const isAsync = (run: Batch['run']): boolean => run.constructor.name === 'AsyncFunction';

function isThenable(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
