import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parseSpec } from '../../src/lab/parameter-spec.ts';

export interface Declared {
  optional?: boolean;
  type?: string;
  pveType?: string;
  /** A description of its parts, where it is a property string. */
  format?: string | object;
  enum?: readonly (string | number)[];
  minimum?: number;
  maximum?: number;
  pattern?: string;
}

export interface Endpoint {
  parameters: Record<string, Declared>;
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

/** What the lab takes otherwise than it is declared; null: it takes just that. A parameter of the path is always there. */
export function specDifference(own: string, declared: Declared, isOfPath: boolean): string | null {
  const spec = parseSpec(own);
  const differs = <T extends string | number | boolean>(what: string, ours: T | undefined, theirs: T | undefined) =>
    ours === theirs ? null : `${what}: ${ours ?? 'none'}, declared ${theirs ?? 'none'}`;
  const isVmid = declared.format === 'pve-vmid';
  const isSize = declared.pattern === '\\+?\\d+(\\.\\d+)?[KMGT]?';
  const format = typeof declared.format === 'object' ? undefined : declared.format;
  return (
    differs<string>('type', spec.type, declared.pveType ?? declared.type) ??
    (isOfPath ? null : differs('optional', spec.isOptional, declared.optional === true)) ??
    differs('words', spec.words?.join('|'), declared.enum?.join('|')) ??
    (isVmid ? null : differs('minimum', spec.minimum, declared.minimum)) ??
    (isVmid ? null : differs('maximum', spec.maximum, declared.maximum)) ??
    (isSize || declared.pattern === undefined ? null : `pattern: none, declared ${declared.pattern}`) ??
    differs('format', spec.format, isSize ? 'size' : format)
  );
}
