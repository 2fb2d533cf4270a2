#!/usr/bin/env node
// The command `ws-stability-server`.
import { isStabilityError } from '@ws-stability/core';
import { readCommand } from './cli/command.ts';
import { helpText } from './cli/help.ts';
import { configText } from './cli/print-config.ts';
import { serve } from './cli/serve.ts';
import { createLogger } from './logger.ts';
import { loadServerConfig } from './settings.ts';
import { packageVersion } from './version.ts';

async function main(): Promise<void> {
  const command = readCommand(process.argv.slice(2));
  if (command.name === 'help') return void process.stdout.write(helpText());
  if (command.name === 'version') return void process.stdout.write(`${packageVersion()}\n`);
  const { flags, preset } = command;
  const config = loadServerConfig({ env: process.env, flags, ...(preset === undefined ? {} : { preset }) });
  if (command.name === 'printConfig') return void process.stdout.write(configText(config));
  await serve(config, createLogger(config));
}

main().catch((error: unknown) => {
  // What the user can correct is told in words; anything else is a fault of ours and keeps its stack.
  const text = isStabilityError(error)
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? error.stack
      : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
