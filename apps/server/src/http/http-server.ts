// The HTTP side: routes, their guards, and one shape for everything that is refused.
import type { Server } from 'node:http';
import type { Clock } from '@ws-stability/core';
import type { ConnectionManager, Logger } from '@ws-stability/manager';
import type { ManagerMetrics } from '@ws-stability/manager/metrics';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { ServerConfig } from '../settings.ts';
import { WEBSOCKET_PATH } from '../websocket/upgrades.ts';
import { healthReport } from './health-report.ts';
import { metricsRoute } from './metrics-route.ts';
import { PLAYGROUND_CSP, type PlaygroundFile } from './playground-files.ts';
import { publishRoute } from './publish-route.ts';
import { INTERNAL, NOT_FOUND, type Refusal, refusalBody } from './refusal.ts';
import { refuse } from './reply.ts';
import { accessCheck, checkHost, checkOrigin } from './request-guards.ts';
import { sharedReading } from './shared-reading.ts';

export interface HttpParts {
  readonly config: ServerConfig;
  readonly manager: ConnectionManager;
  readonly metrics: ManagerMetrics;
  readonly logger: Logger;
  readonly clock: Pick<Clock, 'now'>;
  readonly hosts: ReadonlySet<string>;
  readonly playground: readonly PlaygroundFile[];
}

/** Builds the server; it does not listen yet. */
export function buildHttpServer(parts: HttpParts): FastifyInstance<Server> {
  const { config, manager, metrics, clock, hosts, playground } = parts;
  const { server, manager: managerValues } = config.values;
  const app = fastify({
    bodyLimit: server.bodyBytes,
    requestTimeout: server.requestTimeoutMs,
    // What is still open after the drain is closed by the server itself.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    frameworkErrors: (error, _request, reply) => void refuse(reply, refusalOf(error, server.bodyBytes)),
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket),
  });
  const access = accessCheck(server.apiToken);
  const checkAccess = async (request: FastifyRequest, reply: FastifyReply) => {
    const asker = { headers: request.headers, remoteAddress: request.socket.remoteAddress };
    const refusal = access(asker) ?? checkOrigin(request.headers, managerValues.origins);
    if (refusal !== undefined) return refuse(reply, refusal);
  };
  const checkMediaType = async ({ headers }: FastifyRequest, reply: FastifyReply) => {
    // A page of another site can send any other type without asking the browser's permission.
    const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
    if (type !== 'application/json') return refuse(reply, MEDIA_TYPE);
  };
  const checkName = async (request: FastifyRequest, reply: FastifyReply) => {
    const refusal = checkHost(request.headers, hosts);
    if (refusal !== undefined) return refuse(reply, refusal);
  };

  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  // Probes ask by address and hear one word, so they need no Host of ours.
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) =>
    manager.accepting ? { status: 'ready' } : reply.code(503).send({ status: 'draining' }),
  );
  const health = sharedReading(() => healthReport(manager.snapshot(), metrics.groups()), clock);
  app.get('/health/websocket', { onRequest: [checkName] }, health);
  app.get('/metrics', { onRequest: [checkName] }, metricsRoute(metrics.registry, clock));
  app.post(
    '/api/publish',
    { onRequest: [checkName, checkAccess, checkMediaType] },
    publishRoute(manager, config.values.log.retentionMs),
  );
  app.get(WEBSOCKET_PATH, { onRequest: [checkName] }, async (_request, reply) => refuse(reply, UPGRADE_REQUIRED));
  for (const file of playground)
    app.get(file.path, { onRequest: [checkName] }, async (_request, reply) => sendFile(reply, file));

  app.setNotFoundHandler(async (request, reply) => refuse(reply, notFound(app, request)));
  app.setErrorHandler(async (error, request, reply) => {
    const refusal = refusalOf(error, server.bodyBytes);
    if (refusal.status >= 500) parts.logger.error({ err: error, url: pathOf(request.url) }, 'request failed');
    return refuse(reply, refusal);
  });
  return app;
}

function sendFile(reply: FastifyReply, { type, content }: PlaygroundFile): FastifyReply {
  return reply
    .headers({ 'content-security-policy': PLAYGROUND_CSP, 'referrer-policy': 'no-referrer' })
    .type(type)
    .send(content);
}

const METHODS = ['GET', 'POST'] as const;

function notFound(app: FastifyInstance<Server>, request: FastifyRequest): Refusal {
  const url = pathOf(request.url);
  const allowed = METHODS.filter((method) => app.hasRoute({ method, url }));
  if (allowed.length === 0) return NOT_FOUND;
  return {
    status: 405,
    code: 'ERR_METHOD',
    message: 'This path does not take that method.',
    field: 'method',
    value: request.method,
    remedy: `Use ${allowed.join(' or ')}.`,
    headers: { allow: allowed.join(', ') },
  };
}

function refusalOf(error: unknown, bodyBytes: number): Refusal {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return MEDIA_TYPE;
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return {
        status: 413,
        code: 'ERR_TOO_LARGE',
        message: `The body is larger than ${bodyBytes} bytes.`,
        field: 'body',
        remedy: 'Send less, or raise WS_STABILITY_SERVER_BODY_BYTES.',
      };
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_BAD_URL':
      return BROKEN;
    default:
      return INTERNAL;
  }
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}

function answerBrokenRequest(
  error: Error & { code?: string },
  socket: { writable: boolean; end(text: string): unknown; destroy(): unknown },
): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const body = refusalBody(BROKEN);
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

const MEDIA_TYPE: Refusal = {
  status: 415,
  code: 'ERR_MEDIA_TYPE',
  message: 'The body must be JSON and say so.',
  field: 'Content-Type',
  remedy: 'Send `Content-Type: application/json`.',
};

const BROKEN: Refusal = {
  status: 400,
  code: 'ERR_HTTP',
  message: 'This is not a request that can be read.',
  remedy: 'Send a complete HTTP/1.1 request with a right Content-Length.',
};

const UPGRADE_REQUIRED: Refusal = {
  status: 426,
  code: 'ERR_UPGRADE',
  message: 'This path speaks WebSocket only.',
  remedy: 'Connect with a WebSocket client.',
  headers: { upgrade: 'websocket', connection: 'upgrade' },
};
