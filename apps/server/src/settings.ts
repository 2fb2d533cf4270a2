// The server's settings: those of the packages and its own, from preset, environment and arguments.
import {
  type Config,
  type ConfigOverrides,
  type Flag,
  loadConfig,
  type PackageGroups,
  type PresetName,
  packageGroups,
} from '@ws-stability/config';
import { type ServerGroups, serverChecks, serverGroup } from './options.ts';

export type ServerConfig = Config<PackageGroups & ServerGroups>;

/** What `createServer` is given: a preset and any subset of the settings, by group. */
export type ServerSettings = ConfigOverrides<PackageGroups & ServerGroups> & {
  /** @default `development` */
  readonly env?: PresetName;
};

export interface SettingsSources {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly preset?: { readonly name: string; readonly flag?: string };
  readonly flags?: readonly Flag[];
  readonly overrides?: ConfigOverrides<PackageGroups & ServerGroups>;
}

export const packageAndServerGroups = { ...packageGroups, server: serverGroup } as const;

/** @throws StabilityError `ERR_CONFIG` with every problem at once. */
export function loadServerConfig(sources: SettingsSources): ServerConfig {
  return loadConfig<ServerGroups>({ ...sources, groups: { server: serverGroup }, checks: serverChecks });
}
