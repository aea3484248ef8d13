import type { PveResources } from '../../api/pve-types.ts';
import { guestKey } from '../../types/guest.ts';
import type { FeedState, Mention, Trace } from './feed-cursor.ts';
import { both, mentionsOfRows } from './feed-rows.ts';
import type { TrailNews } from './feed-trail.ts';

/** All guests to look at: those left from before, those whose rows changed, and those that something was done to. */
export function gatherMentions(
  before: FeedState,
  resources: PveResources,
  now: { traces: ReadonlyMap<string, Trace>; at: Date; news: Pick<TrailNews, 'deeds' | 'underway'> },
): ReadonlyMap<string, Mention> {
  const rows = new Map(resources.guests.map((row) => [guestKey(row), row]));
  const keys = new Map(resources.guests.map((row) => [row.vmid, guestKey(row)]));
  const mentions = new Map<string, Mention>();
  const add = (mention: Mention): void => {
    const key = guestKey(mention);
    const earlier = mentions.get(key);
    mentions.set(key, earlier === undefined ? mention : merge(earlier, mention));
  };
  for (const [key, mention] of before.mentions) {
    const row = rows.get(key) ?? null;
    // Neither known nor there any more.
    if (row !== null || !mention.isNew) add({ ...mention, row });
  }
  for (const mention of mentionsOfRows(before, resources, now)) add(mention);
  for (const { vmid, what, node, config, power, rights, isClone } of now.news.deeds) {
    const key = keys.get(vmid);
    const row = key === undefined ? undefined : rows.get(key);
    if (row === undefined || isClone) continue;
    const nodes = node === null ? [] : [node];
    add({ kind: row.kind, vmid, row, isNew: false, config, power, rights, reasons: [what], nodes });
  }
  return new Map([...mentions].map(([key, mention]) => [key, { ...mention, nodes: nodesOf(mention, now.news) }]));
}

/** Where the tasks are that may explain what is found. */
function nodesOf({ vmid, row, isNew, nodes }: Mention, { deeds, underway }: Pick<TrailNews, 'deeds' | 'underway'>) {
  const own = underway.filter(({ vmids }) => vmids.includes(vmid)).map(({ node }) => node);
  // A clone's task names its source, and runs on the source's node.
  const cloners = isNew
    ? [...deeds, ...underway].filter(({ isClone }) => isClone).flatMap(({ node }) => node ?? [])
    : [];
  // Of one that went, the task that did it may have run elsewhere.
  const doers = row === null ? deeds.flatMap(({ node }) => node ?? []) : [];
  return [...new Set([...nodes, ...own, ...cloners, ...doers])];
}

function merge(a: Mention, b: Mention): Mention {
  return {
    ...b,
    ...both(a, b),
    isNew: a.isNew || b.isNew,
    reasons: [...new Set([...a.reasons, ...b.reasons])],
    nodes: [...new Set([...a.nodes, ...b.nodes])],
  };
}
