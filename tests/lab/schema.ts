import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';

export interface Endpoint {
  parameters: Record<string, { optional?: boolean; type?: string; pveType?: string }>;
  returns: Record<string, unknown>;
}

/** What the vendor declares of one release. */
export interface ApiSchema {
  endpoints: Record<string, Endpoint>;
}

export function readSchema(folder: string, release: string): ApiSchema {
  return JSON.parse(readFileSync(join(folder, `${release}.json`), 'utf8'));
}

/** Keywords of PVE that are none of JSON Schema, and formats, which say more than the wire holds, are dropped. */
const PLAIN = new Set([
  'type',
  'properties',
  'required',
  'items',
  'enum',
  'minimum',
  'maximum',
  'additionalProperties',
  'oneOf',
  'anyOf',
  'allOf',
]);

function adapted(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return {};
  const declared = new Map(Object.entries(schema));
  if (declared.get('pveType') === 'boolean') return { enum: [0, 1, '0', '1', true, false] };
  const result: Record<string, unknown> = {};
  for (const [key, value] of declared) {
    if (!PLAIN.has(key)) continue;
    if (key === 'properties')
      result[key] = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, adapted(inner)]));
    else if (key === 'items') result[key] = adapted(value);
    else if (['oneOf', 'anyOf', 'allOf'].includes(key)) result[key] = value.map(adapted);
    else if (key === 'additionalProperties') result[key] = typeof value === 'object' ? adapted(value) : true;
    else result[key] = value;
  }
  return result;
}

const ajv = new Ajv({ strict: false, allErrors: true });

export function compileReturns(endpoint: Endpoint): ValidateFunction {
  return ajv.compile(adapted(endpoint.returns) as object);
}
