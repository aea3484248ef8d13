import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../types/people.ts';

/** Who changes something by a request, for the record of actions. */
export function actorOf({ principal, ip }: FastifyRequest): Actor {
  return { name: principal?.name ?? 'unknown', via: principal?.via === 'token' ? 'api' : 'web', address: ip };
}
