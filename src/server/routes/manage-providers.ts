import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import type { App } from '../../app/app.ts';
import { addManagedProvider, changeManagedProvider, type ManagedChange } from '../../app/manage-provider.ts';
import { inspection, inspectRequest, providerChange, providerDetails, providerDraft } from '../../protocol/manage.ts';
import type { FeedHub } from '../../services/feed/feed-hub.ts';
import { hasInfrastructure } from '../../services/feed/view.ts';
import type { PeopleService } from '../../services/people/people-service.ts';
import type { ProviderRow } from '../../types/inventory.ts';
import { hasRole } from '../../types/principal.ts';
import { actorOf } from '../auth/actor.ts';
import { principalOf } from '../principal-of.ts';
import { ProblemError, problem } from '../problem.ts';
import { idParams } from './queries.ts';

const TAGS = ['providers'];
const ADMIN = { access: { role: 'admin' } } as const;
const WHOLE_ADMIN = { access: { role: 'admin', isWhole: true } } as const;

export interface ManageDeps {
  app: App;
  people: PeopleService;
  hub: FeedHub;
  clock: () => Date;
  /** Patterns of references to secrets that may be given by a request. */
  secrets: readonly string[];
}

/** Adds, changes and removes providers by the same rules as the commands. */
export function manageProviderRoutes(fastify: FastifyInstance, deps: ManageDeps): void {
  const { app, people, hub, clock, secrets } = deps;
  const routes = fastify.withTypeProvider<ZodTypeProvider>();

  async function stored(request: FastifyRequest, id: string): Promise<ProviderRow> {
    const all = await (await app.inventory()).listProviders();
    const found = all.find((one) => one.id === id);
    if (found && hasInfrastructure(principalOf(request).scope, id)) return found;
    throw new ProblemError(problem(404, 'not-found', 'There is no such thing', `no provider has the id ${id}`));
  }

  /** Who changed it is recorded, and the next answer tells of it. */
  async function record(request: FastifyRequest, action: string, target: string, detail?: unknown): Promise<void> {
    await people.actions.record(actorOf(request), { action, target, ...(detail !== undefined && { detail }) });
    await hub.tick();
  }

  /** As the feed tells of it; for admins also how it is reached. */
  async function details(request: FastifyRequest, id: string) {
    const found = (await hub.look(principalOf(request).scope, null)).snapshot.providers.get(id);
    if (found === undefined) {
      throw new ProblemError(problem(404, 'not-found', 'There is no such thing', `no provider has the id ${id}`));
    }
    if (!hasRole(principalOf(request), 'admin') || !hasInfrastructure(principalOf(request).scope, id)) return found;
    const { endpoints, tls, credential } = await stored(request, id);
    return { ...found, endpoints: [...endpoints], tls: z.json().parse(tls), credential };
  }

  routes.get(
    '/providers/:id',
    {
      config: { access: { role: 'viewer' } },
      schema: { tags: TAGS, summary: 'One provider', params: idParams, response: { 200: providerDetails } },
    },
    async (request) => providerDetails.parse(await details(request, request.params.id)),
  );

  routes.post(
    '/providers',
    {
      config: WHOLE_ADMIN,
      schema: {
        tags: TAGS,
        summary: 'Store a provider that answers',
        body: providerDraft,
        response: { 201: providerDetails },
      },
    },
    async (request, reply) => {
      const id = await addManagedProvider(app, request.body, { secrets, now: clock() });
      await record(request, 'provider.add', request.body.name, { endpoints: request.body.endpoints });
      return reply.code(201).send(providerDetails.parse(await details(request, id)));
    },
  );

  routes.patch(
    '/providers/:id',
    {
      config: ADMIN,
      schema: {
        tags: TAGS,
        summary: 'Change where it is, how it is trusted, its credential, its schedule, or whether it is used',
        params: idParams,
        body: providerChange,
        response: { 200: providerDetails },
      },
    },
    async (request) => {
      const before = await stored(request, request.params.id);
      const { type, ...change } = request.body;
      if (type !== undefined && type !== before.type) {
        throw new ProblemError(
          problem(422, 'configuration', 'The settings do not fit together', 'the kind of a provider does not change'),
        );
      }
      await changeManagedProvider(app, before, withoutAbsent(change), { secrets, now: clock() });
      const { isEnabled = before.isEnabled, ...others } = change;
      const fields = Object.keys(others);
      if (fields.length > 0) await record(request, 'provider.change', before.name, { fields });
      if (isEnabled !== before.isEnabled) {
        await record(request, isEnabled ? 'provider.enable' : 'provider.disable', before.name);
      }
      return providerDetails.parse(await details(request, before.id));
    },
  );

  routes.delete(
    '/providers/:id',
    {
      config: ADMIN,
      schema: {
        tags: TAGS,
        summary: 'Stop watching it; its history stays',
        params: idParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const before = await stored(request, request.params.id);
      await (await app.providerRepository()).remove(before, clock());
      await record(request, 'provider.remove', before.name);
      return reply.code(204).send(null);
    },
  );

  routes.post(
    '/providers/inspect',
    {
      config: WHOLE_ADMIN,
      schema: {
        tags: TAGS,
        summary: 'Look at the certificate behind an address; trusts nothing and sends nothing',
        body: inspectRequest,
        response: { 200: inspection },
      },
    },
    async (request) => {
      const { url, type } = request.body;
      if (!URL.canParse(url) || new URL(url).protocol !== 'https:') {
        throw new ProblemError(problem(400, 'invalid', 'The request cannot be understood', 'write https://host:8006'));
      }
      const { certificate, failure } = await app.inspect(url, { type });
      return {
        failure: failure && {
          step: failure.step,
          message: failure.error.message,
          ...(failure.error.hint !== undefined && { hint: failure.error.hint }),
        },
        certificate: certificate && {
          ...certificate,
          names: [...certificate.names],
          validFrom: certificate.validFrom.toISOString(),
          validTo: certificate.validTo.toISOString(),
        },
      };
    },
  );
}

function withoutAbsent(change: Partial<ManagedChange> | Record<string, unknown>): ManagedChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
