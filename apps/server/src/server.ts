// The reference server: HTTP, WebSocket, playground, logs and drain put together.
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { managerBreakers } from '@ws-stability/config';
import { type Clock, type Random, StabilityError, systemClock, systemRandom } from '@ws-stability/core';
import { ConnectionManager, type DrainReport, type Logger, type PlainRequest } from '@ws-stability/manager';
import { ManagerMetrics } from '@ws-stability/manager/metrics';
import { type LogStore, MemoryLogStore, MemorySessionStore, type SessionStore } from '@ws-stability/store';
import { logEvents } from './event-log.ts';
import { buildHttpServer } from './http/http-server.ts';
import { playgroundFolder, readPlaygroundFiles } from './http/playground-files.ts';
import { checkHost } from './http/request-guards.ts';
import { listenError } from './listen-error.ts';
import { createLogger } from './logger.ts';
import { loadServerConfig, type ServerSettings } from './settings.ts';
import { authorizeEcho, serveEcho } from './websocket/echo.ts';
import { servePlaygroundControls } from './websocket/playground-controls.ts';
import { serveUpgrades } from './websocket/upgrades.ts';

export interface ServerDependencies {
  /** @default lines of JSON on standard output */
  readonly logger?: Logger;
  /** @default in memory; one that is given is not closed with the server */
  readonly log?: LogStore;
  /** @default in memory; one that is given is not closed with the server */
  readonly sessions?: SessionStore;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** E.g. `http://127.0.0.1:8080/`. */
  readonly url: string;
}

export interface StabilityServer extends AsyncDisposable {
  /** Where it listens; undefined before `listen()` and after the shutdown. */
  readonly address: ServerAddress | undefined;
  readonly manager: ConnectionManager;
  /** What `/metrics` exports; metrics of one's own are made with its `registry`. */
  readonly metrics: ManagerMetrics;
  /** @throws StabilityError `ERR_LISTEN` when it cannot listen there; says why and what to do. */
  listen(): Promise<ServerAddress>;
  /** Drains the connections, then stops HTTP; the same promise when called again. @param deadlineMs @default the option `manager.drainDeadlineMs` */
  shutdown(options?: { readonly deadlineMs?: number }): Promise<DrainReport>;
  /** A shutdown that waits for nobody. */
  close(): Promise<void>;
}

/**
 * Builds the server; nothing listens until `listen()`.
 *
 * @param settings a preset and any subset of the settings, by group; the environment is not read.
 * @throws StabilityError `ERR_CONFIG` with everything wrong with the settings.
 */
export function createServer(settings: ServerSettings = {}, dependencies: ServerDependencies = {}): StabilityServer {
  const { env = 'development', ...overrides } = settings;
  const config = loadServerConfig({ preset: { name: env }, overrides });
  const { values } = config;
  const { clock = systemClock, random = systemRandom, logger = createLogger(config) } = dependencies;
  const log = dependencies.log ?? new MemoryLogStore(values.log, { clock });
  const sessions = dependencies.sessions ?? new MemorySessionStore(values.sessions, { clock });
  const asked = new WeakMap<IncomingMessage, PlainRequest>();
  const development = config.env === 'development';
  const onError = (error: unknown): void => events.failed(error);
  const metrics = new ManagerMetrics(values.metrics, { clock, onError });

  const manager = new ConnectionManager(values.manager, {
    log,
    sessions,
    clock,
    random,
    observer: metrics,
    breakers: managerBreakers(values, { clock, random, onError }),
    onUpgrade: (request) => {
      const plain = asked.get(request);
      return { accept: true, ...(plain === undefined ? {} : { plain }) };
    },
    authorize: authorizeEcho,
  });
  const hosts = new Set([values.server.host, ...values.server.hosts].map((host) => host.toLowerCase()));
  const app = buildHttpServer({
    config,
    manager,
    metrics,
    logger,
    hosts,
    clock,
    playground: development ? readPlaygroundFiles(playgroundFolder()) : [],
  });
  const misdirected = metrics.registry.counter('upgrades_misdirected_total', {
    help: 'Upgrades refused before anyone was asked: another path, a Host that is not ours, or wrong parameters.',
  });
  const events = logEvents(manager, logger, clock, values.server.logLinesPerSecond);
  const undo = [
    serveUpgrades(app.server, {
      manager,
      asked,
      limits: { maxTopics: values.manager.maxSubscriptions, clientNames: development },
      checkHost: (request) => checkHost(request.headers, hosts),
      onRefused: (refusal) => {
        misdirected.add(1);
        events.refusedUpgrade(refusal);
      },
    }),
    serveEcho(manager, log),
    ...(development ? [servePlaygroundControls(manager, clock, random)] : []),
  ];

  metrics.watch(manager);

  let address: ServerAddress | undefined;
  let ending: Promise<DrainReport> | undefined;

  async function listen(): Promise<ServerAddress> {
    const { host, port } = values.server;
    // It would refuse everyone, and nothing could end it any more.
    if (ending !== undefined) throw new StabilityError('ERR_LISTEN', 'This server was shut down; create another one.');
    try {
      await app.listen({ host, port });
    } catch (error) {
      throw listenError(error, host, port);
    }
    address = addressOf(app.server.address(), host);
    logger.info({ ...address, env: config.env }, 'listening');
    return address;
  }

  async function end(deadlineMs: number): Promise<DrainReport> {
    const report = await manager.shutdown({ deadlineMs });
    for (const stop of undo) stop();
    // Requests in progress had the time of the drain; what is open after it waits for nothing.
    const closed = app.close();
    app.server.closeAllConnections();
    await closed;
    await metrics.close();
    if (dependencies.log === undefined) await log.close();
    if (dependencies.sessions === undefined) await sessions.close();
    address = undefined;
    logger.info({ report }, 'drained');
    events.stop();
    return report;
  }

  const shutdown = (options: { readonly deadlineMs?: number } = {}): Promise<DrainReport> => {
    ending ??= end(options.deadlineMs ?? values.manager.drainDeadlineMs);
    return ending;
  };
  const close = async (): Promise<void> => void (await shutdown({ deadlineMs: 0 }));

  return {
    get address() {
      return address;
    },
    manager,
    metrics,
    listen,
    shutdown,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function addressOf(info: AddressInfo | string | null, host: string): ServerAddress {
  if (info === null || typeof info === 'string')
    throw new StabilityError('ERR_LISTEN', 'The server has no TCP address; listen on a port.');
  const shown = ANY.has(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return { host, port: info.port, url: `http://${shown}:${info.port}/` };
}

const ANY = new Set(['0.0.0.0', '::']);
