import type { RouteOptions } from 'fastify';
import * as z from 'zod';
import { problem } from '../protocol/common.ts';

const WORDS: Readonly<Record<number, string>> = {
  400: 'The request cannot be understood',
  401: 'Nobody is logged in, or the token does not count',
  403: 'The role does not allow it, or the request comes from another site',
  404: 'There is no such thing, or this user does not see it',
  409: 'What is asked for does not fit the present state',
  413: 'The body is too large',
  421: 'The request is for another host',
  422: 'The settings do not fit together',
  429: 'Too many requests',
  500: 'The server failed; its log says why',
};

/** Adds the errors that a route may end with to its description: an `onRoute` hook. */
export function describeErrors(route: RouteOptions): void {
  const { schema, method } = route;
  if (!schema || schema.hide) return;
  const hasBody = 'body' in schema;
  const statuses = [
    ...('querystring' in schema || 'params' in schema || hasBody ? [400] : []),
    ...(route.config?.access && 'role' in route.config.access ? [401, 403] : []),
    ...(route.url.includes('/:') ? [404] : []),
    ...(hasBody ? [413] : []),
    ...(method === 'GET' ? [] : [409, 422]),
    421,
    429,
    500,
  ];
  const errors = statuses.map((status) => [status, asProblem(WORDS[status] ?? '')] as const);
  const own = typeof schema.response === 'object' && schema.response !== null ? schema.response : {};
  route.schema = { ...schema, response: { ...Object.fromEntries(errors), ...own } };
}

function asProblem(description: string) {
  return { description, content: { 'application/problem+json': { schema: z.lazy(() => problem) } } };
}
