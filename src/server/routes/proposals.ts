import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import type { App } from '../../app/app.ts';
import { openBilling } from '../../app/open-billing.ts';
import { decisionBody, type Proposal, proposal } from '../../protocol/reconcile.ts';
import type { BillingService } from '../../services/billing/billing-service.ts';
import { type BillingProposal, PROPOSAL_STATES } from '../../types/billing.ts';
import { AppError } from '../../types/errors.ts';
import { actorOf } from '../auth/actor.ts';
import { ProblemError, problem } from '../problem.ts';
import { idParams } from './queries.ts';
import { toProposalAnswer } from './reconcile-answers.ts';

const TAGS = ['reconcile'];
const OPERATOR = { access: { role: 'operator', isWhole: true } } as const;
const ADMIN = { access: { role: 'admin', isWhole: true } } as const;

/** What is proposed to be billed or credited, and what somebody decides about it. */
export function proposalRoutes(fastify: FastifyInstance, { app }: { app: App }): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();

  /** Does what somebody decided about a proposal, and records it as an action. */
  async function decide(
    request: FastifyRequest<{ Params: z.infer<typeof idParams>; Body: z.infer<typeof decisionBody> }>,
    what: 'apply' | 'reject',
    work: (billing: BillingService, asked: BillingProposal, decision: { by: string; reason: string }) => Promise<void>,
  ): Promise<Proposal> {
    const { reason } = request.body;
    const by = actorOf(request);
    const billing = await openBilling(app);
    const asked = await byId(billing, request.params.id);
    await work(billing, asked, { by: by.name, reason });
    const { actions } = await app.people();
    await actions.record(by, { action: `billing.${what}`, target: asked.id, detail: { reason } });
    return toProposalAnswer(await byId(billing, asked.id));
  }

  routes.get(
    '/billing/proposals',
    {
      config: OPERATOR,
      schema: {
        tags: TAGS,
        summary: 'What is proposed to be billed or credited, the newest first',
        querystring: z.object({
          state: z.enum(PROPOSAL_STATES).default('open'),
          limit: z.coerce.number().int().min(1).max(1000).default(200),
        }),
        response: { 200: z.object({ items: z.array(proposal) }) },
      },
    },
    async ({ query: { state, limit } }) => {
      const items = await (await openBilling(app)).list({ state });
      return { items: items.slice(0, limit).map(toProposalAnswer) };
    },
  );

  routes.post(
    '/billing/proposals/:id/apply',
    {
      config: ADMIN,
      schema: {
        tags: TAGS,
        summary: 'Write what a proposal says into the account book, if what is known still proposes it',
        params: idParams,
        body: decisionBody,
        response: { 200: proposal },
      },
    },
    (request) =>
      decide(request, 'apply', async (billing, asked, { by, reason }) => {
        const [applied] = await billing.apply([{ proposal: asked, by }], reason);
        if (applied?.why == null) return;
        throw new ProblemError(problem(409, 'not-applied', 'It cannot be applied', applied.why));
      }),
  );

  routes.post(
    '/billing/proposals/:id/reject',
    {
      config: ADMIN,
      schema: {
        tags: TAGS,
        summary: 'Decide that a proposal is not applied; its hours are not proposed again',
        params: idParams,
        body: decisionBody,
        response: { 200: proposal },
      },
    },
    (request) => decide(request, 'reject', (billing, asked, decision) => billing.reject(asked, decision)),
  );
}

/** By its whole id: the beginning of one is for people who type. Throws AppError('not-found'). */
async function byId(billing: BillingService, id: string): Promise<BillingProposal> {
  const found = (await billing.list()).find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new AppError('not-found', `there is no proposal ${id}`);
}
