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

/** What the contenders measured of one figure, by their names. */
type Turn = ReadonlyMap<string, Taken>;

interface Taken {
  readonly value: number;
  /** The share of a processor that the contender had. */
  readonly share: number;
}

/** By figure. */
type Turns = ReadonlyMap<string, Turn>;

/** All contenders measure a figure before the next figure's turn. */
async function takeTurns(
  { comparison, settings }: RoundsPlan,
  lanes: readonly Lane[],
  shuffle: Shuffle,
): Promise<Turns> {
  const turns = new Map<string, Turn>();
  for (const figure of comparison.figures) {
    const turn = new Map<string, Taken>();
    for (const lane of shuffle(lanes.filter(({ figures }) => figures.has(figure.name)))) {
      turn.set(lane.contender, await take(figure, lane, settings.repeats));
    }
    if (turn.size > 0) turns.set(figure.name, turn);
  }
  return turns;
}

/** Each contender in its turn, alone: started, measured once, and closed before the next one takes memory. */
async function takeFreshTurns({ comparison }: RoundsPlan, running: RunningLanes, shuffle: Shuffle): Promise<Turns> {
  const turns = new Map<string, Map<string, Taken>>();
  for (const contender of shuffle(comparison.contenders)) {
    for (const lane of await running.restart([contender])) {
      for (const figure of comparison.figures.filter(({ name }) => lane.figures.has(name))) {
        const turn = turns.get(figure.name) ?? new Map<string, Taken>();
        turns.set(figure.name, turn.set(lane.contender, await take(figure, lane, 0)));
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
    turns.set(
      name,
      new Map([...source].map(([who, { value, share }]) => [who, { value: derived.value(value), share }])),
    );
  }
  return {
    value: (contender, figure) => turns.get(figure)?.get(contender)?.value,
    disturbed: (contender, figure) => isDisturbed(turns.get(figure)?.get(contender)),
  };
}

const isDisturbed = (taken: Taken | undefined): boolean => taken !== undefined && taken.share < LEAST_PROCESSOR_SHARE;

/** Measures once, and at once again while it was disturbed: the least disturbed attempt counts. */
async function take(figure: Figure, lane: Lane, repeats: number): Promise<Taken> {
  let best = takenOf(figure, await lane.measure(figure.name));
  for (let repeat = 0; repeat < repeats && isDisturbed(best); repeat++) {
    const again = takenOf(figure, await lane.measure(figure.name));
    if (again.share > best.share) best = again;
  }
  return best;
}

function takenOf({ timeless = false }: Figure, { value, wallMs, processorMs }: LaneMeasurement): Taken {
  return { value, share: timeless || wallMs < SHORTEST_JUDGED_MS ? 1 : processorMs / wallMs };
}

// Fisher and Yates, as Durstenfeld 1964.
function shuffled<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  const rest = [...items];
  const order: Item[] = [];
  while (rest.length > 0) order.push(...rest.splice(Math.floor(random() * rest.length), 1));
  return order;
}
