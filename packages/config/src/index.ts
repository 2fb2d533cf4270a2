export type { ConfigCheck } from './check.ts';
export type { ConfigProblem } from './config-error.ts';
export { configurationGuide } from './configuration-guide.ts';
export { type PackageGroups, packageGroups } from './groups.ts';
export { type Config, type ConfigSources, type Flag, loadConfig } from './load-config.ts';
export { managerBreakers } from './manager-breakers.ts';
export {
  type ConfigOverrides,
  type ConfigValues,
  isPresetName,
  type OptionGroup,
  type OptionGroups,
  PRESETS,
  type PresetName,
} from './option-group.ts';
export { describeOrigin, type Origin } from './origin.ts';
export { configSchema } from './schema.ts';
export { PRESET_VARIABLE, VARIABLE_PREFIX, variableName } from './variable-name.ts';
