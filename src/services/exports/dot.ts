import { KIND_WORDS } from '../../types/guest.ts';
import type { GuestRow } from '../../types/inventory.ts';
import type { Inventory, Rendered } from './export-format.ts';
import { visibleText } from './visible-text.ts';

const HEAD = [
  'digraph rollcall {',
  '  rankdir=LR;',
  '  node [shape=box, style=rounded, fontname="sans-serif", fontsize=11];',
  '  edge [arrowhead=none, color=gray60];',
];
const OFF = ', color=gray60, fontcolor=gray40';

/** Providers, their nodes, the guests on each, and the storages that several nodes share. */
export function renderDot({ guests, nodes, storages, problems }: Inventory): Rendered {
  const ids = new Ids();
  const lines: string[] = [];
  const place = (provider: string, node: string): string => ids.of('node', provider, node);
  for (const provider of new Set([...nodes, ...guests].map(({ providerName }) => providerName))) {
    lines.push(`${ids.of('provider', provider)} [label=${quoted(provider)}, shape=folder, style=bold];`);
  }
  const known = new Set(nodes.map(({ providerName, name }) => JSON.stringify([providerName, name])));
  const isKnown = (...key: readonly [provider: string, node: string]): boolean => known.has(JSON.stringify(key));
  const more = guests.filter(({ providerName, node }) => node !== '' && !isKnown(providerName, node));
  for (const { providerName, name, look } of [
    ...nodes.map(({ providerName, name, status }) => ({ providerName, name, look: status === 'online' ? '' : OFF })),
    ...more.map(({ providerName, node }) => ({ providerName, name: node, look: OFF })),
  ]) {
    const id = place(providerName, name);
    lines.push(`${id} [label=${quoted(name)}, shape=box3d, style=solid${look}];`);
    lines.push(`${ids.of('provider', providerName)} -> ${id};`);
  }
  for (const guest of guests) {
    const { id, providerName, node, status } = guest;
    const at = node === '' ? ids.of('provider', providerName) : place(providerName, node);
    lines.push(`${ids.of('guest', id)} [label=${quoted(guestText(guest))}${status === 'running' ? '' : OFF}];`);
    lines.push(`${at} -> ${ids.of('guest', id)};`);
  }
  for (const { id, providerName, name, isShared, onNodes } of storages) {
    if (!isShared) continue;
    lines.push(`${ids.of('storage', id)} [label=${quoted(name)}, shape=cylinder, style=solid];`);
    for (const { node } of onNodes.filter((on) => isKnown(providerName, on.node)))
      lines.push(`${place(providerName, node)} -> ${ids.of('storage', id)} [style=dashed, constraint=false];`);
  }
  const note = problems.length === 0 ? [] : [`label=${quoted(...problems.map((text) => `partial: ${text}`))};`];
  const content = [...HEAD, ...[...note, ...unique(lines)].map((line) => `  ${line}`), '}', ''].join('\n');
  return { content, warnings: [] };
}

/** Names of what is drawn: they have nothing of what it is called. */
class Ids {
  readonly #ids = new Map<string, string>();

  of(...words: readonly [kind: string, ...words: string[]]): string {
    const key = JSON.stringify(words);
    const id = this.#ids.get(key) ?? `${words[0]}${this.#ids.size + 1}`;
    this.#ids.set(key, id);
    return id;
  }
}

function unique(lines: readonly string[]): string[] {
  return [...new Set(lines)];
}

function guestText({ kind, nativeId, name }: GuestRow): string {
  return name === null || name === '' ? `${KIND_WORDS[kind]} ${nativeId}` : `${name} (${nativeId})`;
}

/**
 * Lines of a label. Graphviz reads `\n`, `\N`, … in it, and entities of HTML: `&amp;`. Source: graphviz.org, "The DOT Language" and
 * "escString".
 */
function quoted(...lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    visibleText(line).replaceAll('&', '&amp;').replaceAll('\\', '\\\\').replaceAll('"', '\\"'),
  );
  return `"${escaped.join('\\n')}"`;
}
