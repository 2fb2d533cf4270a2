// What the command line asks for.
import { parseArgs } from 'node:util';
import type { Flag } from '@ws-stability/config';
import { StabilityError } from '@ws-stability/core';

export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'version' }
  | {
      readonly name: 'printConfig' | 'serve';
      readonly flags: readonly Flag[];
      readonly preset?: { readonly name: string; readonly flag: string };
    };

/** @throws StabilityError `ERR_ARGUMENT` for a flag there is not, one without its value, or anything beside flags. */
export function readCommand(args: readonly string[]): Command {
  const values = parse(args);
  if (values.help) return { name: 'help' };
  if (values.version) return { name: 'version' };
  const flags: Flag[] = [];
  if (values.port !== undefined) flags.push({ name: '--port', group: 'server', option: 'port', text: values.port });
  if (values.host !== undefined) flags.push({ name: '--host', group: 'server', option: 'host', text: values.host });
  const preset = values.env === undefined ? {} : { preset: { name: values.env, flag: '--env' } };
  return { name: values['print-config'] ? 'printConfig' : 'serve', flags, ...preset };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
        port: { type: 'string', short: 'p' },
        host: { type: 'string' },
        env: { type: 'string' },
        'print-config': { type: 'boolean' },
      },
    }).values;
  } catch (cause) {
    const what = cause instanceof Error ? cause.message.split('. ', 1)[0] : String(cause);
    throw new StabilityError('ERR_ARGUMENT', `${what}. See ws-stability-server --help.`, { cause });
  }
}
