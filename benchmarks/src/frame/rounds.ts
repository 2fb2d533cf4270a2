// The interleaved rounds of one comparison: every contender measures a figure before the next figure's turn, in an order that
// is shuffled each time; a measurement that other programs disturbed is repeated a few times.
import { seededRandom } from '@ws-stability/core/testing';
import type { Comparison, Figure, RunSettings } from './area.ts';
import type { Lane, LaneMeasurement } from './lane.ts';
import type { Round } from './statistics.ts';

/** A contender that had less than this share of a processor was disturbed: someone else had the rest. */
const LEAST_PROCESSOR_SHARE = 0.9;
/** Shorter measurements say nothing about that share: the system counts in ticks. */
const SHORTEST_JUDGED_MS = 5;

export interface RoundsPlan {
  readonly comparison: Comparison;
  readonly settings: RunSettings;
  /** Starts every contender anew; those that cannot be started are left out. */
  readonly startLanes: () => Promise<readonly Lane[]>;
  readonly signal: AbortSignal;
  readonly onRound: (done: number, of: number) => void;
}

/** Runs the rounds; when `signal` is aborted, those that are complete are returned. */
export async function runRounds({
  comparison,
  settings,
  startLanes,
  signal,
  onRound,
}: RoundsPlan): Promise<readonly Round[]> {
  const random = seededRandom(settings.seed);
  const count = comparison.fresh === true ? settings.freshRounds : settings.rounds;
  const perProcess = comparison.fresh === true ? 1 : settings.roundsPerProcess;
  const rounds: Round[] = [];
  let lanes: readonly Lane[] = [];
  const close = (): void => {
    for (const lane of lanes) lane.close();
  };
  signal.addEventListener('abort', close);
  try {
    while (rounds.length < count && !signal.aborted) {
      if (rounds.length % perProcess === 0) {
        close();
        lanes = await startLanes();
        if (lanes.length === 0 || signal.aborted) break;
      }
      const shuffle = <Item>(items: readonly Item[]): readonly Item[] => shuffled(items, () => random.next());
      rounds.push(await runRound({ comparison, lanes, repeats: settings.repeats, shuffle }));
      onRound(rounds.length, count);
    }
  } catch (error) {
    // What an interruption broke off is no failure.
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
  return rounds;
}

interface RoundPlan {
  readonly comparison: Comparison;
  readonly lanes: readonly Lane[];
  readonly repeats: number;
  readonly shuffle: <Item>(items: readonly Item[]) => readonly Item[];
}

interface Turn {
  readonly values: ReadonlyMap<string, number>;
  /** The least share of a processor that a contender had. */
  readonly share: number;
}

async function runRound({ comparison, lanes, repeats, shuffle }: RoundPlan): Promise<Round> {
  const turns = new Map<string, Turn>();
  for (const figure of comparison.figures) {
    if (figure.derived !== undefined) continue;
    const present = lanes.filter((lane) => lane.figures.has(figure.name));
    let best = await takeTurn(figure, shuffle(present));
    for (let repeat = 0; repeat < repeats && isDisturbed(best); repeat++) {
      const again = await takeTurn(figure, shuffle(present));
      if (again.share > best.share) best = again;
    }
    turns.set(figure.name, best);
  }
  for (const { name, derived } of comparison.figures) {
    const source = derived === undefined ? undefined : turns.get(derived.from);
    if (derived === undefined || source === undefined) continue;
    const values = new Map([...source.values].map(([contender, value]) => [contender, derived.value(value)]));
    turns.set(name, { values, share: source.share });
  }
  return {
    value: (contender, figure) => turns.get(figure)?.values.get(contender),
    disturbed: (figure) => {
      const turn = turns.get(figure);
      return turn !== undefined && isDisturbed(turn);
    },
  };
}

const isDisturbed = ({ share }: Turn): boolean => share < LEAST_PROCESSOR_SHARE;

async function takeTurn(figure: Figure, lanes: readonly Lane[]): Promise<Turn> {
  const values = new Map<string, number>();
  let share = 1;
  for (const lane of lanes) {
    const measurement = await lane.measure(figure.name);
    values.set(lane.contender, measurement.value);
    if (figure.timeless !== true) share = Math.min(share, processorShare(measurement));
  }
  return { values, share };
}

function processorShare({ wallMs, processorMs }: LaneMeasurement): number {
  return wallMs < SHORTEST_JUDGED_MS ? 1 : processorMs / wallMs;
}

// Fisher and Yates, as Durstenfeld 1964.
function shuffled<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  const rest = [...items];
  const order: Item[] = [];
  while (rest.length > 0) order.push(...rest.splice(Math.floor(random() * rest.length), 1));
  return order;
}
