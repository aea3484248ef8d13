import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { changeRecord, commandRow, page } from '../../protocol/lists.ts';
import { run } from '../../protocol/resources.ts';
import { toRun } from '../../services/feed/to-resource.ts';
import { hasInfrastructure } from '../../services/feed/view.ts';
import { seesProvider } from '../../services/people/scope.ts';
import { toRecords } from '../../types/change-record.ts';
import type { Principal } from '../../types/principal.ts';
import { compileFilter } from '../../types/wildcard.ts';
import { pageOf } from '../paging.ts';
import { plainRows } from '../plain-json.ts';
import { principalOf } from '../principal-of.ts';
import { scopeQuery } from '../scope-query.ts';
import type { ReadRouteDeps } from './hosts.ts';
import { atQuery, pageQuery, rangeQuery, selectorQuery, timesOf, words } from './queries.ts';

const VIEWER = { access: { role: 'viewer' } } as const;
/** Revisions are integers of 32 bits in the database. */
const MOST_REV = 2 ** 31 - 2;
const limit = z.coerce.number().int().min(1).max(5000).default(200);

/** What happened, and what is there besides guests: the rows of the commands. */
export function recordRoutes(fastify: FastifyInstance, { app, clock }: Pick<ReadRouteDeps, 'app' | 'clock'>): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/changes',
    {
      config: VIEWER,
      schema: {
        tags: ['history'],
        summary: 'Changes, newest first, as show-changes prints them',
        querystring: z.object({
          ...rangeQuery,
          ...selectorQuery,
          by: words,
          path: words,
          kind: words,
          provider: words,
          afterRev: z.coerce.number().int().min(0).max(MOST_REV).optional(),
          limit,
        }),
        response: { 200: z.object({ items: z.array(changeRecord) }) },
      },
    },
    async (request) => {
      const { selector, by, path, kind, provider, afterRev, limit: most } = request.query;
      const { since, until } = timesOf(request.query, clock());
      const principal = principalOf(request);
      const scope = await scopeQuery(app, principal);
      if (scope === null) return { items: [] };
      const chosen = selector === undefined ? undefined : await chosenGuests(selector);
      const guests = scope.guests && chosen ? intersection(scope.guests, chosen) : (scope.guests ?? chosen);
      const wanted = principal.scope === null ? provider : await seenProviders(principal, provider);
      if (wanted?.length === 0) return { items: [] };
      const changes = await (await app.history()).listChanges({
        limit: most,
        reverse: true,
        ...(guests && { guests }),
        ...(wanted && { provider: wanted }),
        ...(by && { by }),
        ...(path && { path }),
        ...(kind && { kind }),
        ...(afterRev !== undefined && { afterRev }),
        ...(since && { since }),
        ...(until && { until }),
      });
      return {
        items: z.array(changeRecord).parse(plainRows(toRecords(changes, path))),
      };
    },
  );

  /**
   * Ids, because a removed provider may have had the same name. No error tells whether there is a provider that this user does not see.
   */
  async function seenProviders({ scope }: Principal, patterns: readonly string[] | undefined): Promise<string[]> {
    const isNamed = compileFilter(patterns);
    const all = await (await app.inventory()).listProviders({ includeRemoved: true });
    return all.filter(({ id, name }) => seesProvider(scope, id) && isNamed(name)).map(({ id }) => id);
  }

  async function chosenGuests(selector: string): Promise<ReadonlySet<string>> {
    const { parseBoundedSelector } = await import('../../services/selectors/bounded-selector.ts');
    const chosen = { selector: parseBoundedSelector(selector, clock()), presence: 'all' } as const;
    return new Set((await (await app.inventory()).listGuests(chosen)).map(({ id }) => id));
  }

  routes.get(
    '/runs',
    {
      config: VIEWER,
      schema: {
        tags: ['history'],
        summary: 'The last runs of each provider, newest first',
        querystring: z.object({ provider: z.string().max(64).optional().describe('id'), limit }),
        response: { 200: z.object({ items: z.array(run.extend({ providerId: z.string() })) }) },
      },
    },
    async (request) => {
      const { provider, limit: most } = request.query;
      const seen = await infrastructureOf(principalOf(request));
      const inventory = await app.inventory();
      const wanted = seen.filter(({ id }) => provider === undefined || id === provider);
      const lists = [];
      for (const { id } of wanted)
        lists.push((await inventory.listRuns(id, most)).map((one) => ({ ...toRun(one), providerId: id })));
      return {
        items: lists
          .flat()
          .sort((a, b) => b.finishedAt.localeCompare(a.finishedAt))
          .slice(0, most),
      };
    },
  );

  /** The providers of which this user sees more than some guests. */
  async function infrastructureOf({ scope }: Principal) {
    return (await (await app.inventory()).listProviders()).filter(({ id }) => hasInfrastructure(scope, id));
  }

  routes.get(
    '/tasks',
    {
      config: VIEWER,
      schema: {
        tags: ['history'],
        summary: 'Tasks and events, newest first, as list-tasks prints them',
        querystring: z.object({
          ...rangeQuery,
          user: words,
          type: words,
          failed: z.stringbool().default(false),
          limit,
        }),
        response: { 200: z.object({ items: z.array(commandRow) }) },
      },
    },
    async (request) => {
      const { user, type, failed, limit: most } = request.query;
      const { since, until } = timesOf(request.query, clock());
      const scope = await scopeQuery(app, principalOf(request));
      if (scope === null) return { items: [] };
      const tasks = await (await app.inventory()).listTasks({
        ...scope,
        limit: most,
        ...(user && { user }),
        ...(type && { type }),
        ...(failed && { failed }),
        ...(since && { since }),
        ...(until && { until }),
      });
      return { items: plainRows(tasks) };
    },
  );

  for (const [path, list] of [
    ['/nodes', 'listNodes'],
    ['/storages', 'listStorages'],
  ] as const) {
    routes.get(
      path,
      {
        config: VIEWER,
        schema: {
          tags: ['infrastructure'],
          summary: `As ${list === 'listNodes' ? 'list-nodes' : 'list-storage'} prints them; of any past time with at=`,
          querystring: z.object({ ...atQuery, ...pageQuery }),
          response: { 200: page(commandRow) },
        },
      },
      async (request) => {
        const { cursor, limit: most } = request.query;
        const { at } = timesOf(request.query, clock());
        const seen = new Set((await infrastructureOf(principalOf(request))).map(({ id }) => id));
        const inventory = await app.inventory();
        const rows = (await inventory[list](at ? { at } : {})).filter(({ providerId }) => seen.has(providerId));
        const keyOf = ({ providerName, name, id }: (typeof rows)[number]) => [providerName, name, id];
        const { items, next } = pageOf(rows, { cursor, limit: most, keyOf });
        return { items: plainRows(items), next };
      },
    );
  }
}

function intersection(one: ReadonlySet<string>, other: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...one].filter((id) => other.has(id)));
}
