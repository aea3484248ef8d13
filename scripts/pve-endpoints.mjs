// @ts-check
// Makes src/providers/proxmox/endpoints/pve-endpoints.ndjson from the vendor's API schemas: `node scripts/pve-endpoints.mjs [FOLDER]`.
// It holds facts only, and no text of the vendor's. Run by hand when a release is added; a test compares the two.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

export const RELEASES = ['7.4', '8.4', '9.2'];
const VERBS = ['GET', 'POST', 'PUT', 'DELETE'];

/**
 * @typedef {Readonly<Record<string, any>>} Schema
 */

/**
 * What is packed: a line with the releases, a line for each distinct parameter, a line for each path.
 * @param {string} folder
 */
export function packEndpoints(folder) {
  const schemas = RELEASES.map((release) => JSON.parse(readFileSync(path.join(folder, `${release}.json`), 'utf8')));
  /** @type {Map<string, number>} */
  const specs = new Map();
  /** @type {Map<string, Record<string, unknown>>} */
  const paths = new Map();
  const keys = [...new Set(schemas.flatMap(({ endpoints }) => Object.keys(endpoints)))];
  for (const key of keys.sort(byPathAndVerb)) {
    const [verb = '', where = ''] = key.split(' ');
    const of = schemas.map(({ endpoints }) => endpoints[key]);
    const verbs = paths.get(where) ?? {};
    verbs[verb] = [alike(of.map((endpoint) => endpoint && shapeOf(endpoint))), parametersOf(of, specs)];
    paths.set(where, verbs);
  }
  const lines = [{ releases: RELEASES }, ...[...specs.keys()].map((text) => JSON.parse(text))];
  return [...lines, ...[...paths].map(([where, verbs]) => ({ path: where, ...verbs }))]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

/**
 * @param {string} a
 * @param {string} b
 */
function byPathAndVerb(a, b) {
  const [[verbA = '', pathA = ''], [verbB = '', pathB = '']] = [a.split(' '), b.split(' ')];
  if (pathA !== pathB) return pathA < pathB ? -1 : 1;
  return VERBS.indexOf(verbA) - VERBS.indexOf(verbB);
}

/**
 * Values of the releases, equal ones together: `[[mask, value], …]`; bit 0 of a mask is the first release.
 * @param {unknown[]} values undefined where the release has none
 */
function alike(values) {
  /** @type {Map<string, number>} */
  const masks = new Map();
  for (const [index, value] of values.entries()) {
    if (value === undefined) continue;
    const text = JSON.stringify(value);
    masks.set(text, (masks.get(text) ?? 0) | (1 << index));
  }
  return [...masks].map(([text, mask]) => [mask, JSON.parse(text)]);
}

/**
 * What it gives, who may, and whether a token may.
 * @param {Schema} endpoint
 */
function shapeOf({ returns, permissions, allowToken }) {
  const type = returns?.pveType ?? returns?.type ?? 'any';
  return [type, permissionText(permissions), ...(allowToken === false ? [0] : [])];
}

/**
 * `/vms/{vmid} VM.Audit`, `a and (b or c)`, `all`, `world`; empty: only root.
 * @param {Schema | null | undefined} permissions
 */
function permissionText(permissions) {
  if (permissions?.['user'] !== undefined) return permissions['user'];
  const check = permissions?.['expression']?.check ?? permissions?.['check'];
  return check === undefined ? (permissions?.['description'] === undefined ? '' : 'described') : checkText(check);
}

/**
 * @param {any[]} check
 * @returns {string}
 */
function checkText(check) {
  const [kind, ...rest] = check;
  if (kind === 'and' || kind === 'or') {
    const parts = rest.map((/** @type {any[]} */ one) =>
      ['and', 'or'].includes(one[0]) ? `(${checkText(one)})` : checkText(one),
    );
    return parts.join(` ${kind} `);
  }
  const words = rest.flatMap((one) => (Array.isArray(one) ? one.join('+') : typeof one === 'object' ? [] : [one]));
  const isAny = rest.some((one, index) => one === 'any' && rest[index + 1] === 1);
  const plain = words.filter((word) => !isAny || (word !== 'any' && word !== 1));
  return [...(kind === 'perm' ? [] : [kind]), ...plain].join(' ').replaceAll('+', isAny ? '|' : '+');
}

/**
 * Places of its parameters among all distinct ones; `[place, mask]` where not all of its releases have it so.
 * @param {(Schema | undefined)[]} of
 * @param {Map<string, number>} specs
 */
function parametersOf(of, specs) {
  const whole = of.reduce((mask, endpoint, index) => (endpoint === undefined ? mask : mask | (1 << index)), 0);
  const names = [...new Set(of.flatMap((endpoint) => Object.keys(endpoint?.['parameters'] ?? {})))].sort();
  return names.flatMap((name) =>
    alike(of.map((endpoint) => endpoint?.['parameters'][name] && specOf(name, endpoint['parameters'][name]))).map(
      ([mask, spec]) => {
        const text = JSON.stringify(spec);
        const place = specs.get(text) ?? specs.size;
        specs.set(text, place);
        return mask === whole ? place : [place, mask];
      },
    ),
  );
}

/**
 * @param {string} name
 * @param {Schema} parameter
 */
function specOf(name, parameter) {
  const { type, pveType, optional, minimum, maximum, format, pattern, requires, items } = parameter;
  const words = parameter['enum'] ?? items?.enum;
  return {
    name,
    type: pveType ?? type,
    ...(optional && { optional: 1 }),
    ...(words && { enum: words }),
    ...(minimum !== undefined && { min: minimum }),
    ...(maximum !== undefined && { max: maximum }),
    ...(typeof format === 'string' && { format }),
    // A property string: its own keys are checked by the server.
    ...(typeof format === 'object' && { format: 'properties' }),
    ...(pattern && { pattern }),
    ...(requires && { requires }),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = process.argv[2] ?? process.env['PVE_API_SCHEMA_DIR'];
  if (folder === undefined)
    throw new Error('name the folder of 7.4.json, 8.4.json and 9.2.json, or set PVE_API_SCHEMA_DIR');
  const file = new URL('../src/providers/proxmox/endpoints/pve-endpoints.ndjson', import.meta.url);
  const text = packEndpoints(folder);
  writeFileSync(file, text);
  process.stdout.write(`${text.length} bytes\n`);
}
