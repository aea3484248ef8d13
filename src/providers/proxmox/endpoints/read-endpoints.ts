import { readFileSync } from 'node:fs';

/** Releases whose API is known, oldest first: the last of each major version. */
export const API_RELEASES = ['7.4', '8.4', '9.2'] as const;
export type ApiRelease = (typeof API_RELEASES)[number];

export const API_VERBS = ['GET', 'POST', 'PUT', 'DELETE'] as const;
export type ApiVerb = (typeof API_VERBS)[number];

export interface EndpointParameter {
  /** `net[n]` stands for `net0`, `net1`, … */
  name: string;
  type: string;
  isOptional: boolean;
  /** The only values; null: any. */
  words: readonly string[] | null;
  min: number | null;
  max: number | null;
  /** The vendor's name of it: `pve-node`. `properties`: a property string. */
  format: string | null;
  /** A regular expression of Perl. */
  pattern: string | null;
  /** The parameter without which it may not be. */
  requires: string | null;
}

export interface Endpoint {
  verb: ApiVerb;
  /** `/nodes/{node}/qemu/{vmid}/config`. */
  path: string;
  /** `null`, `string` (of a task its UPID), `array`, `object`, … */
  returns: string;
  /** `/vms/{vmid} VM.Audit`; `all`: anybody, of what each may see; empty: root@pam only. */
  permission: string;
  isForTokens: boolean;
  parameters: readonly EndpointParameter[];
}

/** By path, then by verb. */
export type Endpoints = ReadonlyMap<string, ReadonlyMap<ApiVerb, Endpoint>>;

interface PackedParameter {
  name: string;
  type: string;
  optional?: 1;
  enum?: string[];
  min?: number;
  max?: number;
  format?: string;
  pattern?: string;
  requires?: string;
}

/** Of a mask, bit 0 is the first release. */
type Masked<T> = readonly [mask: number, value: T];
type PackedShape = readonly [returns: string, permission: string, isForTokens?: 0];
type PackedEndpoint = readonly [shapes: readonly Masked<PackedShape>[], parameters: readonly PackedPlace[]];
type PackedPlace = number | readonly [place: number, mask: number];
type PackedPath = { path: string } & Partial<Record<ApiVerb, PackedEndpoint>>;

/**
 * The endpoints of a release, as scripts/pve-endpoints.mjs packs them; null: those of all releases together. The file is beside this
 * one, and beside the bundled program.
 */
export function readEndpoints(release: ApiRelease | null): Endpoints {
  const wanted = release === null ? 0b111 : 1 << API_RELEASES.indexOf(release);
  const [, ...lines] = readFileSync(new URL('pve-endpoints.ndjson', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  const parameters: EndpointParameter[] = [];
  const endpoints = new Map<string, ReadonlyMap<ApiVerb, Endpoint>>();
  for (const line of lines) {
    const packed: PackedParameter | PackedPath = JSON.parse(line);
    if (!('path' in packed)) {
      parameters.push(toParameter(packed));
      continue;
    }
    const verbs = API_VERBS.flatMap((verb) => {
      const endpoint = packed[verb] && unpack(packed[verb], { verb, path: packed.path, wanted, parameters });
      return endpoint === undefined ? [] : [[verb, endpoint] as const];
    });
    if (verbs.length > 0) endpoints.set(packed.path, new Map(verbs));
  }
  return endpoints;
}

/** undefined: the release does not have it. Of several releases the newest says what it gives and who may. */
function unpack(
  [shapes, places]: PackedEndpoint,
  { wanted, parameters, ...which }: Pick<Endpoint, 'verb' | 'path' | 'parameters'> & { wanted: number },
): Endpoint | undefined {
  const shape = shapes.findLast(([mask]) => (mask & wanted) !== 0)?.[1];
  if (shape === undefined) return undefined;
  const [returns, permission, isForTokens] = shape;
  const own = new Map<string, EndpointParameter>();
  for (const packed of places) {
    const [place, mask] = typeof packed === 'number' ? [packed, wanted] : packed;
    const parameter = parameters[place];
    if (parameter !== undefined && (mask & wanted) !== 0) own.set(parameter.name, parameter);
  }
  return { ...which, returns, permission, isForTokens: isForTokens !== 0, parameters: [...own.values()] };
}

function toParameter(packed: PackedParameter): EndpointParameter {
  const { name, type, optional, min = null, max = null, format = null, pattern = null, requires = null } = packed;
  return { name, type, isOptional: optional === 1, words: packed.enum ?? null, min, max, format, pattern, requires };
}
