import { beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { openFeedServer } from '../client/feed-server.ts';
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
  const server = await openFeedServer(world.databaseUrl, () => world.clock.now());
  described = (await (await fetch(`http://127.0.0.1:${server.port}/api/v1/openapi.json`)).json()) as Described;
  await server.close();
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
