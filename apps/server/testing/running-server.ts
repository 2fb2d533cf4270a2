// A server on a free port for one test, a raw HTTP client, and plain WebSockets that remember what they got.
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { WebSocket } from 'ws';
import { createServer, type ServerDependencies, type StabilityServer } from '../src/server.ts';
import type { ServerSettings } from '../src/settings.ts';

export interface RunningServer extends AsyncDisposable {
  readonly server: StabilityServer;
  readonly port: number;
  readonly lines: readonly LogLine[];
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  publish(body: unknown, headers?: Record<string, string>): Promise<Answer>;
  connect(target: string, options?: { headers?: Record<string, string>; protocol?: string }): Promise<PlainSocket>;
}

export interface LogLine {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

export interface AskOptions {
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
}

export async function startServer(
  settings: ServerSettings = {},
  dependencies: ServerDependencies = {},
): Promise<RunningServer> {
  const lines: LogLine[] = [];
  const line = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
  const logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  const server = createServer({ ...settings, server: { port: 0, ...settings.server } }, { logger, ...dependencies });
  const { port } = await server.listen();
  const ask = (method: string, path: string, options: AskOptions = {}) => askPort(port, method, path, options);
  return {
    server,
    port,
    lines,
    ask,
    publish: (body, headers = {}) =>
      ask('POST', '/api/publish', {
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    connect: (target, options) => PlainSocket.open(`ws://127.0.0.1:${port}${target}`, options),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

async function askPort(
  port: number,
  method: string,
  path: string,
  { headers = {}, body }: AskOptions,
): Promise<Answer> {
  const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
  sent.end(body);
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  const isJson = String(response.headers['content-type']).startsWith('application/json');
  return {
    status: response.statusCode,
    headers: response.headers,
    text,
    json: isJson && method !== 'HEAD' ? JSON.parse(text) : undefined,
  };
}

export class PlainSocket {
  readonly messages: (string | Buffer)[] = [];
  readonly socket: WebSocket;
  closed: { readonly code: number; readonly reason: string } | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer, binary) => void this.messages.push(binary ? data : data.toString()));
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
  }

  /** Rejects with the refusal's status and body when there is no 101. */
  static async open(
    url: string,
    options: { headers?: Record<string, string>; protocol?: string } = {},
  ): Promise<PlainSocket> {
    const { headers = {}, protocol } = options;
    const socket = new WebSocket(url, protocol === undefined ? [] : [protocol], { headers });
    const plain = new PlainSocket(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
      socket.once('unexpected-response', (_request, response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => reject(new Refused(response.statusCode ?? 0, text)));
      });
    });
    return plain;
  }

  send(data: string | Uint8Array): void {
    this.socket.send(data);
  }

  close(): void {
    this.socket.close();
  }
}

export class Refused extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, text: string) {
    super(`refused with ${status}: ${text}`);
    this.status = status;
    this.body = JSON.parse(text);
  }
}
