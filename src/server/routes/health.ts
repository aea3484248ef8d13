import type { FastifyInstance } from 'fastify';

export interface HealthDeps {
  /** Whether the main loop runs. */
  isAlive: () => boolean;
  /** Whether the database answered last. */
  isReady: () => boolean;
  metrics: { contentType: string; render(): Promise<string> };
}

const WHY = { access: { public: 'says nothing of the inventory' } } as const;

/** For supervisors and Prometheus. Metrics are counts of providers, so that they need a viewer. */
export function healthRoutes(fastify: FastifyInstance, { isAlive, isReady, metrics }: HealthDeps): void {
  const hidden = { hide: true } as const;
  for (const [path, isGood] of [
    ['/healthz', isAlive],
    ['/readyz', isReady],
  ] as const) {
    fastify.get(path, { config: WHY, schema: hidden }, async (_request, reply) =>
      reply
        .code(isGood() ? 200 : 503)
        .type('text/plain; charset=utf-8')
        .send(isGood() ? 'ok\n' : 'not ok\n'),
    );
  }
  fastify.get(
    '/metrics',
    { config: { access: { role: 'viewer', isWhole: true } }, schema: hidden },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.render()),
  );
}
