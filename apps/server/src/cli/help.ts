// The text of --help; what it says of settings comes from their descriptors.
import { PRESET_VARIABLE, PRESETS, VARIABLE_PREFIX } from '@ws-stability/config';
import { describeAllowed } from '@ws-stability/core';
import { serverOptions } from '../options.ts';

export function helpText(): string {
  const { port, host, apiToken } = serverOptions;
  const rows: readonly (readonly [string, string])[] = [
    ['-p, --port PORT', `${port.description} Default ${port.default}; also PORT.`],
    ['    --host HOST', `${host.description} Default ${host.default}; also HOST.`],
    ['    --env NAME', `The preset: ${PRESETS.join(', ')}. Default development; also ${PRESET_VARIABLE}.`],
    ['    --print-config', 'Prints every setting with where it came from, and exits.'],
    ['-v, --version', 'Prints the version, and exits.'],
    ['-h, --help', 'Prints this, and exits.'],
  ];
  const variables: readonly (readonly [string, string])[] = [
    ['WS_STABILITY_API_TOKEN', `${apiToken.description} Allowed: ${describeAllowed(apiToken)}.`],
    [
      `${VARIABLE_PREFIX}GROUP_OPTION`,
      'Any setting, e.g. WS_STABILITY_MANAGER_PING_MS; --print-config shows them all.',
    ],
  ];
  return [
    'Usage: ws-stability-server [options]',
    '',
    'A WebSocket server whose clients lose nothing in silence: /ws, POST /api/publish, /metrics,',
    '/health/websocket, /healthz, /readyz, and in development a playground at /.',
    '',
    'Options:',
    ...rows.map(row),
    '',
    'Environment:',
    ...variables.map(row),
    '',
    'SIGTERM or SIGINT drains and exits 0; a second one exits at once.',
    '',
  ].join('\n');
}

const COLUMN = 28;

function row([name, text]: readonly [string, string]): string {
  return `  ${name.padEnd(COLUMN - 2)}  ${wrap(text, 94 - COLUMN).join(`\n${' '.repeat(COLUMN + 2)}`)}`;
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.replaceAll('`', '').split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
