// POST /api/publish: one message into a topic, answered with its position.
import { isStabilityError } from '@ws-stability/core';
import type { ConnectionManager, PublishOutcome } from '@ws-stability/manager';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readPublishRequest } from './publish-request.ts';
import { badField, DRAINING, type Refusal } from './refusal.ts';
import { refuse } from './reply.ts';

// Ids of API callers are their own: no client's id can hide what they publish.
const SCOPE = 'api';

export function publishRoute(manager: ConnectionManager, maxTtlMs: number) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    if (!manager.accepting) return refuse(reply, DRAINING);
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const reading = readPublishRequest(body, maxTtlMs);
    if (!reading.ok) return refuse(reply, reading.refusal);
    const { topic, payload, ...options } = reading.request;
    const outcome = await append(() => manager.publish(topic, payload, { ...options, scope: SCOPE }));
    if ('code' in outcome) return refuse(reply, outcome);
    if (outcome.status === 'refused') return refuse(reply, refusalOf(outcome));
    const [epoch, offset] = outcome.position;
    return { topic, epoch, offset, duplicate: outcome.status === 'duplicate' };
  };
}

async function append(publish: () => PublishOutcome | Promise<PublishOutcome>): Promise<PublishOutcome | Refusal> {
  try {
    return await publish();
  } catch (error) {
    if (!isStabilityError(error)) throw error;
    if (error.code === 'ERR_OUTCOME_UNKNOWN') return UNKNOWN;
    if (error.code === 'ERR_STORE') return STORE;
    return badField('body', undefined, error.message, 'Correct the request.');
  }
}

function refusalOf(outcome: Extract<PublishOutcome, { status: 'refused' }>): Refusal {
  const { limit, message } = outcome;
  if (limit === 'draining') return DRAINING;
  if (limit === 'store') {
    const seconds = Math.max(1, Math.ceil(outcome.retryAfterMs / 1000));
    return { ...STORE, headers: { 'retry-after': String(seconds) } };
  }
  if (limit === 'messageBytes') {
    const remedy = 'Send less, or raise WS_STABILITY_LOG_MAX_MESSAGE_BYTES.';
    return { status: 413, code: 'ERR_TOO_LARGE', message, field: 'payload', remedy };
  }
  const remedy = limit === 'topics' ? 'Use fewer topics, or raise WS_STABILITY_LOG_MAX_TOPICS.' : 'Try again later.';
  return { status: 503, code: 'ERR_LIMIT', message, field: 'topic', remedy, headers: { 'retry-after': '5' } };
}

const UNKNOWN: Refusal = {
  status: 503,
  code: 'ERR_OUTCOME_UNKNOWN',
  message: 'The store did not say whether it took the message.',
  remedy: 'Send it again with the same id; without an id it may arrive twice.',
};

const STORE: Refusal = {
  status: 503,
  code: 'ERR_STORE',
  message: 'The store cannot be reached; the message was not published.',
  remedy: 'Send it again later.',
  headers: { 'retry-after': '5' },
};
