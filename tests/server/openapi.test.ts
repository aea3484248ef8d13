import { beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { App } from '../../src/app/app.ts';
import { openFeed } from '../../src/app/open-feed.ts';
import { openDatabase } from '../../src/repositories/db/database.ts';
import { buildServer } from '../../src/server/server.ts';
import { openWorld } from '../helpers/world.ts';

interface Described {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}
interface Operation {
  summary?: string;
  requestBody?: { content: Record<string, { schema: object; example?: unknown }> };
  responses: Record<string, { content?: Record<string, { schema: object; example?: unknown }> }>;
}

let described: Described;
const operations = () =>
  Object.entries(described.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
  );

beforeAll(async () => {
  const world = await openWorld();
  const app = new App(
    {
      env: {},
      cwd: world.dir,
      clock: () => world.clock.now(),
      newId: () => 'id',
      signal: new AbortController().signal,
    } as never,
    { warn: () => undefined, note: () => undefined },
  );
  app.configure({ db: world.databaseUrl, isMaker: true, env: {}, flags: {}, providers: [] });
  const connection = await openDatabase(world.databaseUrl);
  const hub = await openFeed(connection, { clock: () => world.clock.now() });
  const { server } = await buildServer({
    app,
    hub,
    health: {
      isAlive: () => true,
      isReady: () => true,
      metrics: { contentType: 'text/plain', render: async () => '' },
    },
    version: '0',
    webFolder: world.dir,
    clock: () => world.clock.now(),
    basePath: '',
    tls: null,
    isBehindTls: false,
    hosts: [],
    isLocalOnly: true,
    trustedProxies: [],
    secrets: [],
    requestsPerMinute: 1000,
    socketsPerUser: 10,
    log: () => undefined,
  } as never);
  await server.listen({ port: 0, host: '127.0.0.1' });
  const address = server.server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  described = (await (await fetch(`http://127.0.0.1:${port}/api/v1/openapi.json`)).json()) as Described;
  await server.close();
  await app.close();
  await connection.close();
});

describe('the description of the API', () => {
  it('is OpenAPI 3.1, and tells of every operation what it is for', () => {
    expect(described).toMatchObject({ openapi: '3.1.0' });
    expect(operations().length).toBeGreaterThan(30);
    expect(operations().filter(({ operation }) => !operation.summary)).toEqual([]);
  });

  it('has the errors of every operation', () => {
    for (const { name, operation } of operations()) {
      expect([name, Object.keys(operation.responses)]).toEqual([name, expect.arrayContaining(['421', '429', '500'])]);
      if (operation.requestBody) expect([name, operation.responses['400']]).toEqual([name, expect.anything()]);
      if (name.includes('{')) expect([name, operation.responses['404']]).toEqual([name, expect.anything()]);
    }
  });

  it('has an example of every body, and each is valid', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'all', components: described.components });
    for (const { name, operation } of operations()) {
      const bodies = [operation.requestBody, ...Object.values(operation.responses)].flatMap((body) =>
        Object.values(body?.content ?? {}),
      );
      for (const { schema, example } of bodies) {
        const own = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"all#/')) as object;
        const validate = ajv.compile(own);
        expect([name, example, validate(example), validate.errors]).toEqual([name, expect.anything(), true, null]);
      }
    }
  });
});
