// A group of settings: one package's option descriptors and what each preset changes of them.
import type { OptionDescriptors, PartialOptions, ResolvedOptions } from '@ws-stability/core';

export const PRESETS = ['development', 'production', 'testing'] as const;

/** A named set of values to start from; `WS_STABILITY_ENV` chooses one. */
export type PresetName = (typeof PRESETS)[number];

export function isPresetName(name: unknown): name is PresetName {
  return PRESETS.some((preset) => preset === name);
}

export interface OptionGroup<Descriptors extends OptionDescriptors = OptionDescriptors> {
  /** Whose settings these are, one sentence for the configuration guide. */
  readonly about: string;
  readonly options: Descriptors;
  /** What a preset sets; the rest keeps its default. */
  readonly presets?: { readonly [Preset in PresetName]?: PartialOptions<Descriptors> };
  /** Further environment variables, by name, that set an option: `{ PORT: 'port' }`. The derived name wins over them. */
  readonly variables?: { readonly [variable: string]: keyof Descriptors & string };
}

export type OptionGroups = { readonly [group: string]: OptionGroup };

/** Every option of every group with its value. */
export type ConfigValues<Groups extends OptionGroups> = {
  readonly [Group in keyof Groups]: ResolvedOptions<Groups[Group]['options']>;
};

/** Any subset of the options of any subset of the groups. */
export type ConfigOverrides<Groups extends OptionGroups> = {
  readonly [Group in keyof Groups]?: PartialOptions<Groups[Group]['options']> | undefined;
};
