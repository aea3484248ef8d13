import * as z from 'zod';

/** A schema of one of the vendor's discovery documents (https://developers.google.com/discovery/v1/type-format). */
interface Schema {
  $ref?: string | undefined;
  type?: string | undefined;
  enum?: readonly string[] | undefined;
  properties?: Readonly<Record<string, Schema>> | undefined;
  additionalProperties?: Schema | undefined;
  items?: Schema | undefined;
}

const schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    type: z.string().optional(),
    enum: z.array(z.string()).optional(),
    properties: z.record(z.string(), schema).optional(),
    additionalProperties: schema.optional(),
    items: schema.optional(),
  }),
);

export const discoveryDocument = z.object({ schemas: z.record(z.string(), schema) });
export type DiscoveryDocument = z.infer<typeof discoveryDocument>;

/** Where a value is not what the document says of a schema: unknown fields, other types, words that are not listed. */
export function complaintsOf(value: unknown, name: string, { schemas }: DiscoveryDocument): string[] {
  return check(value, { $ref: name }, { at: name, schemas });
}

interface Place {
  at: string;
  schemas: DiscoveryDocument['schemas'];
}

function check(value: unknown, rule: Schema, { at, schemas }: Place): string[] {
  const { $ref: ref, type, enum: words, properties = {}, additionalProperties, items } = rule;
  const target = ref === undefined ? undefined : schemas[ref];
  if (ref !== undefined)
    return target === undefined ? [`${at}: no schema ${ref}`] : check(value, target, { at, schemas });
  if (type === 'any') return [];
  if (type === 'array') {
    if (!Array.isArray(value)) return [`${at}: no array`];
    return value.flatMap((one, index) => check(one, items ?? {}, { at: `${at}[${index}]`, schemas }));
  }
  if (type === 'object') {
    if (typeof value !== 'object' || value === null) return [`${at}: no object`];
    return Object.entries(value).flatMap(([key, one]) => {
      const own = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
      return own === undefined ? [`${at}.${key}: not in the schema`] : check(one, own, { at: `${at}.${key}`, schemas });
    });
  }
  // Numbers of 64 bits are texts.
  const found = type === 'integer' || type === 'number' ? 'number' : type;
  if (found !== undefined && typeof value !== found) return [`${at}: ${typeof value} in place of ${found}`];
  return words !== undefined && !words.includes(String(value))
    ? [`${at}: ${String(value)} is not one of the words`]
    : [];
}
