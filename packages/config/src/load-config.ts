// The settings of a program: preset, then environment, then arguments; checked as a whole, every problem told at once.
import type { ConfigCheck } from './check.ts';
import { configError } from './config-error.ts';
import { Draft } from './draft.ts';
import { type PackageGroups, packageGroups } from './groups.ts';
import {
  type ConfigOverrides,
  type ConfigValues,
  isPresetName,
  type OptionGroups,
  PRESETS,
  type PresetName,
} from './option-group.ts';
import type { Origin } from './origin.ts';
import { packageChecks } from './package-checks.ts';
import { configSchema } from './schema.ts';
import { PRESET_VARIABLE } from './variable-name.ts';

/** A flag of a command line that sets an option, with its text as typed. */
export interface Flag {
  /** As typed, e.g. `--port`. */
  readonly name: string;
  readonly group: string;
  readonly option: string;
  readonly text: string;
}

export interface ConfigSources<Extra extends OptionGroups> {
  /** Usually `process.env`; nothing of it is read but `WS_STABILITY_*` and the groups' own `variables`. @default {} */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Wins over `WS_STABILITY_ENV`. @default `development` */
  readonly preset?: { readonly name: string; readonly flag?: string } | undefined;
  readonly flags?: readonly Flag[] | undefined;
  /** Values given by the program; they win over everything. */
  readonly overrides?: ConfigOverrides<PackageGroups & Extra> | undefined;
  /** Settings of the program itself. */
  readonly groups?: Extra | undefined;
  readonly checks?: readonly ConfigCheck<PackageGroups & Extra>[] | undefined;
}

export interface Config<Groups extends OptionGroups> {
  readonly env: PresetName;
  readonly values: ConfigValues<Groups>;
  /** By path, e.g. `manager.pingMs`. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/**
 * Reads settings from a preset, the environment and arguments, each winning over the one before.
 *
 * @throws StabilityError `ERR_CONFIG` with every problem: path, value, what is allowed, where it came from.
 */
export function loadConfig<Extra extends OptionGroups = Record<never, never>>(
  sources: ConfigSources<Extra> = {},
): Config<PackageGroups & Extra> {
  const groups = { ...packageGroups, ...sources.groups } as PackageGroups & Extra;
  const draft = new Draft(groups);
  const env = choosePreset(sources, draft);
  draft.readPreset(env);
  draft.readEnvironment(sources.env ?? {});
  for (const { name, group, option, text } of sources.flags ?? []) draft.readFlag(`${group}.${option}`, text, name);
  draft.readOverrides(sources.overrides ?? {});
  draft.check();
  const values = configSchema(groups).parse(draft.values());
  const checks: readonly ConfigCheck<PackageGroups & Extra>[] = [...packageChecks, ...(sources.checks ?? [])];
  for (const { paths, check } of checks) {
    if (paths.some((path) => draft.isWrong(path))) continue;
    const allowed = check(values, env);
    if (allowed !== undefined) draft.addMismatch(paths[0], allowed);
  }
  if (draft.problems.length > 0) throw configError(draft.problems);
  return { env, values, origins: draft.origins() };
}

function choosePreset<Extra extends OptionGroups>({ preset, env }: ConfigSources<Extra>, draft: Draft): PresetName {
  const variable = env?.[PRESET_VARIABLE];
  const given = preset?.name ?? (variable === '' ? undefined : variable);
  if (given === undefined) return 'development';
  if (isPresetName(given)) return given;
  const origin = preset === undefined ? `environment ${PRESET_VARIABLE}` : `argument ${preset.flag ?? 'preset'}`;
  draft.addProblem({ path: 'env', value: given, allowed: `one of ${PRESETS.join(', ')}`, origin });
  return 'development';
}
