// The tables of docs/configuration.md, written from the descriptors so that they cannot be wrong.
import { describeAllowed } from '@ws-stability/core';
import { type OptionGroup, type OptionGroups, PRESETS, type PresetName } from './option-group.ts';
import { variableName } from './variable-name.ts';

/** A section for each group: its options with default, presets, variable, what is allowed and what it does; Markdown. */
export function configurationGuide(groups: OptionGroups): string {
  return Object.entries(groups)
    .map(([name, group]) => section(name, group))
    .join('\n');
}

function section(name: string, group: OptionGroup): string {
  const rows = Object.entries(group.options).map(([option, descriptor]) => {
    const short = Object.entries(group.variables ?? {}).flatMap(([variable, set]) =>
      set === option ? [variable] : [],
    );
    const variables = [...short, variableName(name, option)].map((variable) => `\`${variable}\``).join(', ');
    const differing = PRESETS.flatMap((preset) => {
      const value = presetValue(group, preset, option);
      return value === undefined || show(value) === show(descriptor.default) ? [] : [`${preset}: ${show(value)}`];
    });
    const values = [show(descriptor.default), ...differing].join('<br>');
    return `| \`${option}\` | ${values} | ${cell(describeAllowed(descriptor))} | ${cell(descriptor.description)} | ${variables} |`;
  });
  return [
    `## \`${name}\``,
    '',
    group.about,
    '',
    '| option | default, and presets that differ | allowed | what it does | environment |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function presetValue(group: OptionGroup, preset: PresetName, option: string): unknown {
  return new Map(Object.entries(group.presets?.[preset] ?? {})).get(option);
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((item) => `\`${item}\``).join(', ');
  if (typeof value === 'number') return `\`${value}\``;
  return value === '' ? 'empty' : `\`${String(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
