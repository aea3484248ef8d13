import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { type ProviderAvailability, providerAvailability } from '../../protocol/lists.ts';
import { provider } from '../../protocol/resources.ts';
import type { FeedHub } from '../../services/feed/feed-hub.ts';
import type { FeedSnapshot } from '../../services/feed/snapshot.ts';
import type { Principal } from '../../types/principal.ts';
import { principalOf } from '../principal-of.ts';
import { ProblemError, problem } from '../problem.ts';
import { idParams } from './queries.ts';

const VIEWER = { access: { role: 'viewer' } } as const;

/** Providers as the feed tells of them. */
export function providerRoutes(fastify: FastifyInstance, { hub }: { hub: FeedHub }): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const snapshotFor = async ({ scope }: Principal): Promise<FeedSnapshot> => (await hub.look(scope, null)).snapshot;

  routes.get(
    '/providers',
    {
      config: VIEWER,
      schema: {
        tags: ['providers'],
        summary: 'Every provider, how it is, and what of it could not be observed',
        response: { 200: z.object({ items: z.array(provider) }) },
      },
    },
    async (request) => ({ items: [...(await snapshotFor(principalOf(request))).providers.values()] }),
  );

  routes.get(
    '/providers/:id/availability',
    {
      config: VIEWER,
      schema: {
        tags: ['providers'],
        summary: 'What could not be observed and why, and which other provider holds the same guest now',
        params: idParams,
        response: { 200: providerAvailability },
      },
    },
    async (request): Promise<ProviderAvailability> => {
      const snapshot = await snapshotFor(principalOf(request));
      const found = oneProvider(snapshot, request.params.id);
      const hosts = [...snapshot.hosts.values()].filter(({ providerId }) => providerId === found.id);
      const known = new Set(hosts.map(({ id }) => id));
      return {
        provider: found,
        unobservable: hosts.filter(({ presence }) => presence === 'unobservable'),
        elsewhere: (await hub.seenElsewhere(found.id)).filter(
          ({ hostId, otherId }) => known.has(hostId) && snapshot.hosts.has(otherId),
        ),
      };
    },
  );
}

/** One that this user does not see is as one that does not exist. */
function oneProvider({ providers }: FeedSnapshot, id: string) {
  const found = providers.get(id);
  if (found) return found;
  throw new ProblemError(problem(404, 'not-found', 'There is no such thing', `no provider has the id ${id}`));
}
