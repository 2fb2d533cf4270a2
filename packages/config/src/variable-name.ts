// Names of environment variables, derived from groups and options; and which known one was meant by an unknown one.
import type { OptionGroups } from './option-group.ts';

export const VARIABLE_PREFIX = 'WS_STABILITY_';
/** The variable that chooses the preset. */
export const PRESET_VARIABLE = 'WS_STABILITY_ENV';

/** `manager`, `pingMs` → `WS_STABILITY_MANAGER_PING_MS`. */
export function variableName(group: string, option: string): string {
  return `${VARIABLE_PREFIX}${upperSnake(group)}_${upperSnake(option)}`;
}

function upperSnake(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

export interface Variable {
  readonly name: string;
  readonly group: string;
  readonly option: string;
}

/** Every variable that sets an option; a later one wins over an earlier one of the same option. */
export function variablesOf(groups: OptionGroups): readonly Variable[] {
  return Object.entries(groups).flatMap(([group, { options, variables = {} }]) => [
    ...Object.entries(variables).map(([name, option]) => ({ name, group, option })),
    ...Object.keys(options).map((option) => ({ name: variableName(group, option), group, option })),
  ]);
}

const LONGEST_NAME = 120;

/** The known name that an unknown one is closest to, if it is close enough to have been meant. */
export function nearestName(unknown: string, known: Iterable<string>): string | undefined {
  const wanted = unknown.slice(0, LONGEST_NAME);
  let nearest: string | undefined;
  let least = Math.max(3, Math.floor(wanted.length * 0.4)) + 1;
  for (const name of known) {
    const distance = editDistance(wanted, name);
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}

// Levenshtein's distance, by rows (Wagner and Fischer 1974).
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const here = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (above[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      here.push(Math.min(replaced, (above[column] ?? 0) + 1, (here[column - 1] ?? 0) + 1));
    }
    above = here;
  }
  return above[b.length] ?? 0;
}
