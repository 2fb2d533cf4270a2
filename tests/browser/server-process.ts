// The built reference server as a child process on a free port, as a visitor would start it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../apps/server/dist/main.js', import.meta.url));
const PAGE = fileURLToPath(new URL('../../apps/server/dist/playground/index.html', import.meta.url));
const START_MS = 15_000;
const STOP_MS = 5_000;

export interface ServerProcess {
  readonly port: number;
  /** Ends it by SIGTERM, after 5 s by force: the drain has tests of its own. */
  stop(): Promise<void>;
}

/** @throws Error when the build is missing or the server does not listen within 15 s, with what it wrote. */
export async function startServer(env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  for (const file of [MAIN, PAGE]) {
    if (!existsSync(file)) throw new Error(`${file} is missing: run \`pnpm build\` before the browser tests`);
  }
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, PORT: '0', HOST: '127.0.0.1', WS_STABILITY_ENV: 'development', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let written = '';
  const port = await new Promise<number>((resolve, reject) => {
    const failed = (what: string) => reject(new Error(`the server ${what}; it wrote:\n${written}`));
    const patience = setTimeout(failed, START_MS, 'does not listen');
    void exit.then((code) => failed(`ended with ${code}`));
    const read = (chunk: Buffer): void => {
      written += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(written) ?? /"port":(\d+)/.exec(written);
      if (found === null) return;
      clearTimeout(patience);
      child.stdout.off('data', read).resume();
      child.stderr.off('data', read).resume();
      resolve(Number(found[1]));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  }).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    port,
    stop: async () => {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await exit;
      clearTimeout(force);
    },
  };
}
