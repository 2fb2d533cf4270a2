// Checks between settings: each alone may be right, together they are not.
import type { ConfigValues, OptionGroups, PresetName } from './option-group.ts';

export interface ConfigCheck<Groups extends OptionGroups> {
  /** The settings it compares, the one to correct first; it is not asked while one of them is wrong by itself. */
  readonly paths: readonly [string, ...string[]];
  /** Nothing when all is well, else what would be right for the first path. */
  check(values: ConfigValues<Groups>, env: PresetName): string | undefined;
}
