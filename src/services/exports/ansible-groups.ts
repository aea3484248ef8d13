import { createHash } from 'node:crypto';
import { KIND_WORDS } from '../../types/guest.ts';
import type { InnerOs } from '../../types/inner-facts.ts';
import type { GuestRow } from '../../types/inventory.ts';

/** Names of groups begin with one of these, and no name of a host does. */
const PREFIX = /^(?:provider|node|pool|tag|os|kind|status)_/i;

export function isGroupName(name: string): boolean {
  return PREFIX.test(name);
}

/** What a group stands for: `node`, and `lab`, `pve1`. Two things that are not equal never share a group. */
type Meaning = readonly [prefix: string, ...words: string[]];

function meaningsOf(guest: GuestRow): Meaning[] {
  const { providerName, node, pool, tags, osType, os, kind, status } = guest;
  return [
    ['provider', providerName],
    ...(node === '' ? [] : ([['node', providerName, node]] as const)),
    ...(pool === null || pool === '' ? [] : ([['pool', providerName, pool]] as const)),
    ...tags.map((tag) => ['tag', tag] as const),
    ...(osType === null || osType === '' ? [] : ([['os', osType]] as const)),
    ...(os === null ? [] : ([['os', systemText(os)]] as const)),
    ['kind', KIND_WORDS[kind]],
    ['status', status],
  ];
}

/** `debian 12`, of `Debian GNU/Linux 12 (bookworm)`. */
function systemText({ name, version }: InnerOs): string {
  const end = version === null ? -1 : name.indexOf(version);
  const short = version === null || end < 0 ? name : name.slice(0, end + version.length);
  return short.replace(' GNU/Linux', '').toLowerCase();
}

export interface Groups {
  /** Ids of guests by the name of the group, in the order of names. */
  members: ReadonlyMap<string, readonly string[]>;
  warnings: readonly string[];
}

/** Nodes and pools are those of their provider: `node_lab_pve1`. Names are letters of ASCII, digits and `_`. */
export function groupsOf(guests: readonly GuestRow[]): Groups {
  const byMeaning = new Map<string, { meaning: Meaning; ids: string[] }>();
  for (const guest of guests) {
    for (const meaning of meaningsOf(guest)) {
      const key = JSON.stringify(meaning);
      const entry = byMeaning.get(key) ?? { meaning, ids: [] };
      byMeaning.set(key, entry);
      if (entry.ids.at(-1) !== guest.id) entry.ids.push(guest.id);
    }
  }
  const counts = new Map<string, number>();
  for (const { meaning } of byMeaning.values()) {
    const name = groupName(meaning);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const warnings: string[] = [];
  const named = [...byMeaning].map(([key, { meaning, ids }]): [string, readonly string[]] => {
    const name = groupName(meaning);
    if (counts.get(name) === 1 || isExact(meaning)) return [name, ids];
    const own = `${name}_${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
    warnings.push(
      `the group of ${meaning[0]} '${meaning.slice(1).join('/')}' is called ${own}: another is called ${name}`,
    );
    return [own, ids];
  });
  return { members: new Map(named.sort(([a], [b]) => (a < b ? -1 : 1))), warnings: warnings.sort() };
}

/** Of two words, a group's name may also be that of two others: `a_b`, `c` and `a`, `b_c`. */
function isExact(meaning: Meaning): boolean {
  return meaning.length === 2 && meaning.join('_') === groupName(meaning);
}

function groupName(meaning: Meaning): string {
  return meaning.join('_').replace(/[^A-Za-z0-9_]/g, '_');
}
