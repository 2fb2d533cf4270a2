// Statistics over rounds: median, quartiles and range, of figures and of ratios formed within a round.

/** Fewer say nothing. */
export const FEWEST_ROUNDS = 3;

export interface Spread {
  readonly rounds: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** The quartiles: half of the rounds lie between them. */
  readonly low: number;
  readonly high: number;
}

/** @throws {RangeError} without a single value. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const min = sorted[0];
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) throw new RangeError('A spread needs at least one value.');
  return {
    rounds: sorted.length,
    median: quantile(sorted, 0.5),
    min,
    max,
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
  };
}

// Linear between the two nearest ranks (Hyndman and Fan 1996, definition 7).
function quantile(sorted: readonly number[], share: number): number {
  const rank = (sorted.length - 1) * share;
  const below = sorted[Math.floor(rank)] ?? Number.NaN;
  const above = sorted[Math.ceil(rank)] ?? Number.NaN;
  return below + (above - below) * (rank - Math.floor(rank));
}

/** One round: what every contender measured, by contender and figure; an absent one could not be measured. */
export interface Round {
  readonly value: (contender: string, figure: string) => number | undefined;
  /** Whether other programs took part of the time in which this was measured. */
  readonly disturbed: (contender: string, figure: string) => boolean;
}

/** The figure of one contender in each round that has it; undisturbed rounds only where at least half are, and three. */
export function valuesOf(rounds: readonly Round[], contender: string, figure: string): readonly number[] {
  return soundRounds(rounds, [contender], figure).flatMap((round) => round.value(contender, figure) ?? []);
}

/** `contender` ÷ `against`, formed within each round. */
export function ratiosOf(
  rounds: readonly Round[],
  { contender, against, figure }: { readonly contender: string; readonly against: string; readonly figure: string },
): readonly number[] {
  return soundRounds(rounds, [contender, against], figure).flatMap((round) => {
    const own = round.value(contender, figure);
    const others = round.value(against, figure);
    return own === undefined || others === undefined || others === 0 ? [] : own / others;
  });
}

function soundRounds(rounds: readonly Round[], contenders: readonly string[], figure: string): readonly Round[] {
  const undisturbed = rounds.filter((round) => !contenders.some((contender) => round.disturbed(contender, figure)));
  return undisturbed.length >= Math.max(FEWEST_ROUNDS, rounds.length / 2) ? undisturbed : rounds;
}
