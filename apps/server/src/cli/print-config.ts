// The text of --print-config: every setting as an environment variable would set it, and where its value came from.
import { describeOrigin, PRESET_VARIABLE, variableName } from '@ws-stability/config';
import type { OptionDescriptor } from '@ws-stability/core';
import { packageAndServerGroups, type ServerConfig } from '../settings.ts';

export function configText({ env, values, origins }: ServerConfig): string {
  const lines = [`${PRESET_VARIABLE}=${env}`];
  for (const [group, options] of Object.entries(values)) {
    const descriptors = new Map(Object.entries(packageAndServerGroups[group as keyof typeof values].options));
    for (const [option, value] of Object.entries(options)) {
      const origin = origins.get(`${group}.${option}`);
      const comment = origin === undefined ? '' : `  # ${describeOrigin(origin)}`;
      lines.push(`${variableName(group, option)}=${show(descriptors.get(option), value)}${comment}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function show(descriptor: OptionDescriptor | undefined, value: unknown): string {
  if (descriptor?.kind === 'text' && descriptor.secret === true) return value === '' ? '' : '(hidden)';
  return Array.isArray(value) ? value.join(',') : String(value);
}
