// The interleaved rounds of one comparison: every contender measures a figure before the next figure's turn, in an order that
// is shuffled each time; a measurement that other programs disturbed is repeated a few times.
import { seededRandom } from '@ws-stability/core/testing';
import type { Comparison, Contender, Figure, RunSettings } from './area.ts';
import type { Lane, LaneMeasurement } from './lane.ts';
import type { Round } from './statistics.ts';

/** A contender that had less than this share of a processor was disturbed: someone else had the rest. */
const LEAST_PROCESSOR_SHARE = 0.9;
/** Shorter measurements say nothing about that share: the system counts in ticks. */
const SHORTEST_JUDGED_MS = 5;

export interface RoundsPlan {
  readonly comparison: Comparison;
  readonly settings: RunSettings;
  /** Starts contenders anew; those that cannot be started are left out. */
  readonly startLanes: (contenders: readonly Contender[]) => Promise<readonly Lane[]>;
  readonly signal: AbortSignal;
  readonly onRound: (done: number, of: number) => void;
}

type Shuffle = <Item>(items: readonly Item[]) => readonly Item[];

/** Runs the rounds; when `signal` is aborted, those that are complete are returned. */
export async function runRounds(plan: RoundsPlan): Promise<readonly Round[]> {
  const { comparison, settings, signal, onRound } = plan;
  const random = seededRandom(settings.seed);
  const shuffle: Shuffle = (items) => shuffled(items, () => random.next());
  const fresh = comparison.fresh === true;
  const count = fresh || comparison.few === true ? settings.fewRounds : settings.rounds;
  const running = runningLanes(plan);
  const rounds: Round[] = [];
  signal.addEventListener('abort', running.close);
  try {
    while (rounds.length < count && !signal.aborted) {
      const turns = fresh
        ? await takeFreshTurns(plan, running, shuffle)
        : await takeTurns(plan, await running.lanesFor(rounds.length), shuffle);
      if (signal.aborted || turns.size === 0) break;
      rounds.push(roundOf(comparison.figures, turns));
      onRound(rounds.length, count);
    }
  } catch (error) {
    // What an interruption broke off is no failure.
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', running.close);
    running.close();
  }
  return rounds;
}

interface RunningLanes {
  /** All contenders, for that round: started anew when it is time. */
  lanesFor(round: number): Promise<readonly Lane[]>;
  /** Closes those that run, and starts these. */
  restart(contenders: readonly Contender[]): Promise<readonly Lane[]>;
  readonly close: () => void;
}

function runningLanes({ comparison, settings, startLanes }: RoundsPlan): RunningLanes {
  let lanes: readonly Lane[] = [];
  const close = (): void => {
    for (const lane of lanes) lane.close();
    lanes = [];
  };
  const restart = async (contenders: readonly Contender[]): Promise<readonly Lane[]> => {
    close();
    lanes = await startLanes(contenders);
    return lanes;
  };
  return {
    close,
    restart,
    lanesFor: async (round) => (round % settings.roundsPerProcess === 0 ? await restart(comparison.contenders) : lanes),
  };
}

interface Turn {
  readonly values: ReadonlyMap<string, number>;
  /** The least share of a processor that a contender had. */
  readonly share: number;
}

type Turns = ReadonlyMap<string, Turn>;

/** All contenders measure a figure before the next figure's turn. */
async function takeTurns(
  { comparison, settings }: RoundsPlan,
  lanes: readonly Lane[],
  shuffle: Shuffle,
): Promise<Turns> {
  const turns = new Map<string, Turn>();
  for (const figure of comparison.figures) {
    const present = lanes.filter((lane) => lane.figures.has(figure.name));
    if (present.length === 0) continue;
    let best = await takeTurn(figure, shuffle(present));
    for (let repeat = 0; repeat < settings.repeats && isDisturbed(best); repeat++) {
      const again = await takeTurn(figure, shuffle(present));
      if (again.share > best.share) best = again;
    }
    turns.set(figure.name, best);
  }
  return turns;
}

/** Each contender in its turn, alone: started, measured once, and closed before the next one takes memory. */
async function takeFreshTurns({ comparison }: RoundsPlan, running: RunningLanes, shuffle: Shuffle): Promise<Turns> {
  const turns = new Map<string, Turn>();
  for (const contender of shuffle(comparison.contenders)) {
    for (const lane of await running.restart([contender])) {
      for (const figure of comparison.figures.filter(({ name }) => lane.figures.has(name))) {
        const { values, share } = await takeTurn(figure, [lane]);
        const before = turns.get(figure.name);
        turns.set(figure.name, {
          values: new Map([...(before?.values ?? []), ...values]),
          share: Math.min(share, before?.share ?? 1),
        });
      }
    }
  }
  return turns;
}

function roundOf(figures: readonly Figure[], measured: Turns): Round {
  const turns = new Map(measured);
  for (const { name, derived } of figures) {
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
