import type { FastifyInstance, RouteOptions } from 'fastify';
import type { Principal, Role } from '../../types/principal.ts';

/** Who may use a route. Every route says it: one that does not cannot be added. */
export type Access =
  /** `isWhole`: for those alone who see the whole inventory, because what it tells or does is not of a part of it. */
  | { role: Role; isWhole?: true }
  /** For everybody, and why. `isPersonal`: the answer depends on who asks, if that is known. */
  | { public: string; isPersonal?: true };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** Who asks; null: nobody who is known. Found only where the route asks for it. */
    principal: Principal | null;
  }
}

export interface RouteDecision {
  method: string;
  url: string;
  access: Access;
}

const TABLES = new WeakMap<object, RouteDecision[]>();

/** Collects the decisions of all routes from now on. A route without one throws when it is added. */
export function requireDecisions(fastify: FastifyInstance): void {
  const table: RouteDecision[] = [];
  TABLES.set(fastify, table);
  fastify.addHook('onRoute', ({ method, url, config }: RouteOptions) => {
    const access = config?.access;
    if (access === undefined) throw new Error(`nobody has decided who may ${String(method)} ${url}`);
    for (const one of [method].flat()) table.push({ method: one, url, access });
  });
}

/** All routes with their decisions, for the test of who may what. `fastify`: the instance that {@link requireDecisions} got. */
export function routeTable(fastify: FastifyInstance): readonly RouteDecision[] {
  return TABLES.get(fastify) ?? [];
}
