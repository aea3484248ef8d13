import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { openAccounts, openFindings } from '../../app/open-reconcile.ts';
import { page } from '../../protocol/lists.ts';
import {
  acceptBody,
  assignBody,
  finding,
  type ServerSync,
  serverSync,
  serverSyncStatus,
} from '../../protocol/reconcile.ts';
import { FINDING_KINDS } from '../../types/finding.ts';
import { isEnded } from '../../types/operation.ts';
import { actorOf } from '../auth/actor.ts';
import { pageOf } from '../paging.ts';
import { askServerSync, type ServerSyncDeps, serverSyncStatus as statusOf } from '../server-sync.ts';
import { idParams, pageQuery } from './queries.ts';
import { toFindingAnswer } from './reconcile-answers.ts';

const TAGS = ['reconcile'];
// Findings name servers, records and owners of every part.
const VIEWER = { access: { role: 'viewer', isWhole: true } } as const;
const OPERATOR = { access: { role: 'operator', isWhole: true } } as const;
const ADMIN = { access: { role: 'admin', isWhole: true } } as const;
const NO_BODY = z.strictObject({}).nullish();

/** What runs, compared with what panels say, of all accounts. */
export function reconcileRoutes(fastify: FastifyInstance, { app, clock, waitMs }: ServerSyncDeps): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();

  async function sync(request: FastifyRequest, reply: FastifyReply, accountKey: string | null): Promise<ServerSync> {
    const answer = await askServerSync(app, { accountKey, by: actorOf(request), clock, waitMs });
    reply.code(isEnded(answer.state) ? 200 : 202);
    return answer;
  }

  routes.post(
    '/admin/servers/sync',
    {
      config: ADMIN,
      schema: {
        tags: TAGS,
        summary: 'Compare the servers of all accounts; one account that fails does not hold up the others',
        body: NO_BODY,
        response: { 200: serverSync, 202: serverSync },
      },
    },
    (request, reply) => sync(request, reply, null),
  );

  routes.get(
    '/admin/servers/sync/status',
    {
      config: VIEWER,
      schema: { tags: TAGS, summary: 'How the servers of all accounts stand', response: { 200: serverSyncStatus } },
    },
    () => statusOf(app, null),
  );

  routes.post(
    '/admin/accounts/:id/servers/sync',
    {
      config: ADMIN,
      schema: {
        tags: TAGS,
        summary: 'Compare the servers of one account, by its name, its id, or SYSTEM:VALUE',
        params: z.object({ id: z.string().min(1).max(300) }),
        body: NO_BODY,
        response: { 200: serverSync, 202: serverSync },
      },
    },
    async (request, reply) => sync(request, reply, await (await openAccounts(app)).keyOf(request.params.id)),
  );

  routes.get(
    '/findings',
    {
      config: VIEWER,
      schema: {
        tags: TAGS,
        summary: 'Differences between what runs and what panels say, the newest first',
        querystring: z.object({
          ...pageQuery,
          kind: z.enum(FINDING_KINDS).optional(),
          panel: z.string().max(100).optional(),
          account: z.string().max(300).optional().describe('name or id of an account, or SYSTEM:VALUE'),
          all: z.stringbool().default(false).describe('also those that are closed or accepted'),
        }),
        response: { 200: page(finding) },
      },
    },
    async ({ query: { cursor, limit, kind, panel, account, all } }) => {
      const accountKey = account === undefined ? undefined : await (await openAccounts(app)).keyOf(account);
      const findings = await (await openFindings(app)).list({
        isOpen: !all,
        kinds: kind && [kind],
        panels: panel === undefined ? undefined : [panel],
        accountKey,
      });
      const { items, next } = pageOf(findings, {
        cursor,
        limit,
        keyOf: ({ firstSeenAt, id }) => [-firstSeenAt.getTime(), id],
      });
      return { items: items.map(toFindingAnswer), next };
    },
  );

  routes.post(
    '/findings/:id/accept',
    {
      config: OPERATOR,
      schema: {
        tags: TAGS,
        summary: 'Accept a finding, until a time or for good: it does not wait for anybody then',
        params: idParams,
        body: acceptBody,
        response: { 200: finding },
      },
    },
    async (request) => {
      const { reason, until = null } = request.body;
      const decision = { reason, until: until === null ? null : new Date(until), by: actorOf(request) };
      return toFindingAnswer(await (await openFindings(app)).accept(request.params.id, decision));
    },
  );

  routes.post(
    '/findings/:id/assign',
    {
      config: OPERATOR,
      schema: {
        tags: TAGS,
        summary: 'Assign a finding to somebody',
        params: idParams,
        body: assignBody,
        response: { 200: finding },
      },
    },
    async (request) => {
      const decision = { to: request.body.to, by: actorOf(request) };
      return toFindingAnswer(await (await openFindings(app)).assign(request.params.id, decision));
    },
  );
}
