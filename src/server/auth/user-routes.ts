import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { problem as problemSchema } from '../../protocol/common.ts';
import { addedUser, invitation, user, userBody, userParams, userPatch, users } from '../../protocol/people.ts';
import type { PeopleService } from '../../services/people/people-service.ts';
import { toScope } from '../../services/people/scope.ts';
import { invitationPath } from '../../services/people/secrets.ts';
import { toShownUser } from '../../services/people/shown-user.ts';
import type { Invitation } from '../../services/people/user-service.ts';
import type { AccessScope } from '../../types/principal.ts';
import { actorOf } from './actor.ts';
import { toUserAnswer } from './answers.ts';

const ADMIN = { access: { role: 'admin', isWhole: true } } as const;
const REFUSALS = { 400: problemSchema, 404: problemSchema, 422: problemSchema };
const BODY_LIMIT = 128 * 1024;

export interface UserRouteDeps {
  people: PeopleService;
  /** What names an account, by its name or an id. Throws AppError('not-found'). */
  accountKeyOf: (text: string) => Promise<string>;
  clock: () => Date;
}

/** `/users` and what is below: call it on the instance whose prefix is that of the API. */
export function addUserRoutes(fastify: FastifyInstance, { people, accountKeyOf, clock }: UserRouteDeps): void {
  const app = fastify.withTypeProvider<ZodTypeProvider>();
  const keyOf = async (account: string | undefined) =>
    account === undefined ? {} : { accountKey: await accountKeyOf(account) };

  app.route({
    method: 'GET',
    url: '/users',
    config: ADMIN,
    schema: { tags: ['users'], summary: 'the users', response: { 200: users } },
    handler: async () => {
      const all = await people.users.list();
      return { users: all.map((one) => toUserAnswer(toShownUser(one, clock()))) };
    },
  });

  app.route({
    method: 'POST',
    url: '/users',
    bodyLimit: BODY_LIMIT,
    config: ADMIN,
    schema: {
      tags: ['users'],
      summary: 'add a user, who sets the password by the link in the answer',
      body: userBody,
      response: { 201: addedUser, ...REFUSALS },
    },
    handler: async (request, reply) => {
      const { scope, account, ...draft } = request.body;
      const whole = { ...draft, scope: scopeOf(scope), ...(await keyOf(account)) };
      const added = await people.users.add(whole, actorOf(request));
      reply.code(201);
      return { user: toUserAnswer(toShownUser(added.user, clock())), invitation: toLink(added.invitation) };
    },
  });

  app.route({
    method: 'GET',
    url: '/users/:id',
    config: ADMIN,
    schema: { tags: ['users'], summary: 'one user', params: userParams, response: { 200: user, 404: problemSchema } },
    handler: async ({ params }) => toUserAnswer(toShownUser(await people.users.get(params.id), clock())),
  });

  app.route({
    method: 'PATCH',
    url: '/users/:id',
    bodyLimit: BODY_LIMIT,
    config: ADMIN,
    schema: {
      tags: ['users'],
      summary: 'change role, scope or display name, disable or enable a user',
      params: userParams,
      body: userPatch,
      response: { 200: user, ...REFUSALS },
    },
    handler: async (request) => {
      const { scope, account, ...edit } = request.body;
      const found = await people.users.get(request.params.id);
      const limits = { ...(scope !== undefined && { scope: scopeOf(scope) }), ...(await keyOf(account)) };
      const change = { ...edit, ...limits };
      return toUserAnswer(toShownUser(await people.users.change(found, change, actorOf(request)), clock()));
    },
  });

  app.route({
    method: 'DELETE',
    url: '/users/:id',
    config: ADMIN,
    schema: {
      tags: ['users'],
      summary: 'remove a user with sessions and tokens',
      params: userParams,
      response: { 204: z.null(), 404: problemSchema, 422: problemSchema },
    },
    handler: async (request, reply) => {
      await people.users.remove(await people.users.get(request.params.id), actorOf(request));
      return reply.code(204).send(null);
    },
  });

  app.route({
    method: 'POST',
    url: '/users/:id/invitation',
    config: ADMIN,
    schema: {
      tags: ['users'],
      summary: 'a new link that sets the password; an earlier one is not valid any more',
      params: userParams,
      response: { 201: invitation, 404: problemSchema, 422: problemSchema },
    },
    handler: async (request, reply) => {
      const made = await people.users.invite(await people.users.get(request.params.id), actorOf(request));
      reply.code(201);
      return toLink(made);
    },
  });
}

/** One that restricts nothing is none. */
export function scopeOf(scope: AccessScope | null | undefined): AccessScope | null {
  return scope ? toScope(scope) : null;
}

/** Its path below that of the page. */
function toLink({ secret, until }: Invitation): z.infer<typeof invitation> {
  return { path: invitationPath(secret), until: until.toISOString() };
}
