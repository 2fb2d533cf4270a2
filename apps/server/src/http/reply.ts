// Sends a refusal as the reply of a route.
import type { FastifyReply } from 'fastify';
import { type Refusal, refusalBody } from './refusal.ts';

export function refuse(reply: FastifyReply, refusal: Refusal): FastifyReply {
  return reply
    .code(refusal.status)
    .headers({ ...refusal.headers })
    .type('application/json; charset=utf-8')
    .send(refusalBody(refusal));
}
