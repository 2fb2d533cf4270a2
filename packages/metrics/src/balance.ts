// Balances: named sums that must be equal at any time, such as `opened = closed + live`.
import { checkWords } from './metric-name.ts';

export interface BalanceDefinition {
  /** Lower-case words joined by underscores, e.g. `connections`. */
  readonly name: string;
  /** The equation for people, e.g. `opened = closed + live`. @default the name */
  readonly equation?: string;
  readonly left: () => number;
  readonly right: () => number;
}

/** Both sides at one moment; null where a side could not be read. */
export interface BalanceReading {
  readonly name: string;
  readonly equation: string;
  readonly left: number | null;
  readonly right: number | null;
  /** `left − right`: 0 when it holds, null when a side could not be read. */
  readonly difference: number | null;
}

/** Two sides that must be equal, to be read at any time. */
export class Balance {
  readonly name: string;
  readonly equation: string;
  readonly #left: () => number;
  readonly #right: () => number;

  constructor({ name, equation = name, left, right }: BalanceDefinition) {
    checkWords(name, 'The name of a balance');
    this.name = name;
    this.equation = equation;
    this.#left = left;
    this.#right = right;
  }

  /**
   * Reads both sides, the left one first, in one turn.
   *
   * @param onFailure told what a side threw, or that it was no finite number. @default nothing: the null says so
   */
  read(onFailure: (failure: unknown) => void = () => undefined): BalanceReading {
    const left = readSide(this.#left, onFailure);
    const right = readSide(this.#right, onFailure);
    const difference = left === null || right === null ? null : left - right;
    return { name: this.name, equation: this.equation, left, right, difference };
  }
}

/**
 * Names a balance; `registry.balance` does the same and exports it.
 *
 * @throws StabilityError `ERR_METRIC_NAME`.
 */
export function defineBalance(definition: BalanceDefinition): Balance {
  return new Balance(definition);
}

function readSide(side: () => number, onFailure: (failure: unknown) => void): number | null {
  try {
    const value = side();
    if (Number.isFinite(value)) return value;
    onFailure(new TypeError(`a side is ${String(value)}, which is no finite number`));
  } catch (error) {
    onFailure(error);
  }
  return null;
}
