import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { App } from '../../app/app.ts';
import { type ImportedHost, importedHosts, importRequest } from '../../protocol/imports.ts';
import type { ImportedGuest } from '../../services/imports/import-service.ts';
import { type ImportPlan, planArchive, planImport } from '../../services/imports/plan-import.ts';
import type { PeopleService } from '../../services/people/people-service.ts';
import { seesGuest } from '../../services/people/scope.ts';
import { actorOf } from '../auth/actor.ts';
import { principalOf } from '../principal-of.ts';
import { ProblemError, problem } from '../problem.ts';

const TAGS = ['imports'];
const OPERATOR = { access: { role: 'operator' } } as const;

/** Which guests people connect to. What is marked here is written to no file; entries of files stay for `import-hosts`. */
export function importRoutes(
  fastify: FastifyInstance,
  { app, people, clock }: { app: App; people: PeopleService; clock: () => Date },
): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/imports',
    {
      config: { access: { role: 'viewer' } },
      schema: { tags: TAGS, summary: 'The guests that people connect to', response: { 200: importedHosts } },
    },
    async (request) => answer(await seenImports(request)),
  );

  routes.post(
    '/imports',
    {
      config: OPERATOR,
      schema: {
        tags: TAGS,
        summary: 'Mark guests as ones that people connect to',
        body: importRequest,
        response: { 200: importedHosts },
      },
    },
    async (request) => {
      const { scope } = principalOf(request);
      const inventory = await app.inventory();
      const wanted = await inventory.listGuests({ ids: request.body.hostIds });
      const guests = wanted.filter((guest) => seesGuest(scope, guest));
      const found = new Set(guests.map(({ id }) => id));
      const missing = request.body.hostIds.find((id) => !found.has(id));
      if (missing !== undefined) {
        throw new ProblemError(problem(404, 'not-found', 'There is no such thing', `no guest has the id ${missing}`));
      }
      const known = await (await app.imports()).list();
      const marked = new Set(known.filter(({ mark }) => mark.archivedAt === null).map(({ guest }) => guest.id));
      const plan = planImport(known, {
        // Entries of files stay what they are.
        guests: guests.filter(({ id }) => !marked.has(id)),
        format: 'web',
        target: '',
        login: {},
        domains: [],
        servers: await inventory.serverNames(),
        at: clock(),
        by: actorOf(request).name,
        newId: app.machine.newId,
      });
      await save(
        request,
        plan,
        'import',
        guests.map(({ name, id }) => name ?? id),
      );
      return answer(await seenImports(request));
    },
  );

  routes.post(
    '/imports/archive',
    {
      config: OPERATOR,
      schema: {
        tags: TAGS,
        summary: 'Archive the connections of guests that are gone',
        body: importRequest,
        response: { 200: importedHosts },
      },
    },
    async (request) => {
      const wanted = new Set(request.body.hostIds);
      const known = await (await app.imports()).list();
      const gone = seenBy(request, known).filter(
        ({ guest, isGone, mark }) => isGone && mark.target === '' && wanted.has(guest.id),
      );
      if (gone.length < wanted.size) {
        const detail = 'only connections without a file, of guests that are gone, are archived here';
        const hint = 'entries of files are archived by `rollcall import-hosts --orphans --archive`';
        throw new ProblemError(problem(409, 'not-orphaned', 'Not all of them are orphaned', detail, hint));
      }
      const plan = planArchive(known, new Set(gone.map(({ mark }) => mark.guestId)), clock());
      await save(
        request,
        plan,
        'import.archive',
        gone.map(({ mark }) => mark.name),
      );
      return answer(await seenImports(request));
    },
  );

  async function seenImports(request: FastifyRequest): Promise<ImportedGuest[]> {
    return seenBy(request, await (await app.imports()).list());
  }

  async function save(request: FastifyRequest, plan: ImportPlan, action: string, names: readonly string[]) {
    await (await app.imports()).save(plan.marks, { dropped: plan.dropped, at: clock() });
    await people.actions.record(actorOf(request), { action, target: names.join(', ').slice(0, 500) });
  }
}

function seenBy(request: FastifyRequest, imported: readonly ImportedGuest[]): ImportedGuest[] {
  const { scope } = principalOf(request);
  return imported.filter(({ guest }) => seesGuest(scope, guest));
}

function answer(imported: readonly ImportedGuest[]): { items: ImportedHost[] } {
  return {
    items: imported.map(({ guest, mark, isGone }) => ({
      hostId: guest.id,
      connectionId: mark.connectionId,
      name: mark.name,
      format: mark.format,
      address: mark.address,
      importedAt: mark.importedAt.toISOString(),
      importedBy: mark.importedBy,
      isGone,
      archivedAt: mark.archivedAt?.toISOString() ?? null,
    })),
  };
}
