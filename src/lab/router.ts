import { ApiError, parameterError } from './api-error.ts';
import type { Cluster } from './cluster.ts';
import type { GuestKind, LabNode } from './model.ts';
import type { Operation } from './operations/operation.ts';
import { parseSpec, specError } from './parameter-spec.ts';
import { isAtLeast, type Release } from './release.ts';
import type { Tickets } from './tickets.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What a handler works with. `parameters` are those of the path, the query and the body, as text. */
export interface Call {
  cluster: Cluster;
  tickets: Tickets;
  /** `alice@pve` or `alice@pve!token`; empty where no login is needed. */
  by: string;
  parameters: Readonly<Record<string, string>>;
}

export interface Route {
  method: Method;
  path: string;
  /** Parameter → what it may be: see `parseSpec`. */
  parameters?: Readonly<Record<string, string>>;
  /** The release that brought it, when that is not the oldest one. */
  since?: Release;
  /** Parameters that came with a later release. */
  later?: Readonly<Partial<Record<Release, Readonly<Record<string, string>>>>>;
  /** Parameters of exactly this release. */
  only?: Readonly<Partial<Record<Release, Readonly<Record<string, string>>>>>;
  /** Other parameters are keys of a guest's configuration, which the operation checks. */
  takesConfig?: boolean;
  /** Needs no login. */
  isOpen?: boolean;
  /** Throws a 403. Comes before the call is passed on to its node, as on a real server. */
  allow?: (call: Call) => void;
  /** Passed on to the node of the path; false for the few that any node answers. */
  isLocal?: boolean;
  handle: (call: Call) => unknown;
}

/** Data with the count that paged lists tell beside it. */
export class Page {
  readonly data: unknown;
  readonly total: number;

  constructor(data: unknown, total: number) {
    this.data = data;
    this.total = total;
  }
}

interface Match {
  route: Route;
  pathParameters: Record<string, string>;
}

export class Router {
  private readonly bySize = new Map<string, { segments: readonly string[]; route: Route }[]>();

  constructor(routes: readonly Route[], release: Release) {
    for (const route of routes) {
      if (!isAtLeast(release, route.since ?? '7.4')) continue;
      const segments = route.path.split('/').slice(1);
      const key = `${route.method} ${segments.length}`;
      this.bySize.set(key, [...(this.bySize.get(key) ?? []), { segments, route }]);
    }
  }

  /** Throws a 501 for a path or method that there is not. */
  match(method: string, path: string): Match {
    const segments = path.split('/').slice(1);
    for (const { segments: pattern, route } of this.bySize.get(`${method} ${segments.length}`) ?? []) {
      const pathParameters = matchSegments(pattern, segments);
      if (pathParameters) return { route, pathParameters };
    }
    throw new ApiError(501, `Method '${method} ${path}' not implemented`);
  }
}

function matchSegments(pattern: readonly string[], segments: readonly string[]): Record<string, string> | null {
  const parameters: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (expected.startsWith('{')) parameters[expected.slice(1, -1)] = decodeURIComponent(segment);
    else if (expected !== segment) return null;
  }
  return parameters;
}

/** What PVE::JSONSchema says about parameters, all errors at once. `repeated` were given more than once. */
export function checkParameters(call: Call, route: Route, repeated: ReadonlySet<string>): void {
  const given = call.parameters;
  const { release } = call.cluster;
  const errors: Record<string, string> = {};
  const declared = declaredParameters(route, release);
  for (const [name, spec] of Object.entries(declared)) {
    const value = given[name];
    const error = value === undefined ? missing(spec) : repeated.has(name) ? notScalar(spec) : specError(spec, value);
    if (error !== undefined) errors[name] = error;
  }
  for (const name of Object.keys(given)) {
    if (!route.takesConfig && declared[name] === undefined) {
      errors[name] = 'property is not defined in schema and the schema does not allow additional properties';
    }
  }
  if (Object.keys(errors).length > 0) throw parameterError(errors);
}

/** Name → specification of every parameter that a route takes in a release. */
export function declaredParameters(route: Route, release: Release): Record<string, string> {
  const { '8.4': in8, '9.2': in9 } = route.later ?? {};
  return {
    ...pathSpecs(route.path),
    ...route.parameters,
    ...route.only?.[release],
    ...(isAtLeast(release, '8.4') && in8),
    ...(isAtLeast(release, '9.2') && in9),
  };
}

const PATH_SPECS: Readonly<Record<string, string>> = {
  '{vmid}': 'vmid',
  '{node}': 'string:pve-node',
  '{storage}': 'string:pve-storage-id',
  '{snapname}': 'string:pve-configid',
  '{poolid}': 'string:pve-poolid',
  '{sid}': 'string:pve-ha-resource-or-vm-id',
  '{userid}': 'string:pve-userid',
};

function pathSpecs(path: string): Record<string, string> {
  const names = path.match(/\{\w+\}/g) ?? [];
  return Object.fromEntries(names.map((name) => [name.slice(1, -1), PATH_SPECS[name] ?? 'string']));
}

function missing(spec: string): string | undefined {
  return parseSpec(spec).isOptional ? undefined : 'property is missing and it is not optional';
}

function notScalar(spec: string): string | undefined {
  const { type } = parseSpec(spec);
  return type === 'array' ? undefined : `type check ('${type}') failed - got ARRAY`;
}

/** The node of the path; `localhost` is the one that answers. */
export function nodeOf(call: Call): LabNode {
  const name = call.parameters['node'] ?? '';
  const node = name === 'localhost' ? call.cluster.localNode() : call.cluster.nodes.get(name);
  if (!node) {
    throw new ApiError(
      500,
      `hostname lookup '${name}' failed - failed to get address info for: ${name}: Name or service not known`,
    );
  }
  return node;
}

export function refOf(call: Call, kind: GuestKind): { kind: GuestKind; node: string; vmid: number } {
  return { kind, node: nodeOf(call).name, vmid: Number(call.parameters['vmid']) };
}

export function operationOf(call: Call): Operation {
  return { cluster: call.cluster, by: call.by };
}

/** Throws `403 Permission check failed (/vms/100, VM.Audit)` unless the caller has one of the privileges there. */
export function requirePrivilege(call: Call, path: string, ...anyOf: readonly string[]): void {
  if (call.cluster.access.has(call.by, path, ...anyOf)) return;
  throw new ApiError(403, `Permission check failed (${path}, ${anyOf.join('|')})`);
}

export function may(call: Call, path: string, privilege: string): boolean {
  return call.cluster.access.has(call.by, path, privilege);
}

/** An `allow` for what concerns the guest of the path. */
export function onGuest(...anyOf: readonly string[]): (call: Call) => void {
  return (call) => requirePrivilege(call, `/vms/${call.parameters['vmid']}`, ...anyOf);
}

export function onNode(privilege: string): (call: Call) => void {
  return (call) => requirePrivilege(call, `/nodes/${call.parameters['node']}`, privilege);
}

export function onRoot(privilege: string): (call: Call) => void {
  return (call) => requirePrivilege(call, '/', privilege);
}
