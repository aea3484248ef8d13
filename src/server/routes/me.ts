import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { openAccountServers } from '../../app/open-reconcile.ts';
import { ownFinding, ownServer, serverSync, serverSyncStatus } from '../../protocol/reconcile.ts';
import { isEnded } from '../../types/operation.ts';
import { actorOf } from '../auth/actor.ts';
import { principalOf } from '../principal-of.ts';
import { ProblemError, problem } from '../problem.ts';
import { askServerSync, type ServerSyncDeps, serverSyncStatus as statusOf } from '../server-sync.ts';
import { toOwnFindingAnswer, toOwnServer } from './reconcile-answers.ts';

const TAGS = ['me'];
const CUSTOMER = { access: { role: 'customer' } } as const;
const NO_BODY = z.strictObject({}).nullish();

/** What belongs to the account of who asks: all that a customer may use besides the session. */
export function meRoutes(fastify: FastifyInstance, { app, clock, waitMs }: ServerSyncDeps): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();

  /** `work` with the key of the account. */
  async function forAccount<T>(request: FastifyRequest, work: (accountKey: string) => Promise<T>): Promise<T> {
    const principal = principalOf(request);
    try {
      const accountKey = await (await openAccountServers(app)).keyOf(principal);
      if (accountKey === null) throw noAccount(principal.name);
      return await work(accountKey);
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      // Its words are for who runs the server: they name panels and files.
      request.log.error({ err: error }, 'an account could not be told of its servers');
      throw new ProblemError(
        problem(503, 'unavailable', 'The servers cannot be told now', undefined, 'try again later'),
      );
    }
  }

  routes.post(
    '/me/servers/sync',
    {
      config: CUSTOMER,
      schema: {
        tags: TAGS,
        summary: 'Compare the servers of the account; one that ended within 30 seconds is not done again',
        body: NO_BODY,
        response: { 200: serverSync, 202: serverSync },
      },
    },
    async (request, reply) => {
      const by = actorOf(request);
      const answer = await forAccount(request, (accountKey) => askServerSync(app, { accountKey, by, clock, waitMs }));
      return reply.code(isEnded(answer.state) ? 200 : 202).send(answer);
    },
  );

  routes.get(
    '/me/servers/sync/status',
    {
      config: CUSTOMER,
      schema: { tags: TAGS, summary: 'How the servers of the account stand', response: { 200: serverSyncStatus } },
    },
    async (request) => forAccount(request, (accountKey) => statusOf(app, accountKey)),
  );

  routes.get(
    '/me/servers',
    {
      config: CUSTOMER,
      schema: {
        tags: TAGS,
        summary: 'The servers of the account: by a rule or a record, where nobody else is said to own them',
        response: { 200: z.object({ items: z.array(ownServer) }) },
      },
    },
    async (request) =>
      forAccount(request, async (accountKey) => ({
        items: (await (await openAccountServers(app)).list(accountKey)).map(toOwnServer),
      })),
  );

  routes.get(
    '/me/findings',
    {
      config: CUSTOMER,
      schema: {
        tags: TAGS,
        summary: 'Differences between what runs and what panels say of the servers of the account',
        response: { 200: z.object({ items: z.array(ownFinding) }) },
      },
    },
    async (request) =>
      forAccount(request, async (accountKey) => ({
        items: (await (await openAccountServers(app)).findings(accountKey)).map(toOwnFindingAnswer),
      })),
  );
}

function noAccount(name: string): ProblemError {
  const hint = 'an admin gives one: rollcall users update NAME --role customer --account ACCOUNT';
  return new ProblemError(problem(403, 'no-account', 'There is no account', `${name} has no account`, hint));
}
