import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { lifecycleWarning } from '../../protocol/feed.ts';
import type { FeedHub } from '../../services/feed/feed-hub.ts';
import type { LifecycleWatch } from '../lifecycle-watch.ts';
import { principalOf } from '../principal-of.ts';

/** What is out of support, or soon will be. */
export function lifecycleRoutes(
  fastify: FastifyInstance,
  { hub, lifecycle }: { hub: FeedHub; lifecycle: LifecycleWatch },
): void {
  fastify.withTypeProvider<ZodTypeProvider>().get(
    '/lifecycle',
    {
      config: { access: { role: 'viewer' } },
      schema: {
        tags: ['lifecycle'],
        summary: 'Releases, certificates and systems whose support ends, as list-lifecycle tells of them',
        response: { 200: z.object({ items: z.array(lifecycleWarning) }) },
      },
    },
    async (request) => {
      const { snapshot } = await hub.look(principalOf(request).scope, null);
      return { items: lifecycle.seenBy(snapshot, await lifecycle.current()) };
    },
  );
}
