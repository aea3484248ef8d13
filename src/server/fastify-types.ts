import '@fastify/websocket';
import type { Principal, Role } from '../types/principal.ts';

/** Who may ask a route: whoever has a role, or everybody, for a reason. */
export type Access = { role: Role } | { public: string };

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null: nobody that is known. */
    principal: Principal | null;
  }
  interface FastifyContextConfig {
    access?: Access;
  }
}
