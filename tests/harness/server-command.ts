// The command `ws-stability-server` as a child process: what it wrote, how it ended, how long that took.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../apps/server/dist/main.js', import.meta.url));
const START_MS = 20_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class ServerCommand implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';
  #onLine: (() => void) | undefined;

  constructor(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run \`pnpm build\` before these tests`);
    this.child = spawn(process.execPath, [MAIN, ...args], {
      env: { PATH: process.env.PATH, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#onLine?.();
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  /** The lines of its log so far. */
  get lines(): readonly Readonly<Record<string, unknown>>[] {
    const whole = this.#stdout.slice(0, this.#stdout.lastIndexOf('\n') + 1);
    return whole.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  }

  /** The first line of its log with this message, waited for. */
  async line(message: string): Promise<Readonly<Record<string, unknown>>> {
    return new Promise((resolve, reject) => {
      const fail = (what: string): void =>
        reject(new Error(`the server ${what}; it wrote:\n${this.#stdout}${this.#stderr}`));
      const patience = setTimeout(fail, START_MS, `did not say "${message}"`);
      const look = (): void => {
        const found = this.lines.find(({ msg }) => msg === message);
        if (found === undefined) return;
        clearTimeout(patience);
        this.#onLine = undefined;
        resolve(found);
      };
      this.#onLine = look;
      void this.ended.then(({ code }) => {
        clearTimeout(patience);
        fail(`ended with ${code}`);
      });
      look();
    });
  }

  async port(): Promise<number> {
    return Number((await this.line('listening')).port);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
