import { nearest, nearNames } from '../../../text/near-names.ts';
import type { ApiVerb, Endpoint, Endpoints } from './read-endpoints.ts';

export interface FoundPath {
  /** `/nodes/{node}/qemu`. */
  template: string;
  /** What stands in place of its parameters, decoded. */
  values: Readonly<Record<string, string>>;
  verbs: ReadonlyMap<ApiVerb, Endpoint>;
}

/**
 * They take the rest of a path, slashes and all: `local:iso/debian.iso`, `10.0.0.0/8`. Source: pve-storage src/PVE/API2/Storage/Status.pm,
 * pve-firewall src/PVE/API2/Firewall/IPSet.pm (`fragmentDelimiter => ''`).
 */
const TAKES_REST = new Set(['{volume}', '{cidr}']);

/** A path as somebody writes it: a slash at either end does not count. */
export function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

/**
 * The endpoints of a path; null: there are none. A fixed word counts before a parameter. `.` and `..` stand for nothing: on the way
 * to the server they would be taken for a step in the path, which would lead to another endpoint than was checked.
 */
export function findPath(endpoints: Endpoints, path: string): FoundPath | null {
  const segments = segmentsOf(path);
  if (segments.some((segment) => segment === '.' || segment === '..')) return null;
  let best: { template: string; words: readonly string[] } | null = null;
  for (const template of endpoints.keys()) {
    const words = segmentsOf(template);
    if (fits(words, segments) && (best === null || isStricter(words, best.words))) best = { template, words };
  }
  if (best === null) return null;
  const verbs = endpoints.get(best.template);
  return verbs === undefined ? null : { template: best.template, values: valuesOf(best.words, segments), verbs };
}

function fits(words: readonly string[], segments: readonly string[]): boolean {
  const isRest = TAKES_REST.has(words.at(-1) ?? '');
  if (isRest ? segments.length < words.length : segments.length !== words.length) return false;
  return words.every((word, index) => isParameter(word) || word === segments[index]);
}

function isStricter(words: readonly string[], than: readonly string[]): boolean {
  for (const [index, word] of words.entries()) {
    const [a, b] = [isParameter(word), isParameter(than[index] ?? '')];
    if (a !== b) return b;
  }
  return words.length > than.length;
}

function valuesOf(words: readonly string[], segments: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [index, word] of words.entries()) {
    if (!isParameter(word)) continue;
    const isRest = index === words.length - 1 && TAKES_REST.has(word);
    values[word.slice(1, -1)] = isRest ? segments.slice(index).join('/') : (segments[index] ?? '');
  }
  return values;
}

/** As it is sent: `/nodes/pve1/storage/local/content/local%3Aiso%2Fdebian.iso`. */
export function fillPath({ template, values }: Pick<FoundPath, 'template' | 'values'>): string {
  const words = segmentsOf(template);
  return `/${words.map((word) => (isParameter(word) ? encodeURIComponent(values[word.slice(1, -1)] ?? '') : word)).join('/')}`;
}

/** The words that may follow a beginning; a parameter is one of them: `{node}`. */
function childrenOf(endpoints: Endpoints, before: readonly string[]): string[] {
  const children = [...endpoints.keys()].flatMap((template) => {
    const words = segmentsOf(template);
    return (beginsWith(words, before) ? words[before.length] : undefined) ?? [];
  });
  return [...new Set(children)];
}

/** Whether a path may begin so; a parameter takes any word. */
export function beginsWith(words: readonly string[], segments: readonly string[]): boolean {
  return segments.every((segment, index) => words[index] === segment || isParameter(words[index] ?? ''));
}

/** Paths that somebody may have meant: the first word that is none, corrected. */
export function nearPaths(endpoints: Endpoints, path: string): string[] {
  const segments = segmentsOf(path);
  for (const [index, segment] of segments.entries()) {
    const before = segments.slice(0, index);
    const children = childrenOf(endpoints, before);
    if (children.some((child) => child === segment || isParameter(child))) continue;
    const near = nearest(segment, children);
    const names = near === undefined ? nearNames(segment, children) : [near];
    return names.map((name) => `/${[...before, name, ...segments.slice(index + 1)].join('/')}`);
  }
  return [];
}

export function isParameter(word: string): boolean {
  return word.startsWith('{');
}
