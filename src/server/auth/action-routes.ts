import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { problem as problemSchema } from '../../protocol/common.ts';
import { actionQuery, actions } from '../../protocol/people.ts';
import type { PeopleService } from '../../services/people/people-service.ts';
import type { ActionRecord } from '../../types/people.ts';
import { ProblemError, problem } from '../problem.ts';
import { toActionAnswer } from './answers.ts';

/** `/actions`: call it on the instance whose prefix is that of the API. */
export function addActionRoutes(fastify: FastifyInstance, { people }: { people: PeopleService }): void {
  fastify.withTypeProvider<ZodTypeProvider>().route({
    method: 'GET',
    url: '/actions',
    config: { access: { role: 'admin', isWhole: true } },
    schema: {
      tags: ['users'],
      summary: 'who changed what, logged in or was refused, newest first',
      querystring: actionQuery,
      response: { 200: actions, 400: problemSchema },
    },
    handler: async ({ query }) => {
      const { limit, cursor, ...filter } = query;
      const before = cursor === undefined ? undefined : fromCursor(cursor);
      const rows = await people.actions.list({ ...filter, take: limit + 1, before });
      const shown = rows.slice(0, limit);
      const last = rows.length > limit ? shown.at(-1) : undefined;
      return { actions: shown.map(toActionAnswer), next: last ? toCursor(last) : null };
    },
  });
}

function toCursor({ at, id }: ActionRecord): string {
  return `${at.getTime()}.${id}`;
}

function fromCursor(cursor: string): { at: Date; id: string } {
  const [, ms, id] = /^(\d{1,15})\.([a-z0-9]+)$/.exec(cursor) ?? [];
  if (id === undefined) throw new ProblemError(problem(400, 'invalid', 'The cursor is none of this list'));
  return { at: new Date(Number(ms)), id };
}
