import type { LiveKind } from '../../../types/live-names.ts';
import { findParameter, parameterWords } from './check-parameters.ts';
import { beginsWith, findPath, isParameter, segmentsOf } from './find-endpoint.ts';
import type { ApiVerb, Endpoint, EndpointParameter, Endpoints } from './read-endpoints.ts';

/** A call as far as it is typed. */
export interface PartialCall {
  verb: ApiVerb;
  /** null: the word at the cursor is the path. */
  path: string | null;
  /** Whether the path is below a guest of the inventory. */
  isBelowGuest: boolean;
  /** Parameters before the cursor. */
  words: readonly string[];
  current: string;
}

export interface CallWord {
  value: string;
  about: string;
  /** Whether the word goes on after it. */
  isPartial: boolean;
}

export interface CallWords {
  words: readonly CallWord[];
  /** Names of the inventory that fit besides; `before` and `after` stand around each. */
  live: { kind: LiveKind; prefix: string; before: string; after: string } | null;
}

/** What the word at the cursor may be. Pure. */
export function completeCall(endpoints: Endpoints, call: PartialCall): CallWords {
  return call.path === null ? pathWords(endpoints, call) : parameterNames(endpoints, call, call.path);
}

/** A guest of either kind. */
const GUESTS = ['nodes/n/qemu/100', 'nodes/n/lxc/100'];
const LIVE_SEGMENTS: Readonly<Record<string, LiveKind>> = {
  '{node}': 'node',
  '{vmid}': 'vmid',
  '{storage}': 'storage',
  '{poolid}': 'pool',
};

function pathWords(endpoints: Endpoints, { verb, isBelowGuest, current }: PartialCall): CallWords {
  const slash = current.lastIndexOf('/') + 1;
  const isFirst = slash === 0 && !isBelowGuest;
  const [before, prefix] = [isFirst ? '/' : current.slice(0, slash), current.slice(slash)];
  const bases = isBelowGuest ? GUESTS.map((guest) => `${guest}/${before}`) : [before];
  const next = nextWords(endpoints, verb, bases.map(segmentsOf));
  const words = [...next].flatMap(([word, { isEnd, goesOn }]) => {
    if (isParameter(word) || !word.startsWith(prefix)) return [];
    const value = `${before}${word}`;
    // Nearly every path can be read, and a slash at its end does not count.
    const isWhole = !goesOn || (isEnd && verb !== 'GET');
    return [
      ...(isWhole ? [{ value, about: '', isPartial: false }] : []),
      ...(goesOn ? [{ value: `${value}/`, about: '', isPartial: true }] : []),
    ];
  });
  const [parameter, which] = [...next].find(([word]) => LIVE_SEGMENTS[word] !== undefined) ?? [];
  const kind = LIVE_SEGMENTS[parameter ?? ''];
  return { words, live: kind === undefined ? null : { kind, prefix, before, after: which?.goesOn ? '/' : '' } };
}

interface NextWord {
  /** Whether a path ends with it. */
  isEnd: boolean;
  goesOn: boolean;
}

/** The words that may follow any of some beginnings, where a path with the verb is reached by them. */
function nextWords(
  endpoints: Endpoints,
  verb: ApiVerb,
  beginnings: readonly (readonly string[])[],
): ReadonlyMap<string, NextWord> {
  const next = new Map<string, NextWord>();
  for (const [path, verbs] of endpoints) {
    const words = segmentsOf(path);
    for (const segments of beginnings) {
      const word = words[segments.length];
      if (word === undefined || !verbs.has(verb) || !beginsWith(words, segments)) continue;
      const isEnd = words.length === segments.length + 1;
      const known = next.get(word);
      next.set(word, { isEnd: isEnd || known?.isEnd === true, goesOn: !isEnd || known?.goesOn === true });
    }
  }
  return next;
}

function parameterNames(endpoints: Endpoints, call: PartialCall, path: string): CallWords {
  const { verb, isBelowGuest, words, current } = call;
  const paths = isBelowGuest ? GUESTS.map((guest) => `${guest}/${path}`) : [path];
  const found = paths.flatMap((one) => findPath(endpoints, one) ?? []);
  const known = found.flatMap(({ verbs, values }) => ownParameters(verbs.get(verb), values));
  const [name = '', ...rest] = current.split('=');
  if (rest.length > 0) return parameterValues(findParameter(known, name), name, rest.join('='));
  const given = new Set(words.map((word) => word.split('=')[0]));
  const names = new Map(known.map((one) => [one.name.replace('[n]', '0'), one]));
  const offered = [...names].filter(([one, { type }]) => one.startsWith(name) && (type === 'array' || !given.has(one)));
  offered.sort(([, a], [, b]) => Number(a.isOptional) - Number(b.isOptional));
  return { words: offered.map(([one, parameter]) => parameterWord(one, parameter)), live: null };
}

function ownParameters(
  endpoint: Endpoint | undefined,
  values: Readonly<Record<string, string>>,
): readonly EndpointParameter[] {
  return endpoint?.parameters.filter(({ name }) => !Object.hasOwn(values, name)) ?? [];
}

function parameterWord(name: string, parameter: EndpointParameter): CallWord {
  const about = `${parameter.isOptional ? '' : 'required: '}${parameterWords({ ...parameter, words: null })}`;
  return { value: `${name}=`, about, isPartial: true };
}

const LIVE_FORMATS: Readonly<Record<string, LiveKind>> = {
  'pve-node': 'node',
  'pve-vmid': 'vmid',
  'pve-storage-id': 'storage',
  'pve-poolid': 'pool',
};

function parameterValues(parameter: EndpointParameter | undefined, name: string, prefix: string): CallWords {
  const values = parameter?.words ?? (parameter?.type === 'boolean' ? ['0', '1'] : []);
  const fitting = values.filter((value) => value.startsWith(prefix));
  const kind = LIVE_FORMATS[parameter?.format ?? ''];
  return {
    words: fitting.map((value) => ({ value: `${name}=${value}`, about: '', isPartial: false })),
    live: kind === undefined ? null : { kind, prefix, before: `${name}=`, after: '' },
  };
}
