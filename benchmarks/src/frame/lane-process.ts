// The process of one contender: `lane-process.ts <area module> <comparison> <contender> <settings>`; answers its parent's requests.
import { resourceUsage } from 'node:process';
import type { Area, LaneSettings, Workload } from './area.ts';
import { consumed, timeBatch } from './batch.ts';
import type { LaneAnswer, LaneRequest } from './lane.ts';

type Measure = () => number | Promise<number>;

const [module = '', comparisonId, contenderName, settingsText = '{}'] = process.argv.slice(2);
const settings: LaneSettings = JSON.parse(settingsText);

// The parent decides when to stop; a Ctrl-C reaches the whole group of processes.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());

function answer(message: LaneAnswer): void {
  process.send?.(message);
}

async function measureOf(workload: Workload): Promise<Measure> {
  if ('measure' in workload) return workload.measure;
  const timed = await timeBatch(workload, settings.warmUpMs);
  const value = workload.value ?? ((nanoseconds) => nanoseconds);
  return async () => value(await timed.sample(settings.measureMs));
}

async function prepare(): Promise<ReadonlyMap<string, Measure>> {
  const { area }: { area: Area } = await import(module);
  const comparison = area.comparisons.find(({ id }) => id === comparisonId);
  const contender = comparison?.contenders.find(({ name }) => name === contenderName);
  if (contender === undefined) throw new Error(`${area.name}/${comparisonId} has no contender "${contenderName}".`);
  const measures = new Map<string, Measure>();
  for (const [figure, workload] of Object.entries(await contender.start(settings))) {
    measures.set(figure, await measureOf(workload));
  }
  return measures;
}

/** Milliseconds of processor time, of this process, until now. */
function processorMs(): number {
  const { userCPUTime, systemCPUTime } = resourceUsage();
  return (userCPUTime + systemCPUTime) / 1000;
}

async function measured(measure: Measure): Promise<LaneAnswer> {
  const [startedAt, processorBefore] = [performance.now(), processorMs()];
  const value = await measure();
  return {
    kind: 'measured',
    value,
    wallMs: performance.now() - startedAt,
    processorMs: processorMs() - processorBefore,
  };
}

function describe(error: unknown): LaneAnswer {
  if (!(error instanceof Error)) return { kind: 'failed', message: String(error) };
  // The message and where it was thrown; the rest is the frame's own.
  return { kind: 'failed', message: error.stack?.split('\n').slice(0, 2).join('\n') ?? error.message };
}

try {
  const measures = await prepare();
  process.on('message', async ({ figure }: LaneRequest) => {
    try {
      const measure = measures.get(figure);
      if (measure === undefined) throw new Error(`"${figure}" is not measured by ${contenderName}.`);
      answer(await measured(measure));
    } catch (error) {
      answer(describe(error));
    }
  });
  answer({ kind: 'ready', figures: [...measures.keys()] });
} catch (error) {
  answer(describe(error));
}

process.on('exit', () => {
  // Never so; but no engine knows that.
  if (consumed() === process) process.exitCode = 9;
});
