import type { PveResources } from '../../api/pve-types.ts';
import { guestKey } from './configurations.ts';
import type { FeedState, Mention, Trace } from './feed-cursor.ts';
import type { Deed } from './feed-deeds.ts';
import { both, mentionsOfRows } from './feed-rows.ts';

/** All guests to look at: those left from before, those whose rows changed, and those that something was done to. */
export function gatherMentions(
  before: FeedState,
  resources: PveResources,
  now: { traces: ReadonlyMap<string, Trace>; at: Date; deeds: readonly Deed[] },
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
  for (const { vmid, what, node, config, power, rights, isClone } of now.deeds) {
    const key = keys.get(vmid);
    const row = key === undefined ? undefined : rows.get(key);
    if (row === undefined || isClone) continue;
    const nodes = node === null ? [] : [node];
    add({ kind: row.kind, vmid, row, isNew: false, config, power, rights, reasons: [what], nodes });
  }
  return withCloners(mentions, now.deeds);
}

/** A clone's task names its source, and runs on the source's node. */
function withCloners(mentions: ReadonlyMap<string, Mention>, deeds: readonly Deed[]): ReadonlyMap<string, Mention> {
  const cloners = deeds.filter(({ isClone }) => isClone).flatMap(({ node }) => node ?? []);
  const nodesOf = ({ row, isNew, nodes }: Mention): readonly string[] => {
    const own = row === null ? [] : isNew ? [row.node, ...cloners] : [];
    // Of one that went, the task that did it may have run elsewhere.
    const doers = row === null ? deeds.flatMap(({ node }) => node ?? []) : [];
    return [...new Set([...nodes, ...own, ...doers])];
  };
  return new Map([...mentions].map(([key, mention]) => [key, { ...mention, nodes: nodesOf(mention) }]));
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
