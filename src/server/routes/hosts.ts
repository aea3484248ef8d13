import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import type { App } from '../../app/app.ts';
import { changeRecord, guestRow, hostAvailability, hostDiff, page } from '../../protocol/lists.ts';
import type { FeedHub } from '../../services/feed/feed-hub.ts';
import { seesGuest } from '../../services/people/scope.ts';
import { toRecords } from '../../types/change-record.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { Principal } from '../../types/principal.ts';
import { pageOf, type SortKey } from '../paging.ts';
import { plainRow, plainRows } from '../plain-json.ts';
import { principalOf } from '../principal-of.ts';
import { ProblemError, problem } from '../problem.ts';
import { scopeQuery } from '../scope-query.ts';
import { atQuery, idParams, pageQuery, rangeQuery, selectorQuery, timesOf } from './queries.ts';

const VIEWER = { access: { role: 'viewer' } } as const;

export interface ReadRouteDeps {
  app: App;
  hub: FeedHub;
  clock: () => Date;
}

/** Guests: what they are, were, and since when they could not be observed. */
export function hostRoutes(fastify: FastifyInstance, { app, hub, clock }: ReadRouteDeps): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();

  /** Of an earlier time only guests that are in the scope now, too: see {@link oneGuest}. */
  async function seenBy(principal: Principal, guests: readonly GuestRow[], at?: Date): Promise<GuestRow[]> {
    const { scope } = principal;
    if (scope === null) return [...guests];
    const seen = guests.filter((guest) => seesGuest(scope, guest));
    if (at === undefined) return seen;
    const allowed = await scopeQuery(app, principal);
    if (allowed === null) return [];
    return allowed.guests ? seen.filter(({ id }) => allowed.guests?.has(id)) : seen;
  }

  routes.get(
    '/hosts',
    {
      config: VIEWER,
      schema: {
        tags: ['hosts'],
        summary: 'Guests, as list-guests prints them; of any past time with at=',
        querystring: z.object({ ...selectorQuery, ...atQuery, ...pageQuery, gone: z.stringbool().default(false) }),
        response: { 200: page(guestRow) },
      },
    },
    async (request) => {
      const { selector, cursor, limit, gone } = request.query;
      const { at } = timesOf(request.query, clock());
      const { parseBoundedSelector } = await import('../../services/selectors/bounded-selector.ts');
      const guests = await (await app.inventory()).listGuests({
        ...(selector !== undefined && { selector: parseBoundedSelector(selector, at ?? clock()) }),
        ...(at && { at }),
        ...(gone && { presence: 'all' }),
      });
      const seen = await seenBy(principalOf(request), guests, at);
      const { items, next } = pageOf(seen, { cursor, limit, keyOf: guestKey });
      return { items: z.array(guestRow).parse(plainRows(items.map(({ document: _, ...row }) => row))), next };
    },
  );

  routes.get(
    '/hosts/:id',
    {
      config: VIEWER,
      schema: {
        tags: ['hosts'],
        summary: 'One guest with its whole configuration, now or at a time',
        params: idParams,
        querystring: z.object(atQuery),
        response: { 200: guestRow },
      },
    },
    async (request) => {
      const { at } = timesOf(request.query, clock());
      return guestRow.parse(plainRow(await oneGuest(app, principalOf(request), request.params.id, at)));
    },
  );

  routes.get(
    '/hosts/:id/history',
    {
      config: VIEWER,
      schema: {
        tags: ['hosts'],
        summary: 'The changes of one guest, newest first, as show-changes prints them',
        params: idParams,
        querystring: z.object({ ...rangeQuery, limit: z.coerce.number().int().min(1).max(2000).default(200) }),
        response: { 200: z.object({ items: z.array(changeRecord) }) },
      },
    },
    async (request) => {
      const { since, until } = timesOf(request.query, clock());
      const guest = await oneGuest(app, principalOf(request), request.params.id);
      const history = await app.history();
      const range = { ...(since && { since }), ...(until && { until }) };
      const changes = await history.listChanges({
        guest: guest.id,
        limit: request.query.limit,
        reverse: true,
        ...range,
      });
      return { items: z.array(changeRecord).parse(plainRows(toRecords(changes))) };
    },
  );

  routes.get(
    '/hosts/:id/diff',
    {
      config: VIEWER,
      schema: {
        tags: ['hosts'],
        summary: 'The fields of one guest that differ between two times',
        params: idParams,
        querystring: z.object({ from: z.string().max(64), to: z.string().max(64).optional() }),
        response: { 200: hostDiff },
      },
    },
    async (request) => {
      const guest = await oneGuest(app, principalOf(request), request.params.id);
      const { since: from = clock(), until: to = clock() } = timesOf(
        { since: request.query.from, until: request.query.to },
        clock(),
      );
      const diff = await (await app.history()).diffGuest(guest.id, { from, to });
      const { patch } = diff;
      return {
        from: from.toISOString(),
        to: to.toISOString(),
        patch: patch.map(([path, before, after]): [string, unknown, unknown] => [path, before, after]),
      };
    },
  );

  routes.get(
    '/hosts/:id/availability',
    {
      config: VIEWER,
      schema: {
        tags: ['hosts'],
        summary: 'When one guest could not be observed, and who holds the same machine now',
        params: idParams,
        response: { 200: hostAvailability },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const guest = await oneGuest(app, principal, request.params.id);
      const inventory = await app.inventory();
      const unobservable = await inventory.unobservableSpans(guest.id);
      const elsewhere = await hub.seenElsewhere(guest.providerId, guest.id);
      const others = await inventory.listGuests({ ids: elsewhere.map(({ otherId }) => otherId) });
      const seen = new Set((await seenBy(principal, others)).map(({ id }) => id));
      return {
        id: guest.id,
        presence: guest.presence,
        reason: guest.presenceReason,
        spans: unobservable.map(({ since, until, reason }) => ({
          since: since.toISOString(),
          until: until?.toISOString() ?? null,
          reason,
        })),
        elsewhere: elsewhere.filter(({ otherId }) => seen.has(otherId)),
      };
    },
  );
}

/** The order of `list-guests`. */
function guestKey({ providerName, vmid, nativeId, firstSeenAt, id }: GuestRow): SortKey {
  return [providerName, vmid, nativeId, firstSeenAt.getTime(), id];
}

/**
 * By its id. One that this user does not see is as one that does not exist; also at a time at which it was somewhere else, or when it
 * has been somewhere else since.
 */
async function oneGuest(app: App, { scope }: Principal, id: string, at?: Date): Promise<GuestRow> {
  const inventory = await app.inventory();
  const now = await inventory.guestById(id);
  const guest = at && now && seesGuest(scope, now) ? await inventory.guestById(id, at) : now;
  if (guest && seesGuest(scope, guest)) return guest;
  throw new ProblemError(problem(404, 'not-found', 'There is no such thing', `no guest has the id ${id}`));
}
