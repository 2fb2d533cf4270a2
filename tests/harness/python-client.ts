// A plain client in another language: python3-websockets of Debian, in a child process.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PYTHON = '/usr/bin/python3';
const SCRIPT = fileURLToPath(new URL('../integration/plain_client.py', import.meta.url));

export type PythonEvent =
  | { readonly event: 'open'; readonly subprotocol: string | null }
  | { readonly event: 'text' | 'binary'; readonly data: string }
  | { readonly event: 'closed'; readonly code: number; readonly reason: string }
  | { readonly event: 'failed'; readonly reason: string };

/** Whether the library is there. */
export function hasPythonWebSockets(): boolean {
  return spawnSync(PYTHON, ['-c', 'import websockets']).status === 0;
}

export class PythonClient {
  readonly events: PythonEvent[] = [];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  #complaints = '';

  constructor(url: string) {
    this.#child = spawn(PYTHON, [SCRIPT, url]);
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      // The script is ours, and so is what it says.
      this.events.push(JSON.parse(line) as PythonEvent);
    });
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#complaints += chunk.toString();
    });
    this.#child.stdin.on('error', () => {});
    this.#ended = new Promise((resolve) => this.#child.once('close', () => resolve()));
  }

  /** What it wrote to its error stream; empty when all went well. */
  get complaints(): string {
    return this.#complaints;
  }

  /** The text messages it was given, in order. */
  get texts(): readonly string[] {
    return this.events.flatMap((event) => (event.event === 'text' ? [event.data] : []));
  }

  get closed(): { readonly code: number; readonly reason: string } | undefined {
    return this.events.find((event) => event.event === 'closed');
  }

  get open(): boolean {
    return this.events.some((event) => event.event === 'open') && this.closed === undefined;
  }

  send(payload: string | Uint8Array): void {
    if (typeof payload === 'string') this.#command({ do: 'text', data: payload });
    else this.#command({ do: 'binary', data: Buffer.from(payload).toString('base64') });
  }

  /** Ends the TCP connection without a close frame. */
  abort(): void {
    this.#command({ do: 'abort' });
  }

  close(): void {
    this.#command({ do: 'close' });
  }

  /** Resolves when the process is gone; ends it first when it is not. */
  async dispose(): Promise<void> {
    this.#child.kill();
    await this.#ended;
  }

  #command(command: object): void {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }
}
