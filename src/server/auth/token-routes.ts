import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { problem as problemSchema } from '../../protocol/common.ts';
import { madeToken, tokenBody, tokenParams, tokens, userParams } from '../../protocol/people.ts';
import type { PeopleService } from '../../services/people/people-service.ts';
import { toShownToken } from '../../services/people/shown-user.ts';
import { actorOf } from './actor.ts';
import { toTokenAnswer } from './answers.ts';
import { scopeOf } from './user-routes.ts';

const ADMIN = { access: { role: 'admin', isWhole: true } } as const;
const BODY_LIMIT = 128 * 1024;
const REFUSALS = { 400: problemSchema, 404: problemSchema, 422: problemSchema };

/** `/users/ID/tokens`: call it on the instance whose prefix is that of the API. */
export function addTokenRoutes(
  fastify: FastifyInstance,
  { people, clock }: { people: PeopleService; clock: () => Date },
): void {
  const app = fastify.withTypeProvider<ZodTypeProvider>();

  app.route({
    method: 'GET',
    url: '/users/:id/tokens',
    config: ADMIN,
    schema: {
      tags: ['users'],
      summary: 'the tokens of a user',
      params: userParams,
      response: { 200: tokens, 404: problemSchema },
    },
    handler: async ({ params }) => {
      const { id, name } = await people.users.get(params.id);
      const all = await people.tokens.list(id);
      return { tokens: all.map((one) => toTokenAnswer(toShownToken(one, name, clock()))) };
    },
  });

  app.route({
    method: 'POST',
    url: '/users/:id/tokens',
    bodyLimit: BODY_LIMIT,
    config: ADMIN,
    schema: {
      tags: ['users'],
      summary: 'make a token, which may no more than its user; its secret is told once',
      params: userParams,
      body: tokenBody,
      response: { 201: madeToken, ...REFUSALS },
    },
    handler: async (request, reply) => {
      const found = await people.users.get(request.params.id);
      const { name, role, scope, expiresAt } = request.body;
      const draft = { name, role, scope: scopeOf(scope), expiresAt: expiresAt === null ? null : new Date(expiresAt) };
      const { secret, token } = await people.tokens.add(found, draft, actorOf(request));
      reply.code(201);
      return { token: toTokenAnswer(toShownToken(token, found.name, clock())), secret };
    },
  });

  app.route({
    method: 'DELETE',
    url: '/users/:id/tokens/:token',
    config: ADMIN,
    schema: {
      tags: ['users'],
      summary: 'revoke a token',
      params: tokenParams,
      response: { 204: z.null(), 404: problemSchema },
    },
    handler: async (request, reply) => {
      const found = await people.users.get(request.params.id);
      await people.tokens.revoke(found, await people.tokens.get(found, request.params.token), actorOf(request));
      return reply.code(204).send(null);
    },
  });
}
