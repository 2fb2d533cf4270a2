// The cells of a metric with labels: one for each combination of values that were listed when it was made, and no more.
import { StabilityError } from '@ws-stability/core';
import { checkWords } from './metric-name.ts';

/** One or two labels, each with all values it may ever have. */
export type LabelSets = { readonly [label: string]: readonly string[] };

/** A value for each label. */
export type LabelValues<Sets extends LabelSets> = { readonly [Label in keyof Sets]: Sets[Label][number] };

type IsUnion<T, Whole = T> = T extends unknown ? ([Whole] extends [T] ? false : true) : never;

/** The bare value, which is enough where there is one label. */
export type OnlyValue<Sets extends LabelSets> =
  IsUnion<keyof Sets> extends false ? Sets[keyof Sets][number] : LabelValues<Sets>;

/** One cell and the values it stands for. */
export interface LabelledCell<Cell> {
  readonly labels: Readonly<Record<string, string>>;
  readonly cell: Cell;
  /** False for what was not listed and came past the types. */
  readonly listed: boolean;
}

/** What a value counts as that is not listed; shown only when something was counted. */
const OTHER = 'other';

const MOST_LABELS = 2;
const MOST_CELLS = 1000;
const RESERVED: ReadonlySet<string> = new Set(['le', 'quantile']);

/** The values of one label and where their cells are. */
class Places {
  readonly label: string;
  readonly listed: ReadonlySet<string>;
  readonly values: readonly string[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #other: number;

  constructor(label: string, listed: readonly string[]) {
    this.label = label;
    this.listed = new Set(listed);
    this.values = this.listed.has(OTHER) ? listed : [...listed, OTHER];
    this.#places = new Map(this.values.map((value, place) => [value, place]));
    this.#other = this.values.indexOf(OTHER);
  }

  of(value: unknown): number {
    const place = typeof value === 'string' ? this.#places.get(value) : undefined;
    return place ?? this.#other;
  }

  /** Of an object with a value for each label. */
  within(values: unknown): number {
    if (typeof values !== 'object' || values === null) return this.#other;
    return this.of(Reflect.get(values, this.label));
  }
}

export class Labelled<Cell, Sets extends LabelSets> {
  readonly #first: Places;
  readonly #second: Places | undefined;
  readonly #cells: readonly LabelledCell<Cell>[];

  /**
   * @param sets label names with their values, in the order of their export.
   * @throws StabilityError `ERR_METRIC_LABELS` for no label, more than two, no value, a value twice, or more than 1,000 combinations.
   */
  constructor(metric: string, sets: Sets, make: (values: LabelValues<Sets>) => Cell) {
    const [first, second] = checkSets(metric, sets);
    this.#first = first;
    this.#second = second;
    this.#cells = first.values.flatMap((one) => {
      if (second === undefined) return [cellOf({ [first.label]: one }, first.listed.has(one), make)];
      return second.values.map((two) => {
        const labels = { [first.label]: one, [second.label]: two };
        return cellOf(labels, first.listed.has(one) && second.listed.has(two), make);
      });
    });
  }

  /**
   * The cell of these values; keep it where it is used often.
   *
   * @param where the value where there is one label, else a value for each. A value that was not listed (the types do not let
   *   one through) gets the cell of `other`, so that foreign input can neither throw here nor make series.
   */
  at(where: LabelValues<Sets> | OnlyValue<Sets>): Cell {
    const one = typeof where === 'string' ? this.#first.of(where) : this.#first.within(where);
    const place = this.#second === undefined ? one : one * this.#second.values.length + this.#second.within(where);
    const found = this.#cells[place];
    if (found === undefined) throw new StabilityError('ERR_METRIC_LABELS', 'A combination of labels has no cell.');
    return found.cell;
  }

  /** All cells, in the order of the lists. */
  get cells(): readonly LabelledCell<Cell>[] {
    return this.#cells;
  }
}

function cellOf<Cell, Sets extends LabelSets>(
  labels: Readonly<Record<string, string>>,
  listed: boolean,
  make: (values: LabelValues<Sets>) => Cell,
): LabelledCell<Cell> {
  return { labels, cell: make(labels as LabelValues<Sets>), listed };
}

function checkSets(metric: string, sets: LabelSets): readonly [Places, Places | undefined] {
  const places = Object.entries(sets).map(([label, values]) => {
    checkWords(label, 'The name of a label');
    if (RESERVED.has(label)) refuse(metric, `the label ${label} is reserved`);
    if (values.length === 0) refuse(metric, `the label ${label} lists no value`);
    if (values.includes('')) refuse(metric, `the label ${label} lists an empty value, which is the same as none`);
    if (new Set(values).size < values.length) refuse(metric, `the label ${label} lists a value twice`);
    return new Places(label, values);
  });
  const [first, second] = places;
  if (first === undefined || places.length > MOST_LABELS) refuse(metric, 'it has one or two labels');
  if (first.values.length * (second?.values.length ?? 1) > MOST_CELLS) {
    refuse(metric, `its labels have more than ${MOST_CELLS} combinations`);
  }
  return [first, second];
}

function refuse(metric: string, why: string): never {
  throw new StabilityError('ERR_METRIC_LABELS', `Correct the labels of ${metric}: ${why}.`, { details: { metric } });
}
