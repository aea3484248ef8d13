import * as z from 'zod';
import { EXAMPLE_VALUES } from './example-values.ts';

/** A JSON Schema, as far as examples need it. */
type Schema = Readonly<Record<string, unknown>>;
type Components = Readonly<Record<string, Schema>>;

const schemaShape = z.record(z.string(), z.unknown());
const described = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.looseObject({ schemas: z.record(z.string(), schemaShape) }),
});
const operationShape = z.looseObject({
  requestBody: z.looseObject({ content: z.record(z.string(), z.unknown()) }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: z.record(z.string(), z.unknown()).optional() })),
});
const media = z.looseObject({ schema: schemaShape });

/** How deep an example goes; nothing that is sent is deeper. */
const DEEPEST = 12;

/** Values of formats. */
const FORMATS: Readonly<Record<string, string>> = { 'date-time': '2026-11-27T09:30:00.000Z', date: '2026-11-27' };

/**
 * The description of the API with an example of every body, put together from the examples of its fields, so that each is valid and
 * none is forgotten.
 */
export function withExamples(description: unknown): unknown {
  const { paths, components, ...rest } = described.parse(description);
  const examples = new ExampleMaker(components.schemas);
  const withBodies = Object.fromEntries(
    Object.entries(paths).map(([path, methods]) => [
      path,
      Object.fromEntries(Object.entries(methods).map(([method, one]) => [method, examples.ofOperation(one)])),
    ]),
  );
  return { ...rest, paths: withBodies, components };
}

class ExampleMaker {
  readonly #components: Components;

  constructor(components: Components) {
    this.#components = components;
  }

  ofOperation(operation: unknown): unknown {
    const { requestBody, responses, ...rest } = operationShape.parse(operation);
    return {
      ...rest,
      ...(requestBody && { requestBody: { ...requestBody, content: this.#ofContent(requestBody.content) } }),
      responses: Object.fromEntries(
        Object.entries(responses).map(([status, response]) => [
          status,
          response.content ? { ...response, content: this.#ofContent(response.content, Number(status)) } : response,
        ]),
      ),
    };
  }

  #ofContent(content: Readonly<Record<string, unknown>>, status?: number): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(content).map(([type, body]) => {
        const { schema, ...rest } = media.parse(body);
        const example = this.#of(schema, 0);
        const isProblem = type.includes('problem') && typeof example === 'object' && example !== null;
        return [type, { ...rest, schema, example: isProblem ? { ...example, status } : example }];
      }),
    );
  }

  #of(schema: Schema, depth: number): unknown {
    const { $ref, examples, const: only, enum: choices, anyOf, oneOf, allOf, type } = schema;
    if (depth > DEEPEST) return {};
    if (typeof $ref === 'string') return this.#of(this.#components[$ref.split('/').at(-1) ?? ''] ?? {}, depth + 1);
    if (Array.isArray(examples) && examples.length > 0) return examples[0];
    if (only !== undefined) return only;
    if (Array.isArray(choices)) return choices[0];
    const [first] = [anyOf, oneOf, allOf].flatMap((list) => (Array.isArray(list) ? list : []));
    if (first !== undefined) return this.#of(toSchema(first), depth + 1);
    return this.#ofType(Array.isArray(type) ? type[0] : type, schema, depth);
  }

  /** The value of its name, where that is one of its kind: `version` is a text here, and an object there. */
  #ofField(name: string, schema: Schema, depth: number): unknown {
    const made = this.#of(schema, depth);
    const { [name]: value } = EXAMPLE_VALUES;
    const isChoice = ['const', 'enum', '$ref', 'format'].some((word) => word in schema);
    if (value === undefined || isChoice) return made;
    return kindOf(value) === kindOf(made) || (value === null && allowsNull(schema)) ? value : made;
  }

  #ofType(type: unknown, schema: Schema, depth: number): unknown {
    if (type === 'array') {
      const { items, prefixItems } = schema;
      if (Array.isArray(prefixItems)) return prefixItems.map((item) => this.#of(toSchema(item), depth + 1));
      return items === undefined ? [] : [this.#of(toSchema(items), depth + 1)];
    }
    if (type === 'object') return this.#ofObject(schema, depth);
    if (type === 'string')
      return FORMATS[String(schema['format'])] ?? 'text'.slice(0, Number(schema['maxLength'] ?? 9));
    if (type === 'integer' || type === 'number') return Math.max(1, Number(schema['minimum'] ?? 1));
    if (type === 'boolean') return true;
    return type === 'null' ? null : {};
  }

  #ofObject({ properties, required }: Schema, depth: number): Record<string, unknown> {
    const fields = toSchema(properties ?? {});
    const needed = new Set(Array.isArray(required) ? required : []);
    const shown = Object.entries(fields).filter(([name, field]) => needed.has(name) || 'examples' in toSchema(field));
    return Object.fromEntries(shown.map(([name, field]) => [name, this.#ofField(name, toSchema(field), depth + 1)]));
  }
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}

function allowsNull({ anyOf, type }: Schema): boolean {
  const types = Array.isArray(anyOf) ? anyOf.map((one) => toSchema(one)['type']) : [type].flat();
  return types.includes('null');
}

/** `true` allows everything. */
function toSchema(value: unknown): Schema {
  return schemaShape.safeParse(value).data ?? {};
}
