// A contender's process as its parent sees it. Each contender has its own, because the engine compiles a function for the shapes
// that it has met: in one process every contender would make the shared code of the next (a batch loop, `await`, Map) slower.
import { type ChildProcess, fork } from 'node:child_process';
import type { Area, Comparison, Contender, LaneSettings } from './area.ts';
import type { CompiledLanes } from './compile.ts';

export interface LaneRequest {
  readonly figure: string;
}

export interface LaneMeasurement {
  readonly value: number;
  readonly wallMs: number;
  readonly processorMs: number;
}

export type LaneAnswer =
  | { readonly kind: 'ready'; readonly figures: readonly string[] }
  | ({ readonly kind: 'measured' } & LaneMeasurement)
  | { readonly kind: 'failed'; readonly message: string };

/** A contender that can be asked for its figures, one at a time. */
export interface Lane {
  readonly contender: string;
  readonly figures: ReadonlySet<string>;
  measure(figure: string): Promise<LaneMeasurement>;
  close(): void;
}

export interface LanePlan {
  readonly area: Area;
  readonly comparison: Comparison;
  readonly contender: Contender;
  readonly settings: LaneSettings;
  readonly compiled: CompiledLanes;
}

/** Starts the process and resolves when the contender is warm. @throws {Error} when it cannot be started. */
export async function startLane({ area, comparison, contender, settings, compiled }: LanePlan): Promise<Lane> {
  const { quick, measureMs, warmUpMs } = settings;
  const child = fork(
    compiled.entry,
    [compiled.moduleOf(area.module), comparison.id, contender.name, JSON.stringify({ quick, measureMs, warmUpMs })],
    {
      // Not those of this process: a loader or an inspector is none of the contender's.
      execArgv: comparison.fresh === true ? ['--expose-gc'] : [],
      env: { ...process.env, ...contender.environment },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    },
  );
  const who = `${area.name}/${comparison.id}, ${contender.name}`;
  const conversation = converse(child, who);
  try {
    const ready = await conversation.next();
    if (ready.kind !== 'ready') throw new Error('The contender answered before it was ready.');
    return {
      contender: contender.name,
      figures: new Set(ready.figures),
      async measure(figure) {
        const request: LaneRequest = { figure };
        child.send(request);
        const answer = await conversation.next();
        if (answer.kind !== 'measured') throw new Error('The contender gave no figure.');
        return answer;
      },
      close: () => child.kill('SIGKILL'),
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

type Successful = Exclude<LaneAnswer, { kind: 'failed' }>;

/** One answer at a time; rejects when the process ends or fails instead. */
function converse(child: ChildProcess, who: string): { next(): Promise<Successful> } {
  let complaints = '';
  let ended = false;
  child.stderr?.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-4000);
  });
  child.on('exit', () => {
    ended = true;
  });
  return {
    next: () =>
      new Promise((resolve, reject) => {
        const end = (): void => reject(new Error(`${who}: its process ended. ${complaints}`.trim()));
        if (ended) return end();
        child.once('exit', end);
        child.once('message', (answer: LaneAnswer) => {
          child.off('exit', end);
          if (answer.kind === 'failed') reject(new Error(`${who}: ${answer.message}`));
          else resolve(answer);
        });
      }),
  };
}
