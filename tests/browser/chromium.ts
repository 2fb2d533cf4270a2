// Debian's Chromium for the tests that need a real browser; whoever has none is told what to install.
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';
const QUIET = ['--disable-quic', '--no-first-run', '--disable-background-networking'];
const QUIETER = ['--disable-component-update', '--disable-sync'];

/** Whether there is a browser. With `CI=true` its absence is an error: a pipeline must not pass on tests it did not run. */
export function hasChromium(): boolean {
  if (existsSync(EXECUTABLE)) return true;
  const remedy = `no Chromium at ${EXECUTABLE}: apt-get install chromium`;
  if (process.env.CI === 'true') throw new Error(remedy);
  process.stderr.write(`\n!!! BROWSER TESTS SKIPPED, ${remedy}\n\n`);
  return false;
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: ['--no-sandbox', '--disable-gpu', ...QUIET, ...QUIETER],
  });
}
