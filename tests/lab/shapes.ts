import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Router } from '../../src/lab/router.ts';
import { ROUTES } from '../../src/lab/routes/all.ts';

/** What rows of one class have: keys that are always there, and the JSON types that each key was seen with. */
export interface Shape {
  always: Set<string>;
  types: Map<string, Set<string>>;
  /** A recording that shows it. */
  example: string;
}

export type Shapes = Map<string, Shape>;

/** Rows of one list differ by what they are: a node that is off has other keys than one that is on. */
function classOf(path: string, row: Record<string, unknown>): string {
  const type = String(row['type']);
  const status = String(row['status']);
  if (path === '/cluster/resources') {
    if (row['type'] === 'node') return `node ${status} ${row['maxcpu'] === undefined ? 'bare' : 'full'}`;
    if (row['type'] === 'pool') return `pool ${row['maxcpu'] === undefined ? 'bare' : 'full'}`;
    return row['status'] === 'unknown' ? `${type} unknown` : type;
  }
  if (path === '/cluster/status' || path === '/cluster/ha/status/current') return type;
  if (path === '/nodes') return `${status} ${row['maxcpu'] === undefined ? 'bare' : 'full'}`;
  if (path.endsWith('/status/current') || /\/(qemu|lxc)$/.test(path)) return status;
  if (path === '/cluster/tasks' || path.endsWith('/tasks')) return row['saved'] === '0' ? 'running' : 'finished';
  if (path.endsWith('/tasks/{upid}/status')) return status;
  if (path.endsWith('/migrate')) return row['running'] === 1 ? 'running' : 'stopped';
  if (path.endsWith('/snapshot')) return row['name'] === 'current' ? 'current' : 'snapshot';
  if (path.endsWith('/content')) return String(row['content']);
  if (path === '/nodes/{node}/storage') return row['active'] === 0 ? 'inactive' : 'active';
  return 'row';
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** `full=1` adds keys; every other query only chooses rows. */
function variantOf(query: string): string {
  return query.includes('full=1') ? ' full' : '';
}

const router = new Router(ROUTES, '9.2');

/** The route that a path belongs to, or null when the lab does not serve it. */
export function routePath(path: string): string | null {
  try {
    return router.match('GET', path).route.path;
  } catch {
    return null;
  }
}

export function addAnswer(shapes: Shapes, pathAndQuery: string, data: unknown, example: string): void {
  const [path = '', query = ''] = pathAndQuery.split('?');
  const route = routePath(path.replace(/\/$/, ''));
  if (route === null) return;
  const rows = Array.isArray(data) ? data : [data];
  for (const row of rows) {
    if (typeof row !== 'object' || row === null) continue;
    addRow(shapes, `${route}${variantOf(query)} [${classOf(route, row)}]`, row, example);
  }
}

function addRow(shapes: Shapes, name: string, row: Record<string, unknown>, example: string): void {
  const keys = Object.keys(row);
  const shape = shapes.get(name) ?? { always: new Set(keys), types: new Map(), example };
  for (const key of shape.always) if (!keys.includes(key)) shape.always.delete(key);
  for (const key of keys) shape.types.set(key, (shape.types.get(key) ?? new Set()).add(jsonType(row[key])));
  shapes.set(name, shape);
}

/** Who sees everything; what others see lacks fields for want of rights. */
const SEES_ALL = new Set(['root@pam!full', 'auditor@pve!ro', 'admin@pve!full']);

export function recordedShapes(folder: string, groups: readonly string[]): Shapes {
  const shapes: Shapes = new Map();
  for (const group of groups) {
    for (const file of readdirSync(join(folder, group)).sort()) {
      const { request, response } = JSON.parse(readFileSync(join(folder, group, file), 'utf8'));
      if (request?.method !== 'GET' || response.status !== 200 || !SEES_ALL.has(request.auth)) continue;
      const path = String(request.path).replace(/^\/api2\/json/, '');
      if (String(request.path).startsWith('/api2/json') && response.json)
        addAnswer(shapes, path, response.json.data, `${group}/${file}`);
    }
  }
  return shapes;
}
