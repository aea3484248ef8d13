import { createHash } from 'node:crypto';
import type { GuestRow } from '../../types/inventory.ts';
import type { Inventory, Rendered } from './export-format.ts';
import { countOf, hostNames } from './host-names.ts';
import { countText, labelOf } from './named-hosts.ts';
import { comment } from './ssh-config.ts';

/** What Terraform calls a guest, and how its provider finds it. */
interface Resource {
  type: string;
  id: string;
}

/** An `import` block for each guest, templates too. */
export function renderTerraformImport({ guests, problems }: Inventory): Rendered {
  const names = resourceNames(guests);
  const left: string[] = [];
  const blocks = guests.map((guest) => {
    const resource = resourceOf(guest);
    if (typeof resource !== 'string') return block(guest, names.get(guest.id) ?? '', resource);
    left.push(labelOf(guest));
    return comment(`left out, ${resource}: ${labelOf(guest)}`);
  });
  const head = problems.map((text) => comment(`partial: ${text}`));
  return {
    content: [...head, ...blocks].map((text) => `${text}\n`).join('\n'),
    warnings: [...countText(left, 'left out'), ...severalProviders(guests)],
  };
}

function block(guest: GuestRow, name: string, { type, id }: Resource): string {
  return [comment(labelOf(guest)), 'import {', `  to = ${type}.${name}`, `  id = ${hclText(id)}`, '}'].join('\n');
}

/**
 * Or why there is none. Sources: bpg/proxmox, docs/resources/virtual_environment_vm.md and _container.md, "Import": the node's name
 * and the vmid; hashicorp/vsphere, virtual_machine, "Importing": the full path in the inventory.
 */
function resourceOf({ kind, node, vmid, document, name, presence }: GuestRow): Resource | string {
  if (presence === 'gone') return 'it is gone';
  if (kind === 'vm') {
    const { folder } = document;
    if (typeof folder !== 'string' || name === null) return 'its path in the inventory is not known';
    return { type: 'vsphere_virtual_machine', id: `${folder}/${pathPart(name)}` };
  }
  if (node === '' || vmid === null) return 'its node is not known';
  return { type: `proxmox_virtual_environment_${kind === 'lxc' ? 'container' : 'vm'}`, id: `${node}/${vmid}` };
}

/** A name as it is part of a path. Source: vSphere API, ManagedEntity.name. */
function pathPart(name: string): string {
  return name.replaceAll('%', '%25').replaceAll('/', '%2f').replaceAll('\\', '%5c');
}

/** Letters of ASCII, digits, `_` and `-`, not a digit first. Unique among all guests, whatever their case. */
function resourceNames(guests: readonly GuestRow[]): ReadonlyMap<string, string> {
  const wanted = new Map(
    [...hostNames(guests)].map(([id, name]) => [id, name.replaceAll('.', '_').replace(/^(?=\d)/, '_')]),
  );
  const counts = countOf(wanted.values());
  return new Map(
    [...wanted].map(([id, name]) => {
      const isAlone = counts.get(name.toLowerCase()) === 1;
      return [id, isAlone ? name : `${name}_${createHash('sha256').update(id).digest('hex').slice(0, 12)}`];
    }),
  );
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' };

/** In quotes, and no template. Source: HCL native syntax specification, "Template Expressions". */
function hclText(text: string): string {
  const escaped = text
    .replace(/["\\]|[\p{Cc}\p{Cf}\p{DI}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => SHORT[character] ?? unicode(character))
    .replace(/[$%]\{/g, (opening) => `${opening.charAt(0)}${opening}`);
  return `"${escaped}"`;
}

function unicode(character: string): string {
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
}

/** Of two clusters, Terraform needs two providers: one file is for one of them. */
function severalProviders(guests: readonly GuestRow[]): string[] {
  const names = [...new Set(guests.map(({ providerName }) => providerName))];
  return names.length < 2
    ? []
    : [`guests of ${names.length} providers: a file for each of them is made with --provider`];
}
