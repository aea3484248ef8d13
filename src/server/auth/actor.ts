import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../types/people.ts';
import { addressOf } from './address-of.ts';

/** Who changes something by a request, for the record of actions. */
export function actorOf(request: FastifyRequest): Actor {
  const { principal } = request;
  return {
    name: principal?.name ?? 'unknown',
    via: principal?.via === 'token' ? 'api' : 'web',
    address: addressOf(request),
  };
}
