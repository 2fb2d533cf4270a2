// Runs one comparison: starts its contenders, does the rounds, and says what they came to.
import { availableParallelism } from 'node:os';
import type { Area, Comparison, Contender, RunSettings } from './area.ts';
import type { CompiledLanes } from './compile.ts';
import { type Lane, startLane } from './lane.ts';
import { type ComparisonResult, resultOf } from './results.ts';
import { runRounds } from './rounds.ts';

export interface ComparisonPlan {
  readonly area: Area;
  readonly comparison: Comparison;
  readonly settings: RunSettings;
  readonly compiled: CompiledLanes;
  readonly signal: AbortSignal;
  /** Called with a line for people. */
  readonly onProgress: (text: string) => void;
}

export async function runComparison(plan: ComparisonPlan): Promise<ComparisonResult> {
  const { area, comparison, settings, compiled, signal, onProgress } = plan;
  const name = `${area.name}/${comparison.id}`;
  const failures = new Set<string>();
  const startedAt = performance.now();
  const took = () => performance.now() - startedAt;
  onProgress(`${name}: starting ${comparison.contenders.length} contenders`);
  const startLanes = async (contenders: readonly Contender[]): Promise<readonly Lane[]> => {
    const waiting = [...contenders];
    const lanes: Lane[] = [];
    const startOnes = async (): Promise<void> => {
      for (let contender = waiting.shift(); contender !== undefined && !signal.aborted; contender = waiting.shift()) {
        try {
          lanes.push(await startLane({ area, comparison, contender, settings, compiled }));
        } catch (error) {
          // What an interruption ended is no failure.
          if (!signal.aborted) failures.add(messageOf(error));
        }
      }
    };
    // No more at once than there are processors: each must be warm when it says that it is.
    await Promise.all(Array.from({ length: availableParallelism() }, startOnes));
    return lanes;
  };
  const onRound = (done: number, of: number): void => onProgress(`${name}: round ${done} of ${of}`);
  try {
    const rounds = await runRounds({ comparison, settings, startLanes, signal, onRound });
    return resultOf({ area, comparison, rounds, failures: [...failures], tookMs: took() });
  } catch (error) {
    const why = `${name}: ${messageOf(error)}`;
    return resultOf({ area, comparison, rounds: [], failures: [...failures, why], tookMs: took() });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
