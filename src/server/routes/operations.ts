import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import type { App } from '../../app/app.ts';
import { syncParameters, trustRequest } from '../../protocol/manage.ts';
import { finishedOperation, operation } from '../../protocol/resources.ts';
import type { FeedHub } from '../../services/feed/feed-hub.ts';
import { toOperation } from '../../services/feed/to-resource.ts';
import { hasInfrastructure } from '../../services/feed/view.ts';
import { OPERATION_STATES, type Operation, type QueuedKind } from '../../types/operation.ts';
import { actorOf } from '../auth/actor.ts';
import { principalOf } from '../principal-of.ts';
import { ProblemError, problem } from '../problem.ts';
import { idParams } from './queries.ts';

const TAGS = ['operations'];
const OPERATOR = { access: { role: 'operator' } } as const;
const VIEWER = { access: { role: 'viewer' } } as const;

/** Work that people ask for: one queue for all processes of the database. */
export function operationRoutes(fastify: FastifyInstance, { app, hub }: { app: App; hub: FeedHub }): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();

  /** Somebody who sees some guests only sees no operation of the provider, and asks for none. */
  const sees = (request: FastifyRequest, providerId: string | null) =>
    hasInfrastructure(principalOf(request).scope, providerId);

  async function ask(request: FastifyRequest, kind: QueuedKind, id: string, parameters: unknown) {
    const provider = hub.current.providers.get(id) ?? (await findProvider(id));
    if (provider === null || !sees(request, id)) throw missing(`no provider has the id ${id}`);
    const by = actorOf(request);
    return toOperation(await (await app.operations()).request({ kind, provider: id, parameters, by }));
  }

  async function findProvider(id: string) {
    return (await (await app.inventory()).listProviders()).find((one) => one.id === id) ?? null;
  }

  async function seen(request: FastifyRequest, id: string): Promise<Operation> {
    const found = await (await app.operations()).find(id);
    if (found !== null && sees(request, found.providerId)) return found;
    throw missing(`there is no operation ${id}`);
  }

  routes.post(
    '/providers/:id/sync',
    {
      config: OPERATOR,
      schema: {
        tags: TAGS,
        summary: 'Ask for a sync; while the same one waits or runs, that one is given',
        params: idParams,
        body: syncParameters,
        response: { 202: operation },
      },
    },
    async (request, reply) => reply.code(202).send(await ask(request, 'sync', request.params.id, request.body)),
  );

  routes.post(
    '/providers/:id/test',
    {
      config: OPERATOR,
      schema: {
        tags: TAGS,
        summary: 'Ask for a test of the connection, step by step',
        params: idParams,
        body: z.strictObject({}).nullish(),
        response: { 202: operation },
      },
    },
    async (request, reply) => reply.code(202).send(await ask(request, 'test', request.params.id, {})),
  );

  routes.post(
    '/providers/:id/trust',
    {
      config: { access: { role: 'admin' } },
      schema: {
        tags: TAGS,
        summary: 'Trust the certificate that was seen, where the address still shows it',
        params: idParams,
        body: trustRequest,
        response: { 202: operation },
      },
    },
    async (request, reply) => reply.code(202).send(await ask(request, 'trust', request.params.id, request.body)),
  );

  routes.get(
    '/operations',
    {
      config: VIEWER,
      schema: {
        tags: TAGS,
        summary: 'The queue and its history, newest first',
        querystring: z.object({
          state: z.enum(OPERATION_STATES).optional(),
          provider: z.string().max(64).optional().describe('id'),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
        }),
        response: { 200: z.object({ items: z.array(operation) }) },
      },
    },
    async (request) => {
      const { state, provider, limit } = request.query;
      const named = provider === undefined ? principalOf(request).scope?.providers : [provider];
      const providers = named?.filter((id) => sees(request, id));
      const found = await (await app.operations()).list({ ...(state && { states: [state] }), providers, limit });
      return { items: found.map(toOperation) };
    },
  );

  routes.get(
    '/operations/:id',
    {
      config: VIEWER,
      schema: {
        tags: TAGS,
        summary: 'One operation, and what it ended with',
        params: idParams,
        response: { 200: finishedOperation },
      },
    },
    async (request) => {
      const found = await seen(request, request.params.id);
      return { ...toOperation(found), result: found.result };
    },
  );

  routes.post(
    '/operations/:id/cancel',
    {
      config: OPERATOR,
      schema: {
        tags: TAGS,
        summary: 'Cancel one that waits or runs',
        params: idParams,
        body: z.strictObject({}).nullish(),
        response: { 200: operation },
      },
    },
    async (request) => {
      const { id } = await seen(request, request.params.id);
      return toOperation(await (await app.operations()).cancel(id, actorOf(request)));
    },
  );
}

function missing(detail: string): ProblemError {
  return new ProblemError(problem(404, 'not-found', 'There is no such thing', detail));
}
